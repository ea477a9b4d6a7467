/** Run as a process of its own: loads an app's entry as the worker does and prints what it registered, as JSON. */
import { pathToFileURL } from 'node:url';
import { installCoreModule } from '../../local/host/functions-core.ts';

const [entry = ''] = process.argv.slice(2);
const { functions } = installCoreModule();
await import(pathToFileURL(entry).href);
console.log(
  JSON.stringify([...functions.values()].map((it) => it.metadata).sort((a, b) => (a.name < b.name ? -1 : 1))),
);
