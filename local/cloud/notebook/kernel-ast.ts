// The part of Python that notebooks of this kind use, as a tree.

export type Expression =
  | { kind: 'constant'; value: null | boolean | number | string }
  | { kind: 'float'; value: number }
  | { kind: 'name'; name: string }
  | { kind: 'fstring'; parts: (string | FormattedValue)[] }
  | { kind: 'list' | 'tuple'; items: Expression[] }
  | { kind: 'dict'; entries: { key: Expression | null; value: Expression }[] }
  | { kind: 'attribute'; of: Expression; name: string }
  | { kind: 'subscript'; of: Expression; index: Expression | Slice }
  | { kind: 'call'; callee: Expression; args: Argument[]; line: number }
  | { kind: 'unary'; operator: 'not' | '-' | '+'; of: Expression }
  | { kind: 'binary'; operator: string; left: Expression; right: Expression }
  | { kind: 'compare'; first: Expression; rest: { operator: string; right: Expression }[] }
  | { kind: 'logic'; operator: 'and' | 'or'; left: Expression; right: Expression }
  | { kind: 'conditional'; test: Expression; yes: Expression; no: Expression }
  | { kind: 'lambda'; parameters: Parameter[]; body: Expression }
  | { kind: 'comprehension'; of: 'list' | 'dict'; key: Expression; value: Expression | null; clauses: Clause[] };

export type FormattedValue = { value: Expression; conversion: string; format: string };
export type Slice = { kind: 'slice'; from: Expression | null; to: Expression | null; step: Expression | null };
/** `name` of a keyword argument; `*` and `**` spread. */
export type Argument = { name: string | null; value: Expression };
export type Parameter = { name: string; fallback: Expression | null };
export type Clause = { target: Expression; source: Expression; conditions: Expression[] };

export type Statement = { line: number } & (
  | { kind: 'expression'; value: Expression }
  | { kind: 'assign'; targets: Expression[]; value: Expression }
  | { kind: 'augment'; target: Expression; operator: string; value: Expression }
  | { kind: 'if'; test: Expression; body: Statement[]; otherwise: Statement[] }
  | { kind: 'while'; test: Expression; body: Statement[] }
  | { kind: 'for'; target: Expression; source: Expression; body: Statement[] }
  | { kind: 'with'; items: { value: Expression; target: Expression | null }[]; body: Statement[] }
  | { kind: 'try'; body: Statement[]; handlers: Handler[]; otherwise: Statement[]; finally: Statement[] }
  | { kind: 'raise'; value: Expression | null }
  | { kind: 'assert'; test: Expression; message: Expression | null }
  | { kind: 'import'; modules: { name: string; as: string | null }[] }
  | { kind: 'from'; module: string; names: { name: string; as: string }[] }
  | { kind: 'def'; name: string; parameters: Parameter[]; body: Statement[] }
  | { kind: 'return'; value: Expression | null }
  | { kind: 'delete'; targets: Expression[] }
  | { kind: 'pass' | 'break' | 'continue' }
);
export type Handler = { type: Expression | null; as: string | null; body: Statement[] };

/** The notebook is no Python. */
export class PythonSyntaxError extends Error {
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

/** The notebook is Python, and more of it than the simulated kernel knows. Said by name, never guessed at. */
export class KernelLimit extends Error {
  constructor(what: string) {
    super(`The simulated kernel does not run ${what}. Real Python does.`);
  }
}
