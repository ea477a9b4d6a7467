/** `npm run host -- --app DIR`: runs a built function app on the local host until it is stopped. Its state survives a restart, and a `kill -9`. */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createClock } from '../clock.ts';
import { newId } from './durable/engine.ts';
import { messageOf, StartError } from './errors.ts';
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
  --help        this text

Settings come from the environment and then from local.settings.json; AzureFunctionsJobHost__a__b overrides a.b of host.json.
Exits 2 when the app cannot be started, and says why in one line.`;

const exitCode = await main().catch((error: unknown) => {
  const isUsage = error instanceof TypeError && 'code' in error; // How parseArgs refuses an option.
  if (!isUsage && !(error instanceof StartError)) throw error;
  console.error(isUsage ? `${messageOf(error)} (see --help)` : messageOf(error));
  return 2;
});
// An app that was refused may have left servers and timers behind.
process.exit(exitCode);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      app: { type: 'string' },
      port: { type: 'string' },
      store: { type: 'string' },
      auth: { type: 'boolean', default: false },
      speed: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  if (values.app === undefined) throw new StartError('which app? name its folder: --app DIR (see --help)');
  const appDir = resolve(values.app);
  const local = readLocalSettings(appDir);
  const port = Number(values.port ?? local.port ?? 7071);
  const speed = Number(values.speed);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new StartError('--port must be a port number');
  if (!(speed > 0 && speed <= 100_000)) throw new StartError('--speed must be a number above 0, at most 100000');
  const auth = values.auth ? { masterKey: newId(), functionKey: newId() } : undefined;
  const host = await startHost({
    appDir,
    port,
    store: values.store ?? join(appDir, '.local', 'hub.sqlite'),
    clock: createClock(speed === 1 ? { kind: 'real' } : { kind: 'scaled', speed }),
    settings: { AZURE_FUNCTIONS_ENVIRONMENT: 'Development', ...local.values },
    log: print,
    ...(auth ? { auth } : {}),
  });
  announce(host);
  if (auth) console.log(`\nmaster key    ${auth.masterKey}\nfunction key  ${auth.functionKey}`);
  console.log('\nstop with Ctrl+C; start again and everything goes on');
  await new Promise<void>((stop) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  });
  await host.close();
  return 0;
}

function announce(host: Host): void {
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
