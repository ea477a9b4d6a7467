/** `npm start`: the app on the local host beside the local cloud, left running for curl and the browser. State survives a restart, and a `kill -9`. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PROJECT_DIR } from './lab-settings.ts';
import { readModelUrl } from './cloud/chat-forward.ts';
import { startRig } from './rig.ts';
import { plain } from './terminal/format.ts';

const HELP = `Runs the app and a local Azure on this machine until you stop it: no Azure is contacted, nothing is billed.

usage: npm start -- [options]

  --port N         port of the app (default 7071)
  --speed N        lab seconds per second of real time (default 10)
  --catalog YEAR   model catalogue of the local cloud: 2026 (default) or 2024; taken when the data folder is new
  --calls          print every call that changes something in the local cloud
  --data DIR       where the state is kept (default .local/start); delete the folder to begin anew
  --help           this text

LOCAL_CLOUD_MODEL_URL names a model server of your own that answers in place of the built-in one, such as http://127.0.0.1:8080/v1; see docs/real-parts.md.`;

async function main(): Promise<number> {
  let options;
  try {
    options = readOptions();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)} (see --help)`);
    return 2;
  }
  if (options === 'help') {
    console.log(HELP);
    return 0;
  }
  const { port, speed, catalogue, dataDir, calls } = options;
  mkdirSync(dataDir, { recursive: true });
  console.log('local rehearsal, no Azure is contacted');
  const rig = await startRig({
    clock: { kind: 'scaled', speed },
    dataDir,
    catalogue,
    port,
    onRequest: ({ method, path, status, service }) => {
      if (calls && method !== 'GET' && method !== 'HEAD')
        console.log(`${service.padEnd(10)} ${status} ${method} ${path.split('?')[0] ?? ''}`);
    },
    log: (entry) => {
      if (entry.level === 'trace' || entry.level === 'debug') return;
      console.log(`${new Date(entry.time).toISOString()} ${entry.level.padEnd(11)} ${plain(entry.message)}`);
    },
  });
  console.log(`the app      ${rig.host.url}/api/labs      (1 s here is ${speed} s of lab time)`);
  console.log(`start a lab  curl -X POST ${rig.host.url}/api/labs -H 'content-type: application/json' -d '{}'`);
  console.log(`watch it     curl ${rig.host.url}/api/labs/ID, or ${rig.host.url}/api/dashboard in a browser`);
  console.log('stop with Ctrl+C; start again and everything goes on');
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
  });
  await rig.close();
  return 0;
}

function readOptions() {
  readModelUrl(process.env.LOCAL_CLOUD_MODEL_URL);
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '7071' },
      speed: { type: 'string', default: '10' },
      catalog: { type: 'string', default: '2026' },
      calls: { type: 'boolean', default: false },
      data: { type: 'string', default: join(PROJECT_DIR, '.local', 'start') },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help' as const;
  const port = Number(values.port);
  const speed = Number(values.speed);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error('--port must be a port number');
  if (!(speed >= 1 && speed <= 600)) throw new Error('--speed must be a number from 1 to 600');
  if (values.catalog !== '2026' && values.catalog !== '2024') throw new Error('--catalog must be 2026 or 2024');
  const catalogue: '2026' | '2024' = values.catalog;
  return { port, speed, catalogue, dataDir: values.data, calls: values.calls };
}

process.exitCode = await main();
