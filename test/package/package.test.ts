/** What is deployed: a package that holds more or less than the app, or registers other functions than the sources do, fails here and not in Azure. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, inflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPackage, freshPackage, PACKAGE_FOLDER, PACKAGE_ZIP, type Package } from '../../scripts/package/build.ts';
import { zip } from '../../scripts/package/zip.ts';

let built: Package;
let elsewhere: string;

beforeAll(async () => {
  built = await buildPackage();
  // Away from the repository, where no node_modules can help out.
  elsewhere = mkdtempSync(join(tmpdir(), 'llmops-package-'));
  cpSync(PACKAGE_FOLDER, elsewhere, { recursive: true });
});
afterAll(() => {
  rmSync(elsewhere, { recursive: true, force: true });
});

const textOf = (path: string): string => readFileSync(join(PACKAGE_FOLDER, path), 'utf8');
const paths = (): string[] => built.files.map((it) => it.path);

describe('the package', () => {
  it('holds host.json, a manifest, the notebook and the bundle, and nothing else', () => {
    expect(paths().filter((it) => !it.startsWith('dist/'))).toEqual([
      'host.json',
      'notebook/llmops-lab.py',
      'package.json',
    ]);
    const bundle = paths().filter((it) => it.startsWith('dist/'));
    expect(bundle.filter((it) => !/^dist\/(?:main|index|chunks\/[\w-]+)\.js(?:\.map|\.LEGAL\.txt)?$/.test(it))).toEqual(
      [],
    );
    expect(textOf('host.json')).toBe(readFileSync('host.json', 'utf8'));
    expect(textOf('notebook/llmops-lab.py')).toBe(readFileSync('notebook/llmops-lab.py', 'utf8'));
  });

  it('has the host.json of the backend that it is made for, and is made anew for another', async () => {
    const provider = () =>
      (JSON.parse(textOf('host.json')) as { extensions: { durableTask: { storageProvider: { type: string } } } })
        .extensions.durableTask.storageProvider.type;
    await freshPackage('durableTaskScheduler');
    expect(provider()).toBe('azureManaged');
    await freshPackage();
    expect(provider()).toBe('AzureStorage');
  });

  it('names its entry and the Node that it needs, and asks for nothing to be installed', () => {
    const manifest = JSON.parse(textOf('package.json')) as Record<string, unknown>;
    expect(manifest).toMatchObject({ type: 'module', main: 'dist/main.js', engines: { node: '>=22.19' } });
    expect(paths()).toContain(manifest['main']);
    expect(Object.keys(manifest).filter((it) => /dependencies|scripts/i.test(it))).toEqual([]);
  });

  it('is made of src and of production dependencies alone', () => {
    const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
      packages: Record<string, { dev?: boolean }>;
    };
    const foreign = Object.keys(built.metafile.inputs).filter((path) => {
      const owner = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0];
      return owner === undefined
        ? !path.startsWith('src/') && path !== 'scripts/package/entry.ts' && path !== '<runtime>'
        : lock.packages[owner]?.dev !== undefined;
    });
    // What stands in for the parts of libraries that nothing here calls.
    expect(foreign.toSorted()).toEqual(['lean:mime-db', 'lean:validator']);
  });

  it('leaves out what of its libraries it never calls: the names of media types, and validators other than that of URLs', () => {
    const inputs = Object.keys(built.metafile.inputs);
    expect(inputs.filter((it) => /node_modules\/(?:mime-db|validator\/index)/.test(it))).toEqual([]);
    expect(inputs.some((it) => it.endsWith('node_modules/validator/lib/isURL.js'))).toBe(true);
  });

  it('reads no handler and no schema of a request before the first request comes', () => {
    const outputs = built.metafile.outputs;
    const read = new Set<string>();
    const follow = (file: string): void => {
      if (read.has(file)) return;
      read.add(file);
      for (const it of outputs[file]?.imports ?? []) if (it.kind === 'import-statement') follow(it.path);
    };
    for (const file of Object.keys(outputs)) if (/\/dist\/(?:main|index)\.js$/.test(file)) follow(file);
    const inputs = [...read].flatMap((file) => Object.keys(outputs[file]?.inputs ?? {}));
    expect(inputs).toContain('src/orchestrations/lab.ts');
    const late =
      /^src\/(?:web|drift|timers|activities)\/|^src\/http\/(?!lab-hub|lab-instances)|^src\/lab\/(?:request|completions-request)/;
    expect(inputs.filter((it) => late.test(it))).toEqual([]);
  });

  it('has one copy of the libraries that test values with instanceof', () => {
    const inputs = Object.keys(built.metafile.inputs);
    for (const name of ['@azure/functions', 'durable-functions', '@opentelemetry/api'])
      expect(
        new Set(inputs.flatMap((it) => (it.split(`/${name}/`).length > 1 ? [it.split(`/${name}/`)[0]] : []))).size,
        name,
      ).toBe(1);
  });

  it('reads the SDKs of Azure and OpenAI only when an activity asks for them', () => {
    const outputs = built.metafile.outputs;
    const name = (suffix: string): string => Object.keys(outputs).find((it) => it.endsWith(suffix)) ?? '';
    // What an import statement names is read at once; what `import()` names is not.
    const atStart = new Set<string>();
    const read = (output: string): void => {
      if (atStart.has(output)) return;
      atStart.add(output);
      for (const it of outputs[output]?.imports ?? [])
        if (it.kind === 'import-statement' && !it.external) read(it.path);
    };
    read(name('dist/index.js'));
    const inputs = [...atStart].flatMap((it) => Object.keys(outputs[it]?.inputs ?? {}));
    expect(inputs.filter((it) => /node_modules\/(?:@azure\/(?!functions)|openai\/|@typespec\/)/.test(it))).toEqual([]);
    expect(inputs.filter((it) => it.startsWith('src/activities/'))).toEqual([]);
    expect(inputs).toContain('src/orchestrations/lab.ts');
  });

  it('tells nothing of the machine that made it', () => {
    const root = process.cwd();
    expect(paths().filter((it) => textOf(it).includes(root))).toEqual([]);
  });

  it('registers the same functions with the same triggers as the sources', () => {
    const env = {
      ...process.env,
      LAB_INSTALLATION: 'package-test',
      LAB_SUBSCRIPTION_ID: '00000000-0000-0000-0000-000000000001',
      NODE_DISABLE_COMPILE_CACHE: '1',
    };
    const registered = (entry: string): { name: string; bindings: object }[] =>
      JSON.parse(
        execFileSync(process.execPath, ['test/package/registrations.ts', entry], { env, encoding: 'utf8' }),
      ) as { name: string; bindings: object }[];
    const fromPackage = registered(join(elsewhere, 'dist/main.js'));
    expect(fromPackage.length).toBeGreaterThan(20);
    expect(fromPackage.map((it) => it.name)).toContain('sweep');
    expect(fromPackage).toEqual(registered('src/index.ts'));
  });
});

describe('the zip', () => {
  it('holds exactly the files of the folder, whole', () => {
    const entries = unzip(readFileSync(PACKAGE_ZIP));
    expect([...entries.keys()].sort()).toEqual(paths());
    for (const [path, content] of entries)
      expect(content.equals(readFileSync(join(PACKAGE_FOLDER, path))), path).toBe(true);
  });

  it('is the same for the same files, whatever their order', () => {
    const files = [
      { path: 'b/ü.txt', content: Buffer.from('two') },
      { path: 'a.txt', content: Buffer.from('') },
    ];
    expect(zip(files)).toEqual(zip(files.toReversed()));
    expect([...unzip(zip(files)).keys()]).toEqual(['a.txt', 'b/ü.txt']);
  });

  it.each(['UTC', 'Asia/Tokyo', 'America/Sao_Paulo'])('has the same bytes in the time zone %s', (TZ) => {
    const script = `import { zip } from './scripts/package/zip.ts';
      process.stdout.write(zip([{ path: 'a.txt', content: Buffer.from('one') }]).toString('base64'));`;
    const made = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, TZ },
      encoding: 'utf8',
    });
    expect(made).toBe(zip([{ path: 'a.txt', content: Buffer.from('one') }]).toString('base64'));
  });
});

/** Read by code of our own, so that what fflate writes is not judged by fflate. */
function unzip(archive: Buffer): Map<string, Buffer> {
  const end = archive.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  const files = new Map<string, Buffer>();
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    const nameLength = archive.readUInt16LE(at + 28);
    const path = archive.toString('utf8', at + 46, at + 46 + nameLength);
    const local = archive.readUInt32LE(at + 42);
    const from = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const content = inflateRawSync(archive.subarray(from, from + archive.readUInt32LE(at + 20)));
    expect(crc32(content), path).toBe(archive.readUInt32LE(at + 16));
    files.set(path, content);
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return files;
}
