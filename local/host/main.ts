/** `npm run host -- --app DIR`: runs a built function app on the local host until it is stopped. Its state survives a restart, and a `kill -9`. */
import { join, resolve } from 'node:path';
import { createClock } from '../clock.ts';
import { StartError } from '../start-error.ts';
import { command, numberOption, portOption, untilStopped } from '../terminal/command.ts';
import { startAzurite } from '../extension/azurite.ts';
import { startExtensionHost } from '../extension/host.ts';
import { extensionParts } from '../extension/parts.ts';
import { newId } from './durable/engine.ts';
import { startHost, type Host } from './host.ts';
import type { LogEntry } from './log.ts';
import { readLocalSettings } from './settings.ts';

const help = `Runs a function app written for @azure/functions 4 and durable-functions 3 on this machine, without Core Tools.

usage: npm run host -- --app DIR [options]

  --app DIR     the app: host.json, package.json whose "main" names the built entries, and local.settings.json if it has one
  --port N      port of the app (default: LocalHttpPort of local.settings.json, or 7071); 0 takes a free one
  --store FILE  where orchestrations are kept (default DIR/.local/hub.sqlite); :memory: keeps them until the end only
  --auth        ask for function keys; two are made for this run, and shown
  --speed N     lab seconds per second of real time (default 1)
  --extension   run the app on Microsoft's own Durable extension: needs the .NET SDK 10, NuGet and npm; --store is then a folder
                (default DIR/.local/azurite), and time is real
  --help        this text

Settings come from the environment and then from local.settings.json; AzureFunctionsJobHost__a__b overrides a.b of host.json.
Exits 2 when the app cannot be started, and says why in one line.`;

await command(
  {
    help,
    options: {
      app: { type: 'string' },
      port: { type: 'string' },
      store: { type: 'string' },
      auth: { type: 'boolean', default: false },
      speed: { type: 'string', default: '1' },
      extension: { type: 'boolean', default: false },
    },
  },
  async ({ app, store, ...given }) => {
    if (app === undefined) throw new StartError('which app? name its folder: --app DIR (see --help)');
    const appDir = resolve(app);
    const local = readLocalSettings(appDir);
    const speed = numberOption('speed', given.speed, 0.001, 100_000);
    if (given.extension) {
      if (given.auth || speed !== 1) throw new StartError('--extension goes without --auth and --speed (see --help)');
      return runOnExtension(appDir, portOption(given.port ?? String(local.port ?? 7071)), store, local.values);
    }
    const auth = given.auth ? { masterKey: newId(), functionKey: newId() } : undefined;
    const host = await startHost({
      appDir,
      port: portOption(given.port ?? String(local.port ?? 7071)),
      store: store ?? join(appDir, '.local', 'hub.sqlite'),
      clock: createClock(speed === 1 ? { kind: 'real' } : { kind: 'scaled', speed }),
      settings: { AZURE_FUNCTIONS_ENVIRONMENT: 'Development', ...local.values },
      log: print,
      ...(auth ? { auth } : {}),
    });
    const stopped = untilStopped();
    announce(host);
    if (auth) console.log(`\nmaster key    ${auth.masterKey}\nfunction key  ${auth.functionKey}`);
    const kept = store === ':memory:' ? 'nothing is kept' : 'start it again and orchestrations continue';
    console.log(`\nstop with Ctrl+C; ${kept}`);
    await stopped;
    await host.close();
  },
);

async function runOnExtension(
  appDir: string,
  port: number,
  folder: string | undefined,
  settings: Record<string, string>,
): Promise<void> {
  const parts = extensionParts();
  if (parts.kind === 'unavailable') throw new StartError(`the extension cannot be had: ${parts.reason}`);
  const stopped = untilStopped();
  const storage = await startAzurite(parts.azurite, folder ?? join(appDir, '.local', 'azurite'));
  const { connectionString } = storage;
  const host = await startExtensionHost({
    ...{ appDir, port, assembly: parts.host, connectionString, log: print },
    settings: { AZURE_FUNCTIONS_ENVIRONMENT: 'Development', ...settings },
  });
  announce(host);
  console.log('\non the Durable extension; stop with Ctrl+C; start it again and orchestrations continue');
  await stopped;
  await host.close();
  await storage.close();
}

function announce(host: Pick<Host, 'url' | 'functions'>): void {
  console.log(`listening on ${host.url}\n`);
  for (const { name, trigger, route, methods, schedule } of host.functions) {
    const what = route === undefined ? (schedule ?? '') : `${methods?.join(',')} ${host.url}/${route}`;
    console.log(`  ${name}: ${trigger} ${what}`.trimEnd());
  }
}

function print({ time, level, category, message, instanceId }: LogEntry): void {
  if (level === 'trace' || level === 'debug') return;
  const who = instanceId === undefined ? category : `${category} ${instanceId}`;
  console.log(`${new Date(time).toISOString()} ${level} ${who}: ${message}`);
}
