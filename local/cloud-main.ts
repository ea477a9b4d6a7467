/** `npm run cloud`: the local Azure alone, for an app that runs elsewhere on this machine, such as on Microsoft's own Functions host. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readModelUrl } from './cloud/chat-forward.ts';
import { createClock } from './clock.ts';
import { startCloud, type Cloud } from './cloud/cloud.ts';
import { LATENCIES, type Latencies } from './cloud/latencies.ts';
import { labSettings, PROJECT_DIR } from './lab-settings.ts';

const HELP = `Runs the local Azure alone, until you stop it. No Azure is contacted.

usage: npm run cloud -- [options]

  --write-settings  write local.settings.json, with which Azure Functions Core Tools run the app against this cloud
  --hurry N         divide what Azure takes its time for by N (default 1: a workspace takes three minutes)
  --catalog YEAR    model catalogue: 2026 (default) or 2024
  --data DIR        where the state is kept (default .local/cloud)
  --help            this text

LOCAL_CLOUD_MODEL_URL names a model server of your own that answers in place of the built-in one, such as http://127.0.0.1:8080/v1; see docs/real-parts.md.

With Azure Functions Core Tools and Azurite on this machine:
  npm run build && npm run cloud -- --write-settings
  azurite --silent &
  func start        (in another terminal)`;

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
  const clock = createClock({ kind: 'real' });
  mkdirSync(options.dataDir, { recursive: true });
  const cloud = await startCloud({ clock, dataDir: options.dataDir, catalogue: options.catalogue });
  cloud.state.latency = hurried(options.hurry);
  console.log('local Azure, no Azure is contacted');
  for (const [name, value] of Object.entries(cloud.settings())) {
    console.log(`${name}=${name === 'IDENTITY_HEADER' ? '(in local.settings.json)' : value}`);
  }
  console.log(`NODE_EXTRA_CA_CERTS=${cloud.caFile ?? ''}`);
  if (options.writeSettings) console.log(`wrote ${writeSettings(cloud)}`);
  console.log('stop with Ctrl+C; start again and everything is still there');
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
  });
  await cloud.close();
  return 0;
}

const hurried = (by: number): Latencies =>
  Object.fromEntries(Object.entries(LATENCIES).map(([name, ms]) => [name, ms / by])) as Latencies;

/** The file holds the header of the emulated identity, so only its owner may read it. */
function writeSettings(cloud: Cloud): string {
  const file = join(PROJECT_DIR, 'local.settings.json');
  const values = {
    FUNCTIONS_WORKER_RUNTIME: 'node',
    AzureWebJobsStorage: 'UseDevelopmentStorage=true',
    ...labSettings(cloud),
    NODE_EXTRA_CA_CERTS: cloud.caFile ?? '',
  };
  writeFileSync(file, `${JSON.stringify({ IsEncrypted: false, Values: values }, null, 2)}\n`, { mode: 0o600 });
  return file;
}

function readOptions() {
  readModelUrl(process.env.LOCAL_CLOUD_MODEL_URL);
  const { values } = parseArgs({
    options: {
      'write-settings': { type: 'boolean', default: false },
      hurry: { type: 'string', default: '1' },
      catalog: { type: 'string', default: '2026' },
      data: { type: 'string', default: join(PROJECT_DIR, '.local', 'cloud') },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help' as const;
  const hurry = Number(values.hurry);
  if (!(hurry >= 1 && hurry <= 1_000)) throw new Error('--hurry must be a number from 1 to 1000');
  if (values.catalog !== '2026' && values.catalog !== '2024') throw new Error('--catalog must be 2026 or 2024');
  const catalogue: '2026' | '2024' = values.catalog;
  return {
    writeSettings: values['write-settings'],
    hurry,
    catalogue,
    dataDir: values.data,
  };
}

process.exitCode = await main();
