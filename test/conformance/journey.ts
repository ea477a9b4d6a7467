// The journey that the crash tests interrupt: the same steps whoever drives them, first or after a crash.
import { join } from 'node:path';
import { createClock } from '../../local/clock.ts';
import type { CommitHook } from '../../local/host/durable/store.ts';
import { startHost, type Host } from '../../local/host/host.ts';
import { linesOf, startMs } from './lines.ts';

/** Where the process ends: at the nth occurrence of a moment. */
export type Point = { readonly moment: string; readonly nth: number };
export type Journey = { readonly status: unknown; readonly histories: Record<string, string[]> };

const api = '/runtime/webhooks/durabletask';
const id = 'j';

/**
 * Drives the journey in a store until it has ended, from wherever the store stands. `at` is called at every moment at which a
 * process may end: around each commit, and in each activity before and after it has acted.
 */
export const travel = async (store: string, effects: string, at: (moment: string) => void): Promise<Journey> => {
  Object.assign(globalThis, { moment: at, effects });
  const clock = createClock({ kind: 'virtual', startMs });
  const onCommit: CommitHook = (moment) => at(`${moment} commit`);
  const appDir = join(import.meta.dirname, 'apps', 'journey');
  const host = await startHost({ appDir, store, clock, onCommit });
  try {
    const body = JSON.stringify({ round: 1 });
    // A conflict when it lives already; when it has ended, a start would begin it anew.
    if ((await host.fetch(`${api}/instances/${id}`)).status === 404)
      await insist(host, `${api}/orchestrators/journey/${id}`, { body });
    await host.until(() => step(host));
    const response = await host.fetch(`${api}/instances/${id}`);
    return { status: await response.json(), histories: await historiesOf(host) };
  } finally {
    await host.close();
    clock.restore();
  }
};

/** Posts again what the store has refused, as a client does that is answered 500. */
const insist = async (host: Host, path: string, init: RequestInit): Promise<void> => {
  while ((await host.fetch(path, { ...init, method: 'POST' })).status === 500);
};

/** Raises the event that the journey waits for, once; says whether the journey has ended. */
const step = async (host: Host): Promise<boolean> => {
  const found = (await (await host.fetch(`${api}/instances/${id}`)).json()) as {
    runtimeStatus: string;
    customStatus: unknown;
  };
  // In a history, or in an inbox that a crash has left.
  if (found.customStatus === 'waiting' && !host.storeText().includes('"Name":"go"')) {
    const headers = { 'content-type': 'application/json' };
    await insist(host, `${api}/instances/${id}/raiseEvent/go`, { headers, body: 'null' });
  }
  return !['Pending', 'Running'].includes(found.runtimeStatus);
};

/** Every history with the times of its events, in an order that does not depend on how episodes were cut. */
const historiesOf = async (host: Host): Promise<Record<string, string[]>> => {
  const response = await host.fetch(`${api}/instances`);
  const instances = (await response.json()) as { instanceId: string; createdTime: string }[];
  const entries = instances.map(({ instanceId, createdTime }): [string, string[]] => {
    const timed = host.history(instanceId).flatMap((event) => {
      const [text] = linesOf([event]);
      return text === undefined ? [] : [`${event.Timestamp} ${text}`];
    });
    return [instanceId.replace(/[0-9a-f]{32}/, 'X'), [createdTime, ...timed.sort()]];
  });
  return Object.fromEntries(entries);
};
