/** A whole lab's world for one test file: the local cloud and the app on the local host, under the virtual clock. One process is one app, so a file has one world. */
import { afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { instanceIds, type InstanceIds } from '../../src/contracts/instance-ids.ts';
import type { LabView } from '../../src/hub/lab-view.ts';
import { LOCAL_TAG_KEY } from '../../local/lab-settings.ts';
import { signed } from '../../src/lab/tag-signature.ts';
import { TAGS } from '../../src/lab/tags.ts';
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
  /** Ids of the task hub's instances of a lab that can be seen. */
  ids(id: string): Promise<InstanceIds>;
  /** Lets lab time pass until the lab's view satisfies the predicate. */
  until(id: string, predicate: (view: LabView) => boolean): Promise<LabView>;
  ended(id: string): Promise<LabView>;
  end(id: string): Promise<Response>;
  /** Terminates orchestrations, as an operator may, and waits until none of them runs. */
  terminate(...instances: string[]): Promise<void>;
  /** What the app made and still exists, in every scope. */
  left(): string[];
  /** How often each resource was effectively created: PUTs and POSTs that made something. */
  creations(pattern: RegExp): number;
};

const INSTALLATION = 'local-lab';

/** Tags as the app signs them for the resource with this id. */
export const signedTags = (
  { id, owner, startedAt }: { id: string; owner: string; startedAt: string },
  scope: string,
): Record<string, string> =>
  signed(
    { current: LOCAL_TAG_KEY },
    { [TAGS.installation]: INSTALLATION, [TAGS.lab]: id, [TAGS.owner]: owner, [TAGS.started]: startedAt },
    scope,
  );

const START_MS = Date.UTC(2026, 10, 23, 9, 0, 0);

type WorldOptions = Pick<RigOptions, 'catalogue' | 'settings' | 'strictness'>;

/** The world of this worker. Files with the same options run in the same workers, see vitest.config.ts: an app takes longer to load than most labs to run. */
const key = Symbol.for('llmops-lab.test-world');
const shared = globalThis as {
  [key]?: { readonly options: string; readonly rig: Promise<Rig>; readonly logs: LogEntry[] };
};

const worldOf = (options: WorldOptions) => {
  const text = JSON.stringify(options, (_, value: unknown) => (typeof value === 'function' ? String(value) : value));
  const logs: LogEntry[] = [];
  const start = () =>
    startRig({ clock: { kind: 'virtual', startMs: START_MS }, log: (it) => logs.push(it), ...options });
  const world = (shared[key] ??= { options: text, rig: start(), logs });
  if (world.options !== text)
    throw new Error(`a worker has one app, and its world has other options: ${world.options}`);
  return world;
};

/** A world with a task hub of its own and an empty cloud for each test. It ends with its worker. */
export function useWorld(options: WorldOptions = {}): World {
  let rig: Rig;
  const { logs } = worldOf(options);
  beforeAll(async () => {
    rig = await worldOf(options).rig;
  });
  beforeEach(async () => {
    logs.length = 0;
    rig.cloud.reset();
    await rig.renewHost('new');
  });
  afterEach(() => {
    expect(rig.cloud.unknownRoutes, 'routes that the local cloud does not know').toEqual([]);
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
    ids: async (id) => {
      const { owner, startedAt } = await view(id);
      return instanceIds({ installation: INSTALLATION, id, owner, startedAt });
    },
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
    terminate: async (...instances) => {
      const paths = instances.map((it) => `/runtime/webhooks/durabletask/instances/${it}`);
      for (const path of paths) {
        const { status } = await rig.host.fetch(`${path}/terminate?reason=test&code=local`, { method: 'POST' });
        // 410: it is over already.
        expect([202, 410]).toContain(status);
      }
      const statusOf = async (path: string) =>
        ((await (await rig.host.fetch(`${path}?code=local`)).json()) as { runtimeStatus: string }).runtimeStatus;
      await rig.host.until(async () => (await Promise.all(paths.map(statusOf))).every((it) => it !== 'Running'));
    },
    left: () =>
      rig.cloud
        .inventory()
        .filter((it) => it.origin !== 'bystander')
        .map((it) => `${it.type} ${it.id}`),
    creations: (pattern) =>
      rig.cloud.requests.filter((it) => it.status < 300 && pattern.test(`${it.method} ${it.path}`)).length,
  };
}
