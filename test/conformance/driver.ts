// A host under the virtual clock, driven through the management API as any client drives it; and histories as lines to read.
import { afterEach, beforeEach, expect } from 'vitest';
import { join } from 'node:path';
import { createClock, type Clock } from '../../local/clock.ts';
import { startHost, type Host, type LogEntry } from '../../local/host/host.ts';
import { linesOf, startMs } from './lines.ts';

export { startMs };

const api = '/runtime/webhooks/durabletask';

export type Status = {
  runtimeStatus: string;
  input: unknown;
  output: unknown;
  customStatus: unknown;
  createdTime: string;
};

export type Driver = {
  readonly host: Host;
  readonly clock: Clock;
  readonly start: (name: string, id: string, input?: unknown, query?: string) => Promise<Response>;
  readonly raise: (id: string, event: string, data?: unknown) => Promise<Response>;
  readonly request: (method: string, path: string) => Promise<Response>;
  readonly status: (id: string) => Promise<Status>;
  readonly ended: (id: string) => Promise<boolean>;
  /** Starts an instance and lets time pass until it has ended. */
  readonly run: (name: string, id: string, input?: unknown) => Promise<Status>;
  /** Lets nothing but what is ready now happen. */
  readonly settle: () => Promise<void>;
  /** The history without the turns of episodes. */
  readonly trace: (id: string) => string[];
  /** The history with them: `[` and `]`. */
  readonly turns: (id: string) => string[];
  readonly warnings: () => string[];
};

/** `settings`: the app's settings, those that override host.json included. */
export function useDriver(settings: Record<string, string> = {}): Driver {
  let host: Host;
  let clock: Clock;
  let logs: LogEntry[];
  beforeEach(async () => {
    logs = [];
    clock = createClock({ kind: 'virtual', startMs });
    host = await startHost({
      appDir: join(import.meta.dirname, 'apps', 'rules'),
      store: ':memory:',
      clock,
      settings,
      log: (entry) => logs.push(entry),
    });
  });
  afterEach(async () => {
    await host.close();
    clock.restore();
  });
  const post = (path: string, data: unknown): Promise<Response> =>
    host.fetch(api + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: data === undefined ? '' : JSON.stringify(data),
    });
  const driver: Driver = {
    get host() {
      return host;
    },
    get clock() {
      return clock;
    },
    start: (name, id, input, query = '') => post(`/orchestrators/${name}/${id}${query}`, input),
    raise: (id, event, data = null) => post(`/instances/${id}/raiseEvent/${event}`, data),
    request: (method, path) => host.fetch(api + path, { method }),
    status: async (id) => (await (await host.fetch(`${api}/instances/${id}`)).json()) as Status,
    ended: async (id) => !['Pending', 'Running'].includes((await driver.status(id)).runtimeStatus),
    run: async (name, id, input) => {
      expect((await driver.start(name, id, input)).status).toBe(202);
      await host.until(() => driver.ended(id));
      return driver.status(id);
    },
    settle: () => clock.idle(),
    trace: (id) => linesOf(host.history(id)),
    turns: (id) => linesOf(host.history(id), true),
    warnings: () =>
      logs
        .filter(({ level, category }) => level === 'warning' && category.startsWith('Host.'))
        .map(({ message }) => message),
  };
  return driver;
}
