/**
 * A lab's world whose app can be killed at any commit of the task hub, while the cloud lives on: what a crashed worker leaves behind in Azure.
 *
 * 1. A crash copies the hub's files as they are at that instant, and the next host starts on the copy. Nothing that the dying host commits afterwards counts.
 * 2. Work that was in flight runs to its end in the cloud, and its answer is lost: the worst that "at least once" allows.
 *    That nothing of it reached the cloud, which is the other extreme, is what a real SIGKILL shows (see `kill.test.ts`).
 * 3. What is made in the cloud is counted where it is made, so that a creation whose answer was lost counts as well.
 */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LabView } from '../../src/hub/lab-view.ts';
import { createClock, type Clock } from '../../local/clock.ts';
import { trustCa } from '../../local/cloud/core/certificate.ts';
import { startCloud, type Cloud } from '../../local/cloud/cloud.ts';
import { startHost, type Host } from '../../local/host/host.ts';
import { labSettings } from '../../local/lab-settings.ts';
import { PROJECT_DIR } from '../../local/project.ts';
import { watchMaking, type Made } from './made.ts';

const START_MS = Date.UTC(2026, 10, 23, 9, 0, 0);
/** A call that hangs is given up after that long, in real time. */
const CALL_TIMEOUT_SECONDS = 1;

export type Moment = 'before' | 'after';

export type World = {
  readonly cloud: Cloud;
  readonly clock: Clock;
  readonly host: Host;
  readonly made: Made;
  readonly logs: string[];
  /** Commits of the hub since the last `reset`. */
  readonly commits: number;
  readonly crashes: number;
  /** When the last host died whose hub was lost; Unix ms. */
  readonly hubLostMs: number | undefined;
  /** An empty cloud, an empty hub, no bystander. */
  reset(): Promise<void>;
  /** Kills the host before or after its n-th commit since the reset; `hub: 'lost'` gives the next one an empty hub. */
  killAt(commit: number, moment: Moment, hub?: 'kept' | 'lost'): void;
  /** Kills the host now. */
  kill(hub?: 'kept' | 'lost'): Promise<void>;
  /** Another host on a hub of its own, with the same settings and the same cloud. Its timers run only when they are told to. */
  beside(): Promise<Host>;
  sweep(): Promise<void>;
  start(id: string, body?: Record<string, unknown>): Promise<Response>;
  /** Starts a lab that nothing disturbs yet, as a patient client does. @throws when it is not taken. */
  begin(id: string, body?: Record<string, unknown>): Promise<void>;
  end(id: string, query?: string): Promise<Response>;
  /** Asks for one completion more. */
  complete(id: string): Promise<Response>;
  keepAlive(id: string): Promise<Response>;
  /** Ends a lab's orchestration from outside, as an operator may. */
  terminate(id: string): Promise<Response>;
  view(id: string): Promise<LabView>;
  /** Lets lab time pass until the goal is reached, through whatever crashes come. @throws when it is not reached in time. */
  until(goal: number | (() => boolean | Promise<boolean>), horizonMs: number): Promise<void>;
  /** Until nothing that the app made exists, and no orchestration runs. */
  settle(horizonMs: number): Promise<void>;
  /** What the app made, and still exists. */
  left(): string[];
  liveInstances(): Promise<string[]>;
  close(): Promise<void>;
};

