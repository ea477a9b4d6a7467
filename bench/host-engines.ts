/** What `npm run bench:host` compares: the local host, driven over HTTP as any client drives it, and the peer, driven by calls. */
import { join } from 'node:path';
import { createClock } from '../local/clock.ts';
import { startHost } from '../local/host/host.ts';

export type Engine = {
  readonly start: (name: string, id: string, input: unknown) => Promise<void>;
  /** Raises the event `go`. */
  readonly go: (id: string) => Promise<void>;
  /** Resolves when so many orchestrations have ended since the engine was opened. */
  readonly ended: (count: number) => Promise<void>;
  /** Resolves when nothing can go on but what waits for a timer or an event. */
  readonly settled: (ids: readonly string[]) => Promise<void>;
  readonly close: () => Promise<void>;
};

const api = '/runtime/webhooks/durabletask';

/** `store`: a file, or ':memory:'. */
export const openHost = async (store: string): Promise<Engine> => {
  let count = 0;
  let wanted: { readonly count: number; readonly resolve: () => void } | undefined;
  const clock = createClock({ kind: 'real' });
  const host = await startHost({
    appDir: join(import.meta.dirname, 'host-app'),
    store,
    clock,
    log: ({ level, message }) => {
      if (level === 'warning' || level === 'error' || level === 'critical') throw new Error(message);
      if (message.startsWith('Completed: ') && ++count === wanted?.count) wanted.resolve();
    },
  });
  const post = async (path: string, body: unknown): Promise<void> => {
    const headers = { 'content-type': 'application/json' };
    const response = await host.fetch(api + path, { method: 'POST', headers, body: JSON.stringify(body) });
    if (response.status !== 202) throw new Error(`${path} answered ${response.status}`);
    await response.arrayBuffer();
  };
  return {
    start: (name, id, input) => post(`/orchestrators/${name}/${id}`, input),
    go: (id) => post(`/instances/${id}/raiseEvent/go`, null),
    ended: (target) =>
      new Promise((resolve) => {
        if (count >= target) resolve();
        else wanted = { count: target, resolve };
      }),
    settled: () => clock.idle(),
    close: () => host.close(),
  };
};
