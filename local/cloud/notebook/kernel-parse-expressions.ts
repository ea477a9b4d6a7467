// Parses expressions of Python, by precedence.
import {
  KernelLimit,
  PythonSyntaxError,
  type Argument,
  type Clause,
  type Expression,
  type FormattedValue,
  type Parameter,
  type Slice,
} from './kernel-ast.ts';
import { tokenize, type Token } from './kernel-lexer.ts';

const BINARY: readonly (readonly string[])[] = [['|'], ['^'], ['&'], ['+', '-'], ['*', '/', '//', '%', '@']];
const COMPARE = ['==', '!=', '<', '<=', '>', '>=', 'in', 'not', 'is'];
const CONSTANTS: Record<string, null | boolean> = { None: null, True: true, False: false };
const KEYWORDS = new Set(
  'and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield'.split(
    ' ',
  ),
);

/** A position in a list of tokens, with the questions that a parser asks. */
export class Cursor {
  readonly tokens: readonly Token[];
  at = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  get token(): Token {
    return this.tokens[Math.min(this.at, this.tokens.length - 1)] as Token;
  }

  is(text: string): boolean {
    const { kind } = this.token;
    return (kind === 'op' || kind === 'name') && this.token.text === text;
  }

  take(text: string): boolean {
    if (!this.is(text)) return false;
    this.at += 1;
    return true;
  }

  expect(text: string): void {
    if (!this.take(text)) this.fail();
  }

  name(): string {
    const { kind, text } = this.token;
    if (kind !== 'name' || KEYWORDS.has(text)) this.fail();
    this.at += 1;
    return text;
  }

  fail(message = 'invalid syntax'): never {
    throw new PythonSyntaxError(message, this.token.line);
  }
}

/** One expression, a conditional or lambda included; no bare tuple. */
export function expression(cursor: Cursor): Expression {
  if (cursor.take('lambda')) {
    const parameters: Parameter[] = [];
    while (!cursor.is(':')) {
      parameters.push({ name: cursor.name(), fallback: cursor.take('=') ? expression(cursor) : null });
      if (!cursor.take(',')) break;
    }
    cursor.expect(':');
    return { kind: 'lambda', parameters, body: expression(cursor) };
  }
  const yes = either(cursor);
  if (!cursor.take('if')) return yes;
  const test = either(cursor);
  cursor.expect('else');
  return { kind: 'conditional', test, yes, no: expression(cursor) };
}

/** Expressions separated by commas: one stays itself, more are a tuple. */
export function expressions(cursor: Cursor): Expression {
  const first = expression(cursor);
  if (!cursor.is(',')) return first;
  const items = [first];
  while (cursor.take(',')) {
    if (['newline', 'end'].includes(cursor.token.kind) || [')', '=', ':', 'in', ']'].some((end) => cursor.is(end)))
      break;
    items.push(expression(cursor));
  }
  return { kind: 'tuple', items };
}

const either = (cursor: Cursor): Expression => {
  let left = both(cursor);
  while (cursor.take('or')) left = { kind: 'logic', operator: 'or', left, right: both(cursor) };
  return left;
};

const both = (cursor: Cursor): Expression => {
  let left = negation(cursor);
  while (cursor.take('and')) left = { kind: 'logic', operator: 'and', left, right: negation(cursor) };
  return left;
};

const negation = (cursor: Cursor): Expression =>
  cursor.take('not') ? { kind: 'unary', operator: 'not', of: negation(cursor) } : comparison(cursor);

const comparison = (cursor: Cursor): Expression => {
  const first = binary(cursor, 0);
  const rest: { operator: string; right: Expression }[] = [];
  for (;;) {
    let operator = cursor.token.text;
    if (!COMPARE.some((it) => cursor.is(it))) break;
    cursor.at += 1;
    if (operator === 'not') {
      cursor.expect('in');
      operator = 'not in';
    } else if (operator === 'is' && cursor.take('not')) operator = 'is not';
    rest.push({ operator, right: binary(cursor, 0) });
  }
  return rest.length === 0 ? first : { kind: 'compare', first, rest };
};

const binary = (cursor: Cursor, level: number): Expression => {
  const operators = BINARY[level];
  if (operators === undefined) return sign(cursor);
  let left = binary(cursor, level + 1);
  while (operators.some((it) => cursor.is(it))) {
    const operator = cursor.token.text;
    cursor.at += 1;
    left = { kind: 'binary', operator, left, right: binary(cursor, level + 1) };
  }
  return left;
};

const sign = (cursor: Cursor): Expression => {
  for (const operator of ['-', '+'] as const) {
    if (cursor.take(operator)) return { kind: 'unary', operator, of: sign(cursor) };
  }
  const base = postfix(cursor);
  return cursor.take('**') ? { kind: 'binary', operator: '**', left: base, right: sign(cursor) } : base;
};

const postfix = (cursor: Cursor): Expression => {
  let value = atom(cursor);
  for (;;) {
    const { line } = cursor.token;
    if (cursor.take('.')) value = { kind: 'attribute', of: value, name: cursor.name() };
    else if (cursor.take('(')) value = { kind: 'call', callee: value, args: callArguments(cursor), line };
    else if (cursor.take('[')) value = { kind: 'subscript', of: value, index: subscript(cursor) };
    else return value;
  }
};

