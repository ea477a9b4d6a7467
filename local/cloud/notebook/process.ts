// The process in which a notebook runs: its time, its environment, its way to MLflow and to the world.
//
// Invariants
// P1  The process has its own time, which only waiting and the services' own durations move. It never runs ahead of work: where it passes lab time,
//     the process is suspended, holds the clock no longer, and is woken by a scheduled transition.
// P2  Whatever else it does happens inside a clock-entered section.
import type { KernelJob } from '../databricks/run-life.ts';
import { installedOn } from '../databricks/libraries.ts';
import { mlflowVersionOf } from '../databricks/runtimes.ts';
import type { Reply, Router } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';

/** Lab milliseconds of what a notebook usually waits for, for a run of `latency.runMs` = 60,000. */
export const DURATIONS = {
  attach: 8_000,
  install: 14_000,
  installSatisfied: 6_000,
  restart: 6_000,
  cell: 500,
};

/** The run was cancelled, timed out, or lost its cluster. */
export class KernelStopped extends Error {}

export type Process = {
  readonly state: CloudState;
  readonly job: KernelJob;
  /** The process's own time, Unix ms in the lab. */
  now: () => number;
  /** Lets that many lab ms pass. */
  wait(ms: number): Promise<void>;
  /** A wait as long as a usual run's, scaled with the cloud's `latency.runMs`. */
  usually(ms: number): Promise<void>;
  /** Throws when the run was stopped. */
  check: () => void;
  stop(): void;
  /** Aborted by `stop`. */
  readonly stopped: AbortSignal;
  /** Lets lab time pass until the run is stopped; rejects then. */
  untilStopped(): Promise<never>;
  /** A request to the workspace's own API, as the notebook's user. */
  request(method: string, path: string, options?: { query?: Record<string, string>; body?: unknown }): Promise<Reply>;
  /** A PUT to a signed URL of the workspace's storage. */
  upload(url: string, content: string): Promise<Reply>;
  /** What is installed for this notebook: versions by name. */
  readonly packages: Record<string, string>;
};

/** Wakes suspended processes; one per state. */
export type Alarms = { at(dueAt: number, wake: () => void): void };

export function createAlarms(state: CloudState): Alarms {
  const waiting = new Map<number, () => void>();
  let next = 0;
  state.on<{ alarm: number }>('kernel.wake', ({ alarm }) => {
    const wake = waiting.get(alarm);
    waiting.delete(alarm);
    wake?.();
  });
  state.onReset(() => {
    waiting.clear();
  });
  return {
    at: (dueAt, wake) => {
      next += 1;
      waiting.set(next, wake);
      state.schedule(dueAt, 'kernel.wake', { alarm: next });
    },
  };
}

/** Starts a process for `job`; `leave` gives the clock back at the end. */
export function createProcess(
  state: CloudState,
  job: KernelJob,
  router: Router,
  alarms: Alarms,
): { process: Process; leave: () => void } {
  let cursor = job.startedAt;
  let leaveClock = state.clock.enter();
  let wakeUp: (() => void) | undefined;
  const stopping = new AbortController();

  const check = (): void => {
    if (stopping.signal.aborted) throw new KernelStopped();
  };

  /** Holds the clock no longer until `wakeUp`. */
  const suspend = (): Promise<void> =>
    new Promise((resolve) => {
      wakeUp = () => {
        wakeUp = undefined;
        leaveClock = state.clock.enter();
        resolve();
      };
      leaveClock();
    });

  const wait = async (ms: number): Promise<void> => {
    check();
    cursor += Math.max(0, Math.round(ms));
    if (cursor <= state.now()) return;
    alarms.at(cursor, () => wakeUp?.());
    await suspend();
    check();
  };

  const dispatch = async (
    method: string,
    path: string,
    query: URLSearchParams,
    rawBody: Buffer,
    body: unknown,
    headers: Record<string, string>,
    isUser: boolean,
  ): Promise<Reply> => {
    const match = router(method, path);
    if (match === undefined) return { status: 501, json: { error_code: 'NOT_IMPLEMENTED', message: path } };
    const { creatorObjectId: objectId, creator: clientId } = job.run;
    const { tenantId } = state.identity;
    const token = { audience: '', expiresAt: state.now() + 60_000, objectId, clientId, tenantId };
    return match.route.handler({
      method,
      path,
      params: match.params,
      query,
      headers,
      body,
      rawBody,
      token: isUser ? token : null,
      origin: job.workspace.origin,
      now: state.now(),
    });
  };

  const process: Process = {
    state,
    job,
    now: () => cursor,
    wait,
    usually: (ms) => wait((ms * state.latency.runMs) / 60_000),
    check,
    stop: () => {
      stopping.abort();
      wakeUp?.();
    },
    stopped: stopping.signal,
    untilStopped: async () => {
      check();
      await suspend();
      throw new KernelStopped();
    },
    request: (method, path, { query = {}, body } = {}) => {
      const raw = body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body));
      return dispatch(method, path, new URLSearchParams(query), raw, body, {}, true);
    },
    upload: (url, content) => {
      const { pathname, searchParams } = new URL(url);
      const headers = { 'x-ms-blob-type': 'BlockBlob' };
      return dispatch('PUT', pathname, searchParams, Buffer.from(content), undefined, headers, false);
    },
    packages: packagesOf(job),
  };
  return {
    process,
    leave: () => {
      leaveClock();
    },
  };
}

/** What `pip install` brings today; of packages that have no stand-in, no version matters. */
export const newestVersionOf = (name: string): string => NEWEST[name] ?? '1.0.0';
const NEWEST: Record<string, string> = { mlflow: '3.18.0', openai: '3.54.0' };

const packagesOf = ({ cluster }: KernelJob): Record<string, string> => {
  const mlflow = mlflowVersionOf(cluster.sparkVersion);
  const libraries = installedOn(cluster).map((name) => [name, newestVersionOf(name)] as const);
  return { ...(mlflow === null ? {} : { mlflow }), ...Object.fromEntries(libraries) };
};
