// Tokens of Python: names, numbers, strings, operators, and the layout (NEWLINE, INDENT, DEDENT).
import { PythonSyntaxError } from './kernel-ast.ts';

export type Token = {
  kind: 'name' | 'number' | 'string' | 'fstring' | 'op' | 'newline' | 'indent' | 'dedent' | 'end';
  /** The text; of a string its value, of an f-string its raw content. */
  text: string;
  line: number;
};

const OPERATORS = [
  ...['**=', '//=', '...', '->', ':=', '**', '//', '==', '!=', '<=', '>=', '+=', '-=', '*=', '/=', '%=', '|='],
  ...[
    '+',
    '-',
    '*',
    '/',
    '%',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    ',',
    ':',
    '.',
    ';',
    '=',
    '<',
    '>',
    '@',
    '|',
    '&',
    '^',
    '~',
  ],
];
const ESCAPES: Record<string, string> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '0': '\0',
  '\n': '',
};

/** Cuts `source` into tokens; `line` is the number of its first line. */
export function tokenize(source: string, line = 1): Token[] {
  const tokens: Token[] = [];
  const indents = [0];
  let at = 0;
  let row = line;
  let depth = 0;
  const push = (kind: Token['kind'], text = ''): void => {
    tokens.push({ kind, text, line: row });
  };
  const fail = (message: string): never => {
    throw new PythonSyntaxError(message, row);
  };

  const layout = (): void => {
    const [whole, indent = ''] = /^([ \t]*)/.exec(source.slice(at)) ?? [''];
    const next = source[at + whole.length];
    at += whole.length;
    // A blank or comment line has no say in the layout.
    if (next === undefined || next === '\n' || next === '#') return;
    const width = indent.replaceAll('\t', '        ').length;
    if (width > (indents.at(-1) ?? 0)) {
      indents.push(width);
      push('indent');
    }
    while (width < (indents.at(-1) ?? 0)) {
      indents.pop();
      push('dedent');
    }
    if (width !== indents.at(-1)) fail('unindent does not match any outer indentation level');
  };

  const string = (prefix: string, quote: string): void => {
    const isRaw = /r/i.test(prefix);
    const startRow = row;
    let text = '';
    at += prefix.length + quote.length;
    while (!source.startsWith(quote, at)) {
      const char = source[at];
      if (char === undefined || (char === '\n' && quote.length === 1)) fail('unterminated string literal');
      if (char === '\\') {
        const escaped = source[at + 1] ?? '';
        const hex = /^(?:x([0-9a-f]{2})|u([0-9a-f]{4}))/i.exec(source.slice(at + 1));
        const code = hex?.[1] ?? hex?.[2];
        if (isRaw) text += `\\${escaped}`;
        else if (code !== undefined) text += String.fromCharCode(Number.parseInt(code, 16));
        else text += ESCAPES[escaped] ?? `\\${escaped}`;
        if (escaped === '\n') row += 1;
        at += isRaw || code === undefined ? 2 : 2 + code.length;
      } else {
        if (char === '\n') row += 1;
        text += char ?? '';
        at += 1;
      }
    }
    at += quote.length;
    tokens.push({ kind: /f/i.test(prefix) ? 'fstring' : 'string', text, line: startRow });
  };

  layout();
  while (at < source.length) {
    const char = source[at] as string;
    const rest = source.slice(at, at + 200);
    if (char === '\n') {
      if (depth === 0 && !['newline', 'indent', 'dedent', undefined].includes(tokens.at(-1)?.kind)) push('newline');
      at += 1;
      row += 1;
      if (depth === 0) layout();
    } else if (/[ \t\r\f]/.test(char)) at += 1;
    else if (rest.startsWith('\\\n')) {
      at += 2;
      row += 1;
    } else if (char === '#') at = source.indexOf('\n', at) < 0 ? source.length : source.indexOf('\n', at);
    else {
      const [, prefix, quote] = /^([rbfu]{0,2})("""|'''|"|')/i.exec(rest) ?? [];
      const number = /^(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?/i.exec(rest)?.[0];
      const name = /^[\p{L}_][\p{L}\p{N}_]*/u.exec(source.slice(at))?.[0];
      const operator = OPERATORS.find((it) => rest.startsWith(it));
      if (prefix !== undefined && quote !== undefined) string(prefix, quote);
      else if (number !== undefined) {
        push('number', number.replaceAll('_', ''));
        at += number.length;
      } else if (name !== undefined) {
        push('name', name);
        at += name.length;
      } else if (operator !== undefined) {
        if ('([{'.includes(operator)) depth += 1;
        if (')]}'.includes(operator)) depth -= 1;
        push('op', operator);
        at += operator.length;
      } else fail(`invalid character '${char}'`);
    }
  }
  if (depth > 0) fail('unexpected end of input');
  if (!['newline', undefined].includes(tokens.at(-1)?.kind)) push('newline');
  for (let level = indents.length; level > 1; level -= 1) push('dedent');
  push('end');
  return tokens;
}
