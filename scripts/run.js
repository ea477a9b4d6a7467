/** Runs a TypeScript file of this repository from source: `node scripts/run.js FILE [ARGUMENTS]`. Refuses a Node that cannot, in one line. */
import nodeModule from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const NEEDED = 24;
if (Number.parseInt(process.versions.node, 10) < NEEDED) {
  console.error(
    `llmops-lab runs from source on Node ${NEEDED}; this is ${process.version}. "npm ci" installs it, and npm scripts then use it.`,
  );
  process.exit(2);
}
const [node, , file, ...rest] = process.argv;
if (file === undefined) {
  console.error('usage: node scripts/run.js FILE [ARGUMENTS]');
  process.exit(2);
}
nodeModule.enableCompileCache?.();
process.argv = [node ?? 'node', resolve(file), ...rest];
await import(pathToFileURL(resolve(file)).href);
