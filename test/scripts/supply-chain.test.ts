/** What SECURITY.md promises of the packages, read from the lockfile. */
import { readdirSync, readFileSync } from 'node:fs';
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

describe('the workflows', () => {
  const folder = '.github/workflows';
  const used = readdirSync(folder).flatMap((file) =>
    [...readFileSync(`${folder}/${file}`, 'utf8').matchAll(/uses: (\S+)(.*)$/gm)].map(([, action = '', rest = '']) => ({
      file,
      action,
      rest,
    })),
  );

  it('run actions by the content of a release, which nobody can move, and say which release that is', () => {
    expect(used.length).toBeGreaterThan(5);
    const loose = used.filter(
      ({ action, rest }) => !/@[0-9a-f]{40}$/.test(action) || !/^ # v\d+\.\d+\.\d+$/.test(rest),
    );
    expect(loose).toEqual([]);
  });

  it('use one release of each action', () => {
    const releases = Map.groupBy(used, ({ action }) => action.split(/[/@]/).slice(0, 2).join('/'));
    for (const [name, of] of releases) expect(new Set(of.map(({ action }) => action.split('@')[1])).size, name).toBe(1);
  });
});

describe('npm', () => {
  it('refuses an install script that nobody has judged, where it knows how, and writes no registry into the lockfile', () => {
    const settings = readFileSync('.npmrc', 'utf8').split('\n');
    expect(settings).toEqual(
      expect.arrayContaining(['strict-allow-scripts=true', 'omit-lockfile-registry-resolved=true']),
    );
  });
});
