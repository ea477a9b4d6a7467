/**
 * Makes what is deployed: a folder that is a whole function app, bundled, and the same folder as a zip.
 *
 * 1. The folder holds what the Functions host reads and nothing else: no source, no test, nothing of `local`.
 * 2. It is made anew each time; an old chunk never stays behind.
 * 3. The same sources give the same zip.
 */
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Metafile } from 'esbuild';
import { bundle } from './bundle.ts';
import { hostJsonFor, type Backend } from './host-json.ts';
import { zip, type ZipFile } from './zip.ts';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** Named in azure.yaml too. */
export const PACKAGE_FOLDER = join(ROOT, '.local', 'package');
export const PACKAGE_ZIP = join(ROOT, '.local', 'llmops-lab.zip');
/** What the package was made from, beside it: a change of any of it makes the package stale. */
const STAMP = join(ROOT, '.local', 'package.stamp');
const SOURCES = ['src/**/*', 'notebook/**/*', 'scripts/package/*.ts', 'host.json', 'package.json', 'package-lock.json'];

export type Package = { files: { path: string; bytes: number }[]; zipBytes: number; metafile: Metafile };

export async function buildPackage(backend: Backend = 'azureStorage'): Promise<Package> {
  const stamp = fingerprint(backend);
  rmSync(PACKAGE_FOLDER, { recursive: true, force: true });
  const metafile = await bundle(
    ROOT,
    { main: 'scripts/package/entry.ts', index: 'src/index.ts' },
    join(PACKAGE_FOLDER, 'dist'),
  );
  put('host.json', hostJsonFor(backend, readFileSync(join(ROOT, 'host.json'), 'utf8')));
  put('notebook/llmops-lab.py', readFileSync(join(ROOT, 'notebook', 'llmops-lab.py')));
  put('package.json', `${JSON.stringify(manifest(), null, 2)}\n`);

  const files = filesBelow(PACKAGE_FOLDER);
  const archive = zip(files);
  writeFileSync(PACKAGE_ZIP, archive);
  writeFileSync(STAMP, stamp);
  return {
    files: files.map(({ path, content }) => ({ path, bytes: content.length })),
    zipBytes: archive.length,
    metafile,
  };
}

/** The folder of the package, made where it is missing, older than what it is made from, or for another backend. */
export async function freshPackage(backend: Backend = 'azureStorage'): Promise<string> {
  const isFresh = existsSync(PACKAGE_ZIP) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === fingerprint(backend);
  if (!isFresh) await buildPackage(backend);
  return PACKAGE_FOLDER;
}

/** No dependencies: they are in the bundle, and nothing is installed where it runs. */
function manifest(): Record<string, unknown> {
  const { name, version, license, type, engines } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  ) as Record<string, unknown>;
  return { name, version, private: true, license, type, main: 'dist/main.js', engines };
}

function put(path: string, content: string | Uint8Array): void {
  const file = join(PACKAGE_FOLDER, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

const filesBelow = (folder: string): ZipFile[] =>
  globSync('**/*', { cwd: folder, withFileTypes: true })
    .filter((it) => it.isFile())
    .map((it) => join(it.parentPath, it.name))
    .map((file) => ({ path: relative(folder, file).replaceAll('\\', '/'), content: readFileSync(file) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));

function fingerprint(backend: Backend): string {
  const hash = createHash('sha256').update(backend).update('\0');
  const files = SOURCES.flatMap((pattern) => globSync(pattern, { cwd: ROOT, withFileTypes: true }))
    .filter((it) => it.isFile())
    .map((it) => join(it.parentPath, it.name));
  for (const file of files.sort())
    hash.update(relative(ROOT, file)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}
