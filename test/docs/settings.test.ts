/** A setting that no document names cannot be found, and one that no code reads is a promise that nobody keeps. */
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseSettings, SETTING_NAMES } from '../../src/settings.ts';

const [ofTheApp = '', ofCommands = ''] = readFileSync('docs/settings.md', 'utf8').split('## Of commands and tests');
const rowsOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()));
const namesOf = (cell = ''): string[] => [...cell.matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, name]) => name ?? '');

const app = rowsOf(ofTheApp).map(([, name = '', standard = '', meaning = '']) => ({
  name: namesOf(name)[0] ?? '',
  standard: standard.replaceAll('`', ''),
  meaning,
}));
const commands = rowsOf(ofCommands).flatMap(([, names]) => namesOf(names));
const documented = [...app.map((it) => it.name), ...commands];

const code = globSync(
  ['src/**/*.ts', 'local/**/*.ts', 'scripts/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts', 'infra/**/*'],
  {
    exclude: ['test/docs/*'],
    withFileTypes: true,
  },
)
  .filter((it) => it.isFile())
  .map((it) => readFileSync(`${it.parentPath}/${it.name}`, 'utf8'))
  .join('\n');

/** Set by the platform, by azd or by a command for its own children, never by a person. */
const INTERNAL =
  /^(?:APP_|AZURE_(?!CLIENT_ID)|OPENAI_|IDENTITY_|WEBSITE_(?!TIME_ZONE)|LAB_CLIENTS_|LAB_EXTENSION_|LAB_SCREENSHOTS$|LAB_KEY$|PATH$|GREETING$)/;

describe('the documents', () => {
  it('ask for one version of Node, that of package.json', () => {
    const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } };
    const least = engines.node.replace('>=', '');
    const asked = globSync(['*.md', 'docs/*.md']).flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/Node (\d[\d.]*\d) (?:or later|ou mais)/g)].map(([, version]) => version),
    );
    expect(asked.length).toBeGreaterThan(2);
    expect(asked.filter((version) => version !== least)).toEqual([]);
  });
});

describe('docs/settings.md', () => {
  it('names every setting that the app reads', () => {
    expect(SETTING_NAMES.filter((name) => !app.some((it) => it.name === name))).toEqual([]);
  });

  it('names every setting of the templates', () => {
    const parameters = readFileSync('infra/main.parameters.json', 'utf8');
    const names = [...parameters.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name ?? '');
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !INTERNAL.test(name) && !documented.includes(name))).toEqual([]);
  });

  it('names every variable that a command or a test reads', () => {
    const read = [...code.matchAll(/\benv(?:\.|\[')([A-Z][A-Z_]{2,})/g)].map(([, name]) => name ?? '');
    expect(read.length).toBeGreaterThan(20);
    expect([...new Set(read)].filter((name) => !INTERNAL.test(name) && !documented.includes(name))).toEqual([]);
  });

  it('names none that no code reads', () => {
    expect(documented.filter((name) => !new RegExp(`\\b${name}\\b`).test(code))).toEqual([]);
  });

  it('is in the example file, without what only azd reads', () => {
    const { Values } = JSON.parse(readFileSync('local.settings.example.json', 'utf8')) as {
      Values: Record<string, string>;
    };
    expect(SETTING_NAMES.filter((name) => !(name in Values))).toEqual([]);
  });

  const required = { LAB_INSTALLATION: 'docs-test', LAB_SUBSCRIPTION_ID: '00000000-0000-0000-0000-000000000001' };
  const numbers = app.filter(({ meaning }) => /^[\d,]+ to [\d,]+:/.test(meaning));

  it.each(numbers)('says the range and the default of $name', ({ name, standard, meaning }) => {
    const parse = (value?: number) =>
      parseSettings({ ...required, ...(value === undefined ? {} : { [name]: String(value) }) });
    const [least = NaN, most = NaN] = [...(meaning.split(':')[0] ?? '').matchAll(/[\d,]+/g)].map(([text]) =>
      Number(text.replaceAll(',', '')),
    );
    expect(parse(Number(standard))).toEqual(parse());
    expect(() => parse(least)).not.toThrow();
    expect(() => parse(most)).not.toThrow();
    expect(() => parse(least - 1)).toThrow(name);
    expect(() => parse(most + 1)).toThrow(name);
  });

  it('says the ranges of some', () => {
    expect(numbers.length).toBeGreaterThan(5);
  });
});
