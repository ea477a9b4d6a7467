/** A whole lab's world for one test file: the local cloud and the app on the local host, under the virtual clock. One process is one app, so a file has one world. */
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import type { LabView } from '../../src/hub/lab-view.ts';
import type { LogEntry } from '../../local/host/host.ts';
import { startRig, type Rig, type RigOptions } from '../../local/rig.ts';

export type World = {
  readonly rig: Rig;
  readonly logs: LogEntry[];
  /** POST /api/labs. */
  post(body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Starts a lab and answers with its id. */
  start(body?: Record<string, unknown>): Promise<string>;
  view(id: string): Promise<LabView>;
  /** Lets lab time pass until the lab's view satisfies the predicate. */
  until(id: string, predicate: (view: LabView) => boolean): Promise<LabView>;
  ended(id: string): Promise<LabView>;
  end(id: string): Promise<Response>;
  /** What the app made and still exists, in every scope. */
  left(): string[];
  /** How often each resource was effectively created: PUTs and POSTs that made something. */
  creations(pattern: RegExp): number;
};

const START_MS = Date.UTC(2026, 10, 23, 9, 0, 0);

export function useWorld(options: Pick<RigOptions, 'catalogue' | 'settings'> = {}): World {
  let rig: Rig;
  const logs: LogEntry[] = [];
  beforeAll(async () => {
    rig = await startRig({
      clock: { kind: 'virtual', startMs: START_MS },
      log: (entry) => logs.push(entry),
      ...options,
    });
  });
  beforeEach(async () => {
    logs.length = 0;
    rig.cloud.reset();
    await rig.renewHost('new');
  });
  afterEach(() => {
    expect(rig.cloud.unknownRoutes, 'routes that the local cloud does not know').toEqual([]);
  });
  afterAll(async () => {
    await rig.close();
  });

  const post = (body: unknown, headers: Record<string, string> = {}) =>
    rig.host.fetch('/api/labs', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const view = async (id: string): Promise<LabView> => {
    const response = await rig.host.fetch(`/api/labs/${id}`);
    if (!response.ok) throw new Error(`GET /api/labs/${id}: ${response.status} ${await response.text()}`);
    return (await response.json()) as LabView;
  };
  const until = async (id: string, predicate: (it: LabView) => boolean): Promise<LabView> => {
    let last: LabView | undefined;
    await rig.host.until(async () => predicate((last = await view(id))));
    return last as LabView;
  };

  return {
    get rig() {
      return rig;
    },
    logs,
    post,
    view,
    until,
    start: async (body = {}) => {
      const response = await post(body);
      if (response.status !== 202) throw new Error(`POST /api/labs: ${response.status} ${await response.text()}`);
      return ((await response.json()) as { id: string }).id;
    },
    ended: async (id) => {
      // Asking the hub's store is cheap; the view is read once, at the end.
      await rig.host.until(() => rig.host.history(id).some((event) => event.EventType === 1));
      return view(id);
    },
    end: (id) => rig.host.fetch(`/api/labs/${id}`, { method: 'DELETE' }),
    left: () =>
      rig.cloud
        .inventory()
        .filter((it) => it.origin !== 'bystander')
        .map((it) => `${it.type} ${it.id}`),
    creations: (pattern) =>
      rig.cloud.requests.filter((it) => it.status < 300 && pattern.test(`${it.method} ${it.path}`)).length,
  };
}
