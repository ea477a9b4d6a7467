/** One word for one thing: what `docs/terms.md` refuses stands in no document, page, message or description. */
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { buildOpenApi } from '../../src/http/openapi/document.ts';

const cells = (row: string): string[] => row.split('|').map((cell) => cell.trim());
const refused = readFileSync('docs/terms.md', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (?:Term|-)/.test(line))
  .flatMap((row) => (cells(row)[4] ?? '').split(','))
  .map((term) => term.trim())
  .filter((term) => term !== '');
const pattern = new RegExp(`(?<![\\w-])(?:${refused.join('|')})(?![\\w-])`, 'giu');

const DOCUMENTS = globSync(['*.md', 'docs/**/*.md'], { exclude: ['docs/terms.md'] });
/** Texts that people see: strings with a blank in them. Comments are not among them. */
const SOURCES = globSync(['src/**/*.ts', 'local/**/*.ts', 'scripts/**/*.ts', 'bench/**/*.ts']);
const STRING = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g;

/** Code is quoted, not spoken: fences, inline code and addresses. */
const prose = (text: string): string =>
  text
    .replaceAll(/^```.*?^```/gms, '')
    .replaceAll(/`[^`\n]*`/g, '')
    .replaceAll(/\]\([^)]*\)/g, ']');
const strings = (text: string): string =>
  [...text.replaceAll(/\/\*.*?\*\/|^\s*\/\/.*$/gms, '').matchAll(STRING)]
    .map(([found]) => found.replaceAll(/\$\{[^}]*\}/g, ''))
    .filter((found) => found.includes(' ') && !/^[`'"](?:import|SELECT|INSERT|UPDATE|CREATE)\b/.test(found))
    .join('\n');
const found = (text: string): string[] =>
  [...text.matchAll(pattern)].map((match) => text.slice(Math.max(0, match.index - 40), match.index + 40));

describe('the words of docs/terms.md', () => {
  it('are a list, without which nothing is refused', () => {
    expect(refused.length).toBeGreaterThan(15);
    expect(found('No lab lives.')).toEqual(['No lab lives.']);
  });

  it.each(DOCUMENTS)('are those of %s', (file) => {
    expect(found(prose(readFileSync(file, 'utf8')))).toEqual([]);
  });

  it('are those of the API’s descriptions', () => {
    const described = [
      ...JSON.stringify(buildOpenApi()).matchAll(/"(?:description|summary|title)":"((?:[^"\\]|\\.)*)"/g),
    ];
    expect(found(prose(described.map(([, text]) => text).join('\n')))).toEqual([]);
    // A description is a phrase of its own: its field’s name is not its subject.
    expect(described.map(([, text]) => text).filter((text = '') => /^Of /.test(text))).toEqual([]);
  });

  it('are those of the messages in the code', () => {
    const bad = SOURCES.flatMap((file) =>
      found(prose(strings(readFileSync(file, 'utf8')))).map((it) => `${file}: ${it}`),
    );
    expect(bad).toEqual([]);
  });
});
