/**
 * Bundles the app, or another one for comparison, as it is deployed.
 *
 * 1. `@azure/functions-core` stays outside: the Functions worker provides it (azure-functions-nodejs-worker, src/setupCoreModule.ts).
 * 2. One copy of `@azure/functions` and of `durable-functions`: both test values with `instanceof`.
 * 3. Nothing of a development dependency gets in, and nothing outside `src` but the entry.
 * 4. What is imported dynamically becomes a chunk of its own, read when it is first used.
 * 5. Left out is what the app never calls of its libraries and would yet read at every cold start. `plain` leaves it in: the measure for what is gained (`bench/start.ts`).
 * 6. Names are kept. Minified names save 30 % of the bytes and no time, and stack traces in the log would tell nothing. Source maps lie beside the code for whoever
 *    wants lines; the worker does not read them unless it is told to, because reading them costs a tenth of a cold start.
 */
import { readFile } from 'node:fs/promises';
import { build, type Metafile, type Plugin } from 'esbuild';

/** `entries`: files by the name of their output. The bundle is written to `outdir`; what lies there stays. */
export async function bundle(
  root: string,
  entries: Record<string, string>,
  outdir: string,
  libraries: 'trimmed' | 'plain' = 'trimmed',
): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: entries,
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.19',
    // `debug` takes `supports-color` where there is one, which here only a development dependency brings.
    external: ['@azure/functions-core', 'supports-color'],
    chunkNames: 'chunks/[name]-[hash]',
    // CommonJS modules inside an ES module ask for Node's own modules, and for the core module, through `require`.
    banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);` },
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'external',
    metafile: true,
    logLevel: 'warning',
    plugins: libraries === 'trimmed' ? [zodInParts, unusedOfDurable] : [],
  });
  await check(root, metafile);
  return metafile;
}

/** `import { z }` brings all of zod and its fifty languages, a third of the bundle; a namespace import, which means the same, only what is used. */
const zodInParts: Plugin = {
  name: 'zod-in-parts',
  setup: (esbuild) => {
    esbuild.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, async ({ path }) => {
      if (/[\\/]node_modules[\\/]/.test(path)) return undefined;
      const source = await readFile(path, 'utf8');
      return { loader: 'ts', contents: source.replace("import { z } from 'zod'", "import * as z from 'zod'") };
    });
  },
};

/**
 * durable-functions asks a validator of 120 formats for one, URLs. It talks HTTP through axios, which on Node brings the media types of all file names for uploads of forms
 * (form-data, mime-types, mime-db); nothing here uploads a file, and without the table a file would go as `application/octet-stream`.
 */
const unusedOfDurable: Plugin = {
  name: 'unused-of-durable',
  setup: (esbuild) => {
    const lean: Record<string, string> = {
      validator: `exports.isURL = require('validator/lib/isURL');`,
      'mime-db': 'module.exports = {};',
    };
    esbuild.onResolve({ filter: /^(?:validator|mime-db)$/ }, ({ path, resolveDir }) => ({
      path,
      namespace: 'lean',
      pluginData: resolveDir,
    }));
    esbuild.onLoad({ filter: /.*/, namespace: 'lean' }, ({ path, pluginData }) => ({
      contents: lean[path] ?? '',
      resolveDir: pluginData as string,
    }));
  },
};

async function check(root: string, { inputs }: Metafile): Promise<void> {
  const lock = JSON.parse(await readFile(`${root}/package-lock.json`, 'utf8')) as {
    packages: Record<string, { dev?: boolean } | undefined>;
  };
  const packages = new Set(Object.keys(inputs).flatMap((it) => packageOf(it) ?? []));
  const faults = [
    ...[...packages].filter((it) => lock.packages[it]?.dev === true).map((it) => `${it} is a development dependency`),
    ...['@azure/functions', 'durable-functions'].flatMap((name) => {
      const copies = [...packages].filter((it) => it.endsWith(`node_modules/${name}`));
      return copies.length > 1 ? [`${name} is there ${copies.length} times: ${copies.join(', ')}`] : [];
    }),
  ];
  if (faults.length > 0) throw new Error(`The bundle is not fit to be deployed: ${faults.join('; ')}`);
}

/** `node_modules/a/node_modules/@b/c` of a path below it. */
const packageOf = (path: string): string | undefined =>
  /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0];
