/**
 * The local cloud and the app on the local host, together in one process: what the demo, `npm start` and the whole-lab tests stand on.
 * The app meets endpoints, a certificate and a managed identity, and no sign that they are local.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createClock, type Clock, type ClockMode } from './clock.ts';
import { startCloud, type Cloud } from './cloud/cloud.ts';
import type { PythonKernel } from './cloud/notebook/real-python.ts';
import type { RequestRecord } from './cloud/core/server.ts';
import { trustCa } from './cloud/core/certificate.ts';
import { labSettings } from './lab-settings.ts';
import { PROJECT_DIR } from './project.ts';
import type { Strictness } from './host/durable/strictness.ts';
import { startHost, type Host, type LogEntry } from './host/host.ts';
import type { Person } from './host/sign-in.ts';

export type RigOptions = {
  clock: ClockMode;
  /** Folder that keeps cloud, certificate and task hub over a restart; absent: everything in memory. */
  dataDir?: string;
  catalogue?: '2026' | '2024';
  /** Port of the app; 0 or absent: any free one. */
  port?: number;
  /** The app's entry, relative to its folder. From source unless told otherwise. */
  entry?: string;
  appDir?: string;
  settings?: Record<string, string> | ((cloud: Cloud) => Record<string, string>);
  /** Whoever signs in to the app, as App Service Authentication would name them; absent: nobody does. */
  signedIn?: Person;
  /** Where `/` of the app leads to. */
  home?: string;
  /** Notebooks in real Python; see `CloudOptions`. */
  python?: PythonKernel;
  log?: (entry: LogEntry) => void;
  /** What the Durable extension does by chance, and a kinder host would not; absent: nothing. */
  strictness?: Strictness;
  /** Hears every request that the cloud has served. */
  onRequest?: (record: RequestRecord) => void;
};

/** One start in five races, every timer is early, and a terminated child takes its parent along. */
export const STRICT: Strictness = {
  seed: 1,
  racingStarts: 0.2,
  earlyTimers: true,
  terminatedChildrenFailParents: true,
};

export type Rig = {
  readonly clock: Clock;
  readonly cloud: Cloud;
  /** The host of now: `renewHost` puts another in its place. */
  readonly host: Host;
  /** Stops the host and starts it again, on a task hub of its own when `hub` is `new`: the cloud stays as it is. */
  renewHost(hub: 'same' | 'new'): Promise<void>;
  close(): Promise<void>;
};

export async function startRig(options: RigOptions): Promise<Rig> {
  const clock = createClock(options.clock);
  // Before the app is imported: it must never see another time.
  clock.install();
  // Starting takes its time in real seconds: hurried along, a restart would cost a lab minutes in which nothing can happen.
  const atSpeed = clock.atRealSpeed();
  if (options.dataDir !== undefined) mkdirSync(options.dataDir, { recursive: true });
  const cloud = await startCloud({
    clock,
    ...(options.dataDir === undefined ? {} : { dataDir: join(options.dataDir, 'cloud') }),
    ...(options.catalogue === undefined ? {} : { catalogue: options.catalogue }),
    ...(options.python === undefined ? {} : { python: options.python }),
    ...(options.onRequest === undefined ? {} : { onRequest: options.onRequest }),
  });
  if (options.signedIn !== undefined) {
    const { objectId, name } = options.signedIn;
    cloud.bystanders.person({ objectId, userName: name });
  }
  trustCa(cloud.caPem);
  const own = typeof options.settings === 'function' ? options.settings(cloud) : options.settings;
  let hubs = 0;
  const store = () =>
    options.dataDir === undefined
      ? ':memory:'
      : join(options.dataDir, hubs === 0 ? 'hub.sqlite' : `hub-${hubs}.sqlite`);
  const start = () =>
    startHost({
      appDir: options.appDir ?? PROJECT_DIR,
      entry: options.entry ?? 'src/index.ts',
      port: options.port ?? 0,
      store: store(),
      clock,
      settings: {
        ...labSettings(cloud),
        ...(options.signedIn === undefined ? {} : { WEBSITE_AUTH_ENABLED: 'True' }),
        ...own,
      },
      ...(options.signedIn === undefined ? {} : { signedIn: options.signedIn }),
      ...(options.home === undefined ? {} : { home: options.home }),
      ...(options.strictness === undefined ? {} : { strictness: options.strictness }),
      ...(options.log === undefined ? {} : { log: options.log }),
    });
  let host = await start().catch(async (error: unknown) => {
    await cloud.close();
    throw error;
  });
  atSpeed();
  return {
    clock,
    cloud,
    get host() {
      return host;
    },
    renewHost: async (hub) => {
      await host.close();
      if (hub === 'new') hubs += 1;
      host = await start();
    },
    close: async () => {
      await host.close();
      await cloud.close();
      clock.restore();
    },
  };
}
