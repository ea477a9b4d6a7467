/** A task hub as a scenario meets it, whichever host is behind it: the Durable extension's HTTP API, and time that passes. */
import { setTimeout as realDelay } from 'node:timers/promises';
import type { Step, TaskStep } from '../apps/scenarios/steps.ts';

export type Reply = { readonly status: number; readonly body: unknown; readonly headers: Headers };
export type Status = {
  readonly runtimeStatus: string;
  readonly input: unknown;
  readonly output: unknown;
  readonly customStatus: unknown;
  readonly createdTime: string;
  readonly lastUpdatedTime: string;
};
export type RequestOptions = { readonly body?: string; readonly headers?: Readonly<Record<string, string>> };

/** What differs between the hosts. */
export type Machine = {
  readonly fetch: (path: string, init: RequestInit) => Promise<Response>;
  /** Lets time pass until the predicate holds, or until nothing is left that could bring it about within ten seconds of it. */
  readonly until: (holds: () => Promise<boolean>) => Promise<void>;
  /** Lets what is under way happen. */
  readonly settle: () => Promise<void>;
  /** Lets that much time pass. */
  readonly pass: (ms: number) => Promise<void>;
};

export type Hub = ReturnType<typeof hubOf>;

const api = '/runtime/webhooks/durabletask';
const json = { 'content-type': 'application/json' };
const over = ['Completed', 'Failed', 'Terminated'];

/** @param prefix begins every id of the scenario, and no other's. */
export const hubOf = (machine: Machine, prefix: string) => {
  const request = async (method: string, path: string, options: RequestOptions = {}): Promise<Reply> => {
    const { body, headers = body === undefined ? {} : json } = options;
    const init = { method, headers, ...(body === undefined ? {} : { body }) };
    const response = await machine.fetch(api + path, init);
    const text = await response.text();
    let parsed: unknown = text;
    try {
      parsed = JSON.parse(text);
    } catch {
      // It is what it is.
    }
    return { status: response.status, body: parsed, headers: response.headers };
  };
  const instance = (id: string, rest = ''): string => `/instances/${encodeURIComponent(id)}${rest}`;
  const hub = {
    prefix,
    id: (label = 'a'): string => prefix + label,
    request,
    instance,
    start: (name: string, id: string, input?: unknown, query = ''): Promise<Reply> =>
      request('POST', `/orchestrators/${name}/${encodeURIComponent(id)}${query}`, {
        body: input === undefined ? '' : JSON.stringify(input),
      }),
    raise: (id: string, event: string, data: unknown = null): Promise<Reply> =>
      request('POST', instance(id, `/raiseEvent/${event}`), { body: JSON.stringify(data) }),
    operate: (id: string, operation: string, query = ''): Promise<Reply> =>
      request('POST', instance(id, `/${operation}${query}`)),
    purge: (id: string): Promise<Reply> => request('DELETE', instance(id)),
    status: async (id: string, query = ''): Promise<Status> =>
      (await request('GET', instance(id, query))).body as Status,
    until: machine.until,
    /** Lets what is under way happen to that instance. One that has not even begun is waited for. */
    settle: async (id = prefix + 'a'): Promise<void> => {
      const isPending = async (): Promise<boolean> => (await hub.status(id)).runtimeStatus === 'Pending';
      await machine.settle();
      if (!(await isPending())) return;
      await machine.until(async () => !(await isPending()));
      await machine.settle();
    },
    pass: machine.pass,
    /** Waits until it has that status. */
    becomes: async (id: string, ...statuses: string[]): Promise<Status> => {
      await machine.until(async () => statuses.includes((await hub.status(id)).runtimeStatus));
      return hub.status(id);
    },
    /** Its status once it has ended, or once it is clear that it does not end by itself. */
    ended: (id: string): Promise<Status> => hub.becomes(id, ...over),
    /** Starts a program and waits until it waits. */
    running: async (id: string, steps: readonly Step[] = [waits]): Promise<void> => {
      await hub.start('program', id, steps);
      await hub.becomes(id, 'Running');
    },
    /** The kinds of its events, as the API shows them. */
    history: async (id: string): Promise<string[]> => {
      const { historyEvents } = (await hub.status(id, '?showHistory=true')) as unknown as {
        historyEvents?: { EventType: string; FunctionName?: string; Name?: string }[];
      };
      return (historyEvents ?? []).map(({ EventType, FunctionName, Name }) =>
        [EventType, FunctionName ?? Name].filter((it) => it !== undefined && it !== null).join(' '),
      );
    },
  };
  return hub;
};

/** The step in which an orchestration can be left. */
export const waits: TaskStep = { do: 'event', name: 'go' };

/** A machine in real time. */
export const realMachine = (fetch: Machine['fetch']): Machine => ({
  fetch,
  until: async (holds) => {
    for (let tries = 0; tries < 100; tries += 1) {
      if (await holds()) return;
      await realDelay(tries < 20 ? 50 : 120);
    }
  },
  // In one process nothing waits for a poll: what has not happened by then does not.
  settle: () => realDelay(2000).then(() => undefined),
  pass: (ms) => realDelay(ms).then(() => undefined),
});

/** What was observed, without what is another at every run: ids, times, addresses and keys. */
export const comparable = (observed: unknown, prefix: string): unknown => {
  const text = JSON.stringify(observed ?? null)
    .replaceAll(prefix, 'ID-')
    .replace(/\b[0-9a-f]{32}\b|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'X')
    .replace(/http:\/\/(localhost|127\.0\.0\.1):\d+/g, 'ORIGIN')
    .replace(/code=\w+/g, 'code=KEY')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)/g, 'TIME');
  return JSON.parse(text) as unknown;
};

/** The first line of a failure's text: what follows is a serialised exception. */
export const firstLine = (output: unknown): unknown =>
  typeof output === 'string' ? (output.split('\n')[0] ?? '').trim() : output;

/** The words of a refusal. */
export const message = (body: unknown): unknown =>
  typeof body === 'object' && body !== null && 'Message' in body ? body.Message : body === '' ? undefined : body;