const callArguments = (cursor: Cursor): Argument[] => {
  const args: Argument[] = [];
  while (!cursor.is(')')) {
    const spread = ['**', '*'].find((it) => cursor.take(it));
    const next = cursor.tokens[cursor.at + 1];
    if (spread !== undefined) args.push({ name: spread, value: expression(cursor) });
    else if (cursor.token.kind === 'name' && next?.kind === 'op' && next.text === '=') {
      const name = cursor.name();
      cursor.expect('=');
      args.push({ name, value: expression(cursor) });
    } else {
      const value = expression(cursor);
      args.push({ name: null, value: cursor.is('for') ? comprehension(cursor, 'list', value, null) : value });
    }
    if (!cursor.take(',')) break;
  }
  cursor.expect(')');
  return args;
};

const subscript = (cursor: Cursor): Expression | Slice => {
  const part = (): Expression | null => (cursor.is(':') || cursor.is(']') ? null : expressions(cursor));
  const from = part();
  if (!cursor.take(':')) {
    cursor.expect(']');
    return from ?? cursor.fail();
  }
  const to = part();
  const step = cursor.take(':') ? part() : null;
  cursor.expect(']');
  return { kind: 'slice', from, to, step };
};

const atom = (cursor: Cursor): Expression => {
  const { kind, text } = cursor.token;
  if (kind === 'number') {
    cursor.at += 1;
    return /[.e]/i.test(text) ? { kind: 'float', value: Number(text) } : { kind: 'constant', value: Number(text) };
  }
  if (kind === 'string' || kind === 'fstring') return strings(cursor);
  if (cursor.take('(')) return parenthesised(cursor);
  if (cursor.take('[')) return bracketed(cursor);
  if (cursor.take('{')) return braced(cursor);
  if (kind === 'name' && text in CONSTANTS) {
    cursor.at += 1;
    return { kind: 'constant', value: CONSTANTS[text] as null | boolean };
  }
  if (text === 'await' || text === 'yield') throw new KernelLimit(`\`${text}\``);
  return { kind: 'name', name: cursor.name() };
};

const parenthesised = (cursor: Cursor): Expression => {
  if (cursor.take(')')) return { kind: 'tuple', items: [] };
  const value = expressions(cursor);
  const result = cursor.is('for') ? comprehension(cursor, 'list', value, null) : value;
  cursor.expect(')');
  return result;
};

const bracketed = (cursor: Cursor): Expression => {
  const items: Expression[] = [];
  while (!cursor.is(']')) {
    items.push(expression(cursor));
    if (cursor.is('for')) {
      const made = comprehension(cursor, 'list', items[0] as Expression, null);
      cursor.expect(']');
      return made;
    }
    if (!cursor.take(',')) break;
  }
  cursor.expect(']');
  return { kind: 'list', items };
};

const braced = (cursor: Cursor): Expression => {
  const entries: { key: Expression | null; value: Expression }[] = [];
  while (!cursor.is('}')) {
    if (cursor.take('**')) entries.push({ key: null, value: expression(cursor) });
    else {
      const key = expression(cursor);
      if (!cursor.take(':')) throw new KernelLimit('set literals');
      const value = expression(cursor);
      if (cursor.is('for')) {
        const made = comprehension(cursor, 'dict', key, value);
        cursor.expect('}');
        return made;
      }
      entries.push({ key, value });
    }
    if (!cursor.take(',')) break;
  }
  cursor.expect('}');
  return { kind: 'dict', entries };
};

const comprehension = (cursor: Cursor, of: 'list' | 'dict', key: Expression, value: Expression | null): Expression => {
  const clauses: Clause[] = [];
  while (cursor.take('for')) {
    const target = targets(cursor);
    cursor.expect('in');
    const source = either(cursor);
    const conditions: Expression[] = [];
    while (cursor.take('if')) conditions.push(either(cursor));
    clauses.push({ target, source, conditions });
  }
  return { kind: 'comprehension', of, key, value, clauses };
};

/** The targets of a `for`: names, perhaps several. */
export const targets = (cursor: Cursor): Expression => {
  const items = [postfix(cursor)];
  while (cursor.take(',')) {
    if (cursor.is('in')) break;
    items.push(postfix(cursor));
  }
  return items.length === 1 ? (items[0] as Expression) : { kind: 'tuple', items };
};

// Neighbouring literals are one string.
const strings = (cursor: Cursor): Expression => {
  const parts: (string | FormattedValue)[] = [];
  while (cursor.token.kind === 'string' || cursor.token.kind === 'fstring') {
    if (cursor.token.kind === 'string') parts.push(cursor.token.text);
    else parts.push(...formatted(cursor.token));
    cursor.at += 1;
  }
  return parts.every((part) => typeof part === 'string')
    ? { kind: 'constant', value: parts.join('') }
    : { kind: 'fstring', parts };
};

const formatted = ({ text, line }: Token): (string | FormattedValue)[] => {
  const parts: (string | FormattedValue)[] = [];
  let at = 0;
  let literal = '';
  while (at < text.length) {
    const pair = text.slice(at, at + 2);
    if (pair === '{{' || pair === '}}') {
      literal += pair.charAt(0);
      at += 2;
    } else if (text[at] === '{') {
      const end = closing(text, at);
      if (end < 0) throw new PythonSyntaxError("f-string: expecting '}'", line);
      const [, code = '', conversion = '', format = ''] =
        /^(.*?)(?:!([rsa]))?(?::([^\]})]*))?$/s.exec(text.slice(at + 1, end)) ?? [];
      parts.push(literal, { value: expressions(new Cursor(tokenize(code.trim(), line))), conversion, format });
      literal = '';
      at = end + 1;
    } else {
      literal += text[at] ?? '';
      at += 1;
    }
  }
  return [...parts, literal].filter((part) => part !== '');
};

const closing = (text: string, from: number): number => {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    if ('{[('.includes(text.charAt(at))) depth += 1;
    if ('}])'.includes(text.charAt(at))) depth -= 1;
    if (depth === 0) return at;
  }
  return -1;
};
