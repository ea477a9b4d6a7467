/** What SECURITY.md promises of the packages, read from the lockfile. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

type Locked = { license?: string; dev?: boolean; resolved?: string; integrity?: string; hasInstallScript?: boolean };
const read = <T>(file: string): T => JSON.parse(readFileSync(file, 'utf8')) as T;
const { packages } = read<{ packages: Record<string, Locked> }>('package-lock.json');
const manifest = read<
  Record<'dependencies' | 'devDependencies', Record<string, string>> & { allowScripts: Record<string, boolean> }
>('package.json');
const installed = Object.entries(packages).filter(([path]) => path !== '');

const promised = new Map(
  [...readFileSync('SECURITY.md', 'utf8').matchAll(/^\| is (deployed|tools only) +\| (.+?) +\|$/gm)].map(
    ([, of = '', names = '']) => [of, names.replace('the same, and ', '').split(', ')],
  ),
);

describe('the lockfile', () => {
  it('names no registry, and pins every package by its content', () => {
    expect(installed.filter(([, it]) => it.resolved !== undefined).map(([path]) => path)).toEqual([]);
    expect(installed.filter(([, it]) => !it.integrity?.startsWith('sha512-')).map(([path]) => path)).toEqual([]);
  });

  it('has exact versions of what the project asks for', () => {
    const asked = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(asked.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  it('brings no install script that nobody has judged', () => {
    const scripted = installed
      .filter(([, it]) => it.hasInstallScript)
      .map(([path]) => path.split('node_modules/').at(-1));
    expect(scripted.filter((name) => !(name! in manifest.allowScripts))).toEqual([]);
    const approved = Object.entries(manifest.allowScripts).filter(([, yes]) => yes);
    expect(approved.map(([name]) => name).toSorted()).toEqual(['esbuild', 'node']);
  });

  it('brings the licences that SECURITY.md names, and no other into what is deployed', () => {
    const deployed = promised.get('deployed') ?? [];
    const tools = [...deployed, ...(promised.get('tools only') ?? [])];
    expect(deployed).toContain('MIT');
    // An expression names every licence that has to be kept, or may be chosen.
    const namesOf = (license = 'none') => license.replaceAll(/[()]/g, '').split(/ (?:AND|OR) /);
    const others = installed.filter(
      ([, { license, dev }]) => !namesOf(license).every((it) => (dev === true ? tools : deployed).includes(it)),
    );
    expect(others.map(([path, { license }]) => `${path} ${license}`)).toEqual([]);
  });
});
