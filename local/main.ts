/** `npm start`: the app on the local host beside the local cloud, left running for curl and the browser. State survives a restart, and a `kill -9`. */
import { join } from 'node:path';
import { CATALOGUE_NAMES } from './cloud/catalogue.ts';
import { checkModelServer } from './cloud/openai/forward.ts';
import { dataFolder } from './data-folder.ts';
import { personOf } from './host/sign-in.ts';
import { PROJECT_DIR } from './project.ts';
import { startRig } from './rig.ts';
import { choiceOption, command, numberOption, portOption, untilStopped } from './terminal/command.ts';
import { plain } from './terminal/format.ts';

const HELP = `Runs the app and a local Azure on this machine until you stop it: no Azure is contacted, nothing is billed.

usage: npm start -- [options]

  --port N         port of the app (default 7071)
  --speed N        lab seconds per second of real time (default 10)
  --catalog YEAR   model catalogue of the local cloud: 2026 (default) or 2024; taken when the data folder is new
  --sign-in NAME   with sign-in, as that person: labs have owners, and the pages start, extend and end labs
  --calls          print every call that changes something in the local cloud
  --data DIR       where the state is kept (default .local/start); delete the folder to start from nothing
  --help           this text

LOCAL_CLOUD_MODEL_URL names a model server of your own that answers in place of the built-in one, such as http://127.0.0.1:8080/v1; see docs/real-parts.md.`;

await command(
  {
    help: HELP,
    options: {
      port: { type: 'string', default: '7071' },
      speed: { type: 'string', default: '10' },
      catalog: { type: 'string', default: '2026' },
      'sign-in': { type: 'string' },
      calls: { type: 'boolean', default: false },
      data: { type: 'string', default: join(PROJECT_DIR, '.local', 'start') },
    },
  },
  async ({ calls, data, 'sign-in': name, ...given }) => {
    const port = portOption(given.port);
    const speed = numberOption('speed', given.speed, 1, 600);
    const catalogue = choiceOption('catalog', given.catalog, CATALOGUE_NAMES);
    await checkModelServer(process.env.LOCAL_CLOUD_MODEL_URL);
    const dataDir = dataFolder(data);
    console.log('Local simulation: no Azure is contacted.');
    const rig = await startRig({
      clock: { kind: 'scaled', speed },
      dataDir,
      catalogue,
      port,
      home: '/api/dashboard',
      ...(name === undefined ? {} : { signedIn: personOf(name) }),
      onRequest: ({ method, path, status, service }) => {
        if (calls && method !== 'GET' && method !== 'HEAD')
          console.log(`${service.padEnd(10)} ${status} ${method} ${path.split('?')[0] ?? ''}`);
      },
      log: (entry) => {
        if (entry.level === 'trace' || entry.level === 'debug') return;
        console.log(`${new Date(entry.time).toISOString()} ${entry.level.padEnd(11)} ${plain(entry.message)}`);
      },
    });
    const stopped = untilStopped();
    const { url } = rig.host;
    console.log(`the app      ${url}/api/labs      (1 s here is ${speed} s of lab time)`);
    console.log(`start a lab  curl -X POST ${url}/api/labs -H 'content-type: application/json' -d '{}'`);
    console.log(`watch it     curl ${url}/api/labs/ID`);
    console.log(`the pages    ${url}/api/dashboard${name === undefined ? '' : `      (signed in as ${plain(name)})`}`);
    console.log('stop with Ctrl+C; start it again and labs continue');
    await stopped;
    await rig.close();
  },
);