export async function openWorld(settings: Record<string, string> = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'llmops-reliability-'));
  const clock = createClock({ kind: 'virtual', startMs: START_MS });
  clock.install();
  const cloud = await startCloud({ clock });
  trustCa(cloud.caPem);
  let made = watchMaking(cloud.state);
  const logs: string[] = [];

  let hubs = 0;
  let commits = 0;
  let crashes = 0;
  let hubLostMs: number | undefined;
  let planned: { commit: number; moment: Moment; hub: 'kept' | 'lost' } | undefined;
  /** Where the next host goes on, while the one of now is dying. */
  let dying: { closed: Promise<void>; next: string } | undefined;

  const newHub = (): string => join(folder, `hub-${(hubs += 1)}.sqlite`);
  let hub = newHub();

  const dropHub = (file: string): void => {
    for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
  };

  const die = (keep: 'kept' | 'lost'): void => {
    const next = newHub();
    if (keep === 'kept')
      for (const suffix of ['', '-wal']) if (existsSync(hub + suffix)) copyFileSync(hub + suffix, next + suffix);
    if (keep === 'lost') hubLostMs = clock.now();
    planned = undefined;
    crashes += 1;
    dying = { closed: host.close(), next };
  };

  const onCommit = (of: string) => (moment: Moment) => {
    if (of !== hub || dying !== undefined) return;
    if (moment === 'before') commits += 1;
    if (planned?.commit === commits && planned.moment === moment) die(planned.hub);
  };

  const startOn = (file: string, timersEnabled = true): Promise<Host> =>
    startHost({
      appDir: PROJECT_DIR,
      entry: 'src/index.ts',
      store: file,
      timersEnabled,
      clock,
      settings: { ...labSettings(cloud), LAB_CALL_TIMEOUT_SECONDS: String(CALL_TIMEOUT_SECONDS), ...settings },
      log: ({ message }) => logs.push(message),
      onCommit: onCommit(file),
    });
  let host = await startOn(hub);

  const revive = async (): Promise<void> => {
    if (dying === undefined) return;
    const { closed, next } = dying;
    await closed;
    dropHub(hub);
    hub = next;
    dying = undefined;
    host = await startOn(hub);
  };

  /** Whoever asks a host that dies meanwhile asks the next one again, as a client would. */
  const throughDeath = async <T>(work: () => Promise<T>): Promise<T> => {
    await revive();
    try {
      return await work();
    } catch (error: unknown) {
      if (dying === undefined) throw error;
      await revive();
      return work();
    }
  };

  const fetchJson = (path: string, method: string, body?: unknown): Promise<Response> =>
    throughDeath(() =>
      host.fetch(path, {
        method,
        ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      }),
    );

  const liveInstances = async (): Promise<string[]> => {
    const response = await host.fetch(
      '/runtime/webhooks/durabletask/instances?runtimeStatus=Pending,Running&code=local',
    );
    return ((await response.json()) as { instanceId: string }[]).map((it) => it.instanceId);
  };

  const left = (): string[] =>
    cloud
      .inventory()
      .filter((it) => it.origin !== 'bystander')
      .map((it) => `${it.type} ${it.id}`);

  const until: World['until'] = async (goal, horizonMs) => {
    const lastMs = clock.now() + horizonMs;
    const reached = async (): Promise<boolean> => {
      if (dying !== undefined || typeof goal === 'number') return true;
      try {
        return await goal();
      } catch (error: unknown) {
        // Whoever asks a host that dies meanwhile gets no answer.
        if (dying !== undefined) return true;
        throw error;
      }
    };
    for (;;) {
      await revive();
      if (typeof goal === 'number' && clock.now() >= goal) return;
      const horizon = { ms: Math.max(0, lastMs - clock.now()) };
      try {
        // A time is not overshot by the jump to the next thing that is due.
        await host.until(typeof goal === 'number' ? goal : reached, horizon);
      } catch (error: unknown) {
        if (dying === undefined) throw error;
      }
      if (dying === undefined) return;
    }
  };

  const start: World['start'] = (id, body = {}) => fetchJson('/api/labs', 'POST', { id, ...body });

  return {
    cloud,
    clock,
    logs,
    get host() {
      return host;
    },
    get made() {
      return made;
    },
    get commits() {
      return commits;
    },
    get crashes() {
      return crashes;
    },
    get hubLostMs() {
      return hubLostMs;
    },
    reset: async () => {
      planned = undefined;
      await revive();
      await host.close();
      dropHub(hub);
      cloud.reset();
      made = watchMaking(cloud.state);
      logs.length = 0;
      commits = 0;
      crashes = 0;
      hubLostMs = undefined;
      hub = newHub();
      host = await startOn(hub);
    },
    killAt: (commit, moment, keep = 'kept') => {
      planned = { commit, moment, hub: keep };
    },
    kill: async (keep = 'kept') => {
      if (dying === undefined) die(keep);
      await revive();
    },
    beside: () => startOn(newHub(), false),
    sweep: () => throughDeath(() => host.runTimer('sweep')),
    start,
    begin: async (id, body) => {
      // On a machine with much else to do a call may take longer than the app waits here.
      let response = await start(id, body);
      for (let again = 0; response.status === 503 && again < 3; again++) response = await start(id, body);
      if (!response.ok) throw new Error(`POST /api/labs: ${response.status} ${await response.text()}`);
    },
    end: (id, query = '') => fetchJson(`/api/labs/${id}${query}`, 'DELETE'),
    complete: (id) => fetchJson(`/api/labs/${id}/completions`, 'POST', { prompt: 'Tell me a joke about fish.' }),
    keepAlive: (id) => fetchJson(`/api/labs/${id}/keepalive`, 'POST'),
    terminate: (id) =>
      fetchJson(`/runtime/webhooks/durabletask/instances/${id}/terminate?reason=test&code=local`, 'POST'),
    view: async (id) => {
      const response = await host.fetch(`/api/labs/${id}`);
      if (!response.ok) throw new Error(`GET /api/labs/${id}: ${response.status} ${await response.text()}`);
      return (await response.json()) as LabView;
    },
    until,
    settle: (horizonMs) => until(async () => left().length === 0 && (await liveInstances()).length === 0, horizonMs),
    left,
    liveInstances,
    close: async () => {
      await revive();
      await host.close();
      await cloud.close();
      clock.restore();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
