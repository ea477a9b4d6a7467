// Parses the statements of a Python cell.
import { KernelLimit, type Expression, type Handler, type Parameter, type Statement } from './kernel-ast.ts';
import { Cursor, expression, expressions, targets } from './kernel-parse-expressions.ts';
import { tokenize } from './kernel-lexer.ts';

const AUGMENTED = ['+=', '-=', '*=', '/=', '//=', '%=', '**=', '|='];

/** Parses a cell; `line` is the number of its first line in the notebook. */
export function parsePython(source: string, line = 1): Statement[] {
  const cursor = new Cursor(tokenize(source, line));
  const body: Statement[] = [];
  for (;;) {
    const { kind } = cursor.token;
    if (kind === 'end') return body;
    if (kind === 'newline') cursor.at += 1;
    else if (kind === 'indent') cursor.fail('unexpected indent');
    else body.push(...statement(cursor));
  }
}

const statement = (cursor: Cursor): Statement[] => {
  const { line, text, kind } = cursor.token;
  const compound = kind === 'name' ? COMPOUND[text] : undefined;
  if (compound !== undefined) {
    cursor.at += 1;
    return [{ line, ...compound(cursor) }];
  }
  const simple: Statement[] = [];
  do {
    if (cursor.token.kind === 'newline') break;
    simple.push({ line: cursor.token.line, ...simpleStatement(cursor) });
  } while (cursor.take(';'));
  if (cursor.token.kind !== 'newline') cursor.fail();
  cursor.at += 1;
  return simple;
};

type Bare = Statement extends infer S ? (S extends Statement ? Omit<S, 'line'> : never) : never;

const block = (cursor: Cursor): Statement[] => {
  cursor.expect(':');
  const kindOfNext = (): string => cursor.token.kind;
  if (kindOfNext() !== 'newline') return statement(cursor);
  cursor.at += 1;
  if (kindOfNext() !== 'indent') cursor.fail('expected an indented block');
  cursor.at += 1;
  const body: Statement[] = [];
  while (kindOfNext() !== 'dedent' && kindOfNext() !== 'end') body.push(...statement(cursor));
  cursor.at += 1;
  return body;
};

const conditional = (cursor: Cursor): Bare => {
  const test = expression(cursor);
  const body = block(cursor);
  const { line } = cursor.token;
  if (cursor.take('elif')) return { kind: 'if', test, body, otherwise: [{ line, ...conditional(cursor) }] };
  return { kind: 'if', test, body, otherwise: cursor.take('else') ? block(cursor) : [] };
};

const loop = (cursor: Cursor): Bare => {
  const target = targets(cursor);
  cursor.expect('in');
  return { kind: 'for', target, source: expressions(cursor), body: block(cursor) };
};

const context = (cursor: Cursor): Bare => {
  const items: { value: Expression; target: Expression | null }[] = [];
  do {
    const value = expression(cursor);
    items.push({ value, target: cursor.take('as') ? { kind: 'name', name: cursor.name() } : null });
  } while (cursor.take(','));
  return { kind: 'with', items, body: block(cursor) };
};

const guarded = (cursor: Cursor): Bare => {
  const body = block(cursor);
  const handlers: Handler[] = [];
  while (cursor.take('except')) {
    const type = cursor.is(':') ? null : expression(cursor);
    handlers.push({ type, as: cursor.take('as') ? cursor.name() : null, body: block(cursor) });
  }
  const otherwise = cursor.take('else') ? block(cursor) : [];
  return { kind: 'try', body, handlers, otherwise, finally: cursor.take('finally') ? block(cursor) : [] };
};

const definition = (cursor: Cursor): Bare => {
  const name = cursor.name();
  const parameters: Parameter[] = [];
  cursor.expect('(');
  while (!cursor.is(')')) {
    if (cursor.is('*') || cursor.is('**')) throw new KernelLimit('functions with variable parameters');
    const parameter = cursor.name();
    if (cursor.take(':')) expression(cursor);
    parameters.push({ name: parameter, fallback: cursor.take('=') ? expression(cursor) : null });
    if (!cursor.take(',')) break;
  }
  cursor.expect(')');
  if (cursor.take('->')) expression(cursor);
  return { kind: 'def', name, parameters, body: block(cursor) };
};

const unknown = (what: string) => (): never => {
  throw new KernelLimit(what);
};

const COMPOUND: Record<string, (cursor: Cursor) => Bare> = {
  if: conditional,
  for: loop,
  with: context,
  try: guarded,
  def: definition,
  while: (cursor) => ({ kind: 'while', test: expression(cursor), body: block(cursor) }),
  class: unknown('classes'),
  async: unknown('asynchronous code'),
};

const dotted = (cursor: Cursor): string => {
  let name = cursor.name();
  while (cursor.take('.')) name += `.${cursor.name()}`;
  return name;
};

const simpleStatement = (cursor: Cursor): Bare => {
  const isEnd = (): boolean => cursor.token.kind === 'newline' || cursor.is(';');
  if (cursor.take('import')) {
    const modules: { name: string; as: string | null }[] = [];
    do modules.push({ name: dotted(cursor), as: cursor.take('as') ? cursor.name() : null });
    while (cursor.take(','));
    return { kind: 'import', modules };
  }
  if (cursor.take('from')) {
    const module = dotted(cursor);
    cursor.expect('import');
    const isWrapped = cursor.take('(');
    const names: { name: string; as: string }[] = [];
    do {
      if (cursor.is(')')) break;
      if (cursor.is('*')) throw new KernelLimit('`from … import *`');
      const name = cursor.name();
      names.push({ name, as: cursor.take('as') ? cursor.name() : name });
    } while (cursor.take(','));
    if (isWrapped) cursor.expect(')');
    return { kind: 'from', module, names };
  }
  for (const kind of ['pass', 'break', 'continue'] as const) if (cursor.take(kind)) return { kind };
  if (cursor.take('return')) return { kind: 'return', value: isEnd() ? null : expressions(cursor) };
  if (cursor.take('raise')) {
    const value = isEnd() ? null : expression(cursor);
    if (cursor.take('from')) expression(cursor);
    return { kind: 'raise', value };
  }
  if (cursor.take('assert')) {
    return { kind: 'assert', test: expression(cursor), message: cursor.take(',') ? expression(cursor) : null };
  }
  if (cursor.take('del')) {
    const gone = expressions(cursor);
    return { kind: 'delete', targets: gone.kind === 'tuple' ? gone.items : [gone] };
  }
  if (cursor.is('global') || cursor.is('nonlocal')) throw new KernelLimit(`\`${cursor.token.text}\``);

  const first = expressions(cursor);
  const augmented = AUGMENTED.find((it) => cursor.take(it));
  if (augmented !== undefined) {
    return { kind: 'augment', target: first, operator: augmented.slice(0, -1), value: expressions(cursor) };
  }
  if (cursor.take(':')) {
    expression(cursor);
    return cursor.take('=') ? { kind: 'assign', targets: [first], value: expressions(cursor) } : { kind: 'pass' };
  }
  if (!cursor.is('=')) return { kind: 'expression', value: first };
  const chain = [first];
  while (cursor.take('=')) chain.push(expressions(cursor));
  return { kind: 'assign', targets: chain.slice(0, -1), value: chain.at(-1) as Expression };
};
