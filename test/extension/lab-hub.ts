/** A local cloud, a task hub in Azurite, and hosts on the real extension as processes that can be killed. Time is real. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as realDelay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createClock } from '../../local/clock.ts';
import { startCloud } from '../../local/cloud/cloud.ts';
import { trustCa } from '../../local/cloud/core/certificate.ts';
import { startAzurite } from '../../local/extension/azurite.ts';
import { labSettings } from '../../local/lab-settings.ts';
import { PROJECT_DIR } from '../../local/project.ts';
import type { LabView } from '../../src/hub/lab-view.ts';
import type { HostProcessOptions, HostProcessReady } from './host-process.ts';

export type HostProcess = {
  readonly url: string;
  /** Ends both of its processes as a machine does that loses its power. */
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

export type LabHub = Awaited<ReturnType<typeof startLabHub>>;

const RUN = fileURLToPath(new URL('../../scripts/run.js', import.meta.url));
const HOST = fileURLToPath(new URL('host-process.ts', import.meta.url));
const POLL_MS = 2000;

/**
 * @param parts where the extension's parts are.
 * @param settings of the app and of host.json, beside those of a lab on the local cloud.
 */
export async function startLabHub(
  parts: { readonly host: string; readonly azurite: string },
  settings: Readonly<Record<string, string>> = {},
) {
  const cloud = await startCloud({ clock: createClock({ kind: 'real' }) });
  // Notebooks run in the cloud's own process.
  trustCa(cloud.caPem);
  const storage = await startAzurite(parts.azurite);
  const running = new Set<HostProcess>();

  const startHost = async (name: string): Promise<HostProcess> => {
    const options: HostProcessOptions = {
      ...{ appDir: PROJECT_DIR, entry: 'src/index.ts', assembly: parts.host, caPem: cloud.caPem },
      ...{ connectionString: storage.connectionString, name, settings: { ...labSettings(cloud), ...settings } },
    };
    const child = spawn(process.execPath, [RUN, HOST, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'pipe'] });
    const { url, pid } = await readyOf(child);
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const host: HostProcess = {
      url,
      kill: async () => {
        running.delete(host);
        process.kill(pid, 'SIGKILL');
        child.kill('SIGKILL');
        await ended;
      },
      stop: async () => {
        running.delete(host);
        child.stdin.end();
        await ended;
      },
    };
    running.add(host);
    return host;
  };

  /** A request to any host that runs. One that dies meanwhile answers nothing. */
  const ask = async (path: string, init: RequestInit = {}): Promise<Response | undefined> => {
    const [host] = running;
    if (host === undefined) return undefined;
    return fetch(host.url + path, { ...init, headers: { 'content-type': 'application/json' } }).catch(() => undefined);
  };
  /** The same, until somebody answers. */
  const insist = async (path: string, init: RequestInit = {}): Promise<Response> => {
    for (;;) {
      const response = await ask(path, init);
      if (response !== undefined) return response;
      await realDelay(POLL_MS);
    }
  };
  const view = async (id: string): Promise<LabView | undefined> => {
    const response = await ask(`/api/labs/${id}`);
    return response?.ok === true ? ((await response.json()) as LabView) : undefined;
  };

  return {
    cloud,
    startHost,
    insist,
    view,
    /** Polls until the lab's view satisfies the predicate. */
    until: async (id: string, holds: (view: LabView) => boolean): Promise<LabView> => {
      for (;;) {
        const seen = await view(id);
        if (seen !== undefined && holds(seen)) return seen;
        await realDelay(POLL_MS);
      }
    },
    start: async (id: string): Promise<void> => {
      const body = JSON.stringify({ id, idleMinutes: 5 });
      const { status } = await insist('/api/labs', { method: 'POST', body });
      if (status !== 202) throw new Error(`the start of ${id} was answered ${status}`);
    },
    /** What exists of that lab, in every scope. */
    left: (id: string): string[] =>
      cloud
        .inventory()
        .filter((it) => it.origin !== 'bystander' && `${it.id} ${JSON.stringify(it.tags ?? {})}`.includes(id))
        .map((it) => `${it.type} ${it.id}`),
    /** Rows in the histories of the lab's instances, as the extension shows them. */
    historyRows: async (id: string): Promise<number> => {
      const base = '/runtime/webhooks/durabletask/instances';
      const list = (await (await insist(`${base}?instanceIdPrefix=${id}`)).json()) as { instanceId: string }[];
      const rows = list.map(async ({ instanceId }) => {
        const one = await insist(`${base}/${instanceId}?showHistory=true&showInput=false`);
        return ((await one.json()) as { historyEvents?: unknown[] }).historyEvents?.length ?? 0;
      });
      return (await Promise.all(rows)).reduce((sum, count) => sum + count, 0);
    },
    storageRequests: storage.requests,
    close: async () => {
      for (const host of [...running]) await host.stop();
      await storage.close();
      await cloud.close();
    },
  };
}

const readyOf = (child: ChildProcess): Promise<HostProcessReady> =>
  new Promise((resolve, reject) => {
    const errors: string[] = [];
    if (child.stderr) createInterface(child.stderr).on('line', (line) => errors.push(line));
    if (child.stdout)
      createInterface(child.stdout).on('line', (line) => {
        if (line.startsWith('ready ')) resolve(JSON.parse(line.slice(6)) as HostProcessReady);
      });
    child.once('exit', (code) => reject(new Error(`the host ended with ${code}:\n${errors.slice(-20).join('\n')}`)));
  });
