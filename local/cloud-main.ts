/** `npm run cloud`: the local Azure alone, for an app that runs elsewhere on this machine, such as on Microsoft's own Functions host. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClock } from './clock.ts';
import { CATALOGUE_NAMES } from './cloud/catalogue.ts';
import { checkModelServer } from './cloud/openai/forward.ts';
import { startCloud, type Cloud } from './cloud/cloud.ts';
import { trustCa } from './cloud/core/certificate.ts';
import { LATENCIES, type Latencies } from './cloud/latencies.ts';
import { dataFolder } from './data-folder.ts';
import { labSettings } from './lab-settings.ts';
import { PROJECT_DIR } from './project.ts';
import { choiceOption, command, numberOption, untilStopped } from './terminal/command.ts';

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
  func start        (in another terminal)

With the local host in place of both, in another terminal, with the certificate that is printed:
  NODE_EXTRA_CA_CERTS=FILE npm run host -- --app .`;

await command(
  {
    help: HELP,
    options: {
      'write-settings': { type: 'boolean', default: false },
      hurry: { type: 'string', default: '1' },
      catalog: { type: 'string', default: '2026' },
      data: { type: 'string', default: join(PROJECT_DIR, '.local', 'cloud') },
    },
  },
  async (given) => {
    const hurry = numberOption('hurry', given.hurry, 1, 1_000);
    const catalogue = choiceOption('catalog', given.catalog, CATALOGUE_NAMES);
    await checkModelServer(process.env.LOCAL_CLOUD_MODEL_URL);
    const clock = createClock({ kind: 'real' });
    const cloud = await startCloud({ clock, dataDir: dataFolder(given.data), catalogue });
    cloud.state.latency = hurried(hurry);
    // The notebook runs in this process and calls the account over HTTPS.
    trustCa(cloud.caPem);
    const stopped = untilStopped();
    console.log('Local Azure: no Azure is contacted.');
    for (const [name, value] of Object.entries(cloud.settings())) {
      console.log(`${name}=${name === 'IDENTITY_HEADER' ? '(in local.settings.json)' : value}`);
    }
    console.log(`NODE_EXTRA_CA_CERTS=${cloud.caFile ?? ''}`);
    if (given['write-settings']) console.log(`wrote ${writeSettings(cloud)}`);
    console.log('stop with Ctrl+C; start again and everything is still there');
    await stopped;
    await cloud.close();
  },
);

function hurried(by: number): Latencies {
  return Object.fromEntries(Object.entries(LATENCIES).map(([name, ms]) => [name, ms / by])) as Latencies;
}

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
