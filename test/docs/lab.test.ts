import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const rows = readFileSync('docs/lab.md', 'utf8')
  .split('\n')
  .filter((line) => /^\| L\d+ /.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, number = '', , , files = '', tests = '']) => ({ number, files: paths(files), tests: paths(tests) }));

function paths(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
}

describe('docs/lab.md', () => {
  it('has a row for every requirement, L1 to L18', () => {
    const all = Array.from({ length: 18 }, (_, index) => `L${index + 1}`);
    expect(rows.map((row) => row.number)).toEqual(all);
  });

  it.each(rows)('names files and tests of $number that exist', ({ files, tests }) => {
    expect(files.length).toBeGreaterThan(0);
    expect(tests.length).toBeGreaterThan(0);
    expect([...files, ...tests].filter((path) => !existsSync(path))).toEqual([]);
  });
});

describe('README.pt-BR.md', () => {
  const text = readFileSync('README.pt-BR.md', 'utf8');
  const english = readFileSync('README.md', 'utf8');
  const commands = (of: string) => [...of.matchAll(/^```sh\n(.*?)^```/gms)].map(([, shell = '']) => shell);

  it('has the commands of README.md, in the same order', () => {
    expect(commands(english).length).toBeGreaterThan(7);
    expect(commands(text)).toEqual(commands(english));
  });

  it('leads to files that exist', () => {
    const links = [...text.matchAll(/\]\(([^):]+)\)/g)].map((it) => it[1] ?? '');
    expect(links.filter((it) => !existsSync(it))).toEqual([]);
  });
});

describe('docs/decisions', () => {
  const files = globSync('docs/decisions/0*.md')
    .map((file) => file.replaceAll('\\', '/'))
    .sort();
  const index = readFileSync('docs/decisions/README.md', 'utf8');

  it('have one running number, in name and heading', () => {
    const numbers = files.map((file) => Number(file.split('/').at(-1)?.slice(0, 4)));
    expect(numbers).toEqual(numbers.map((_, at) => at + 1));
    for (const [at, file] of files.entries())
      expect(readFileSync(file, 'utf8').split('\n')[0], file).toMatch(`# ${at + 1}. `);
  });

  it('stand in the index, a line each', () => {
    expect([...index.matchAll(/^- \[\d{4}\]\((0\S+\.md)\) \S/gm)].map(([, name]) => `docs/decisions/${name}`)).toEqual(
      files,
    );
  });
});
