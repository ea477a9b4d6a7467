/** The in-memory backend of @microsoft/durabletask-js, with the orchestrations of `bench/host-app`. It keeps nothing, speaks no HTTP, and runs one activity at a time. */
import {
  ConsoleLogger,
  InMemoryOrchestrationBackend,
  TestOrchestrationClient,
  TestOrchestrationWorker,
  whenAll,
  type OrchestrationContext,
  type Task,
  type TOrchestrator,
} from '@microsoft/durabletask-js';
import type { Engine } from './host-engines.ts';

type Steps = AsyncGenerator<Task<unknown>, void, unknown>;
const longestMs = 600_000;
const maxHistorySize = 100_000;

const echoes = (context: OrchestrationContext, width: number): Task<unknown> =>
  whenAll(Array.from({ length: width }, (_, n) => context.callActivity('echo', { n })));

const orchestrations: Readonly<Record<string, TOrchestrator>> = {
  fanOut: async function* (context: OrchestrationContext, { width }: { width: number }): Steps {
    yield echoes(context, width);
  },
  chain: async function* (context: OrchestrationContext, { hops }: { hops: number }): Steps {
    for (let n = 0; n < hops; n += 1) yield context.callActivity('echo', { n });
  },
  mixed: async function* (context: OrchestrationContext, { wakeMs }: { wakeMs: number }): Steps {
    for (const n of [1, 2]) yield context.callActivity('echo', { n });
    yield context.createTimer(new Date(wakeMs));
    for (const n of [3, 4, 5]) yield context.callActivity('echo', { n });
  },
  long: async function* (context: OrchestrationContext, { rounds, width }: { rounds: number; width: number }): Steps {
    for (let round = 0; round < rounds; round += 1) yield echoes(context, width);
    yield context.waitForExternalEvent('go');
  },
  waits: async function* (context: OrchestrationContext): Steps {
    yield context.callActivity('echo', { n: 1 });
    yield context.waitForExternalEvent('go');
  },
};

export const openPeer = async (): Promise<Engine> => {
  // Its worker takes no logger.
  for (const name of ['debug', 'info', 'logEvent'] as const) ConsoleLogger.prototype[name] = () => undefined;
  const backend = new InMemoryOrchestrationBackend(maxHistorySize);
  const worker = new TestOrchestrationWorker(backend);
  const client = new TestOrchestrationClient(backend);
  for (const [name, orchestrator] of Object.entries(orchestrations)) worker.addNamedOrchestrator(name, orchestrator);
  worker.addNamedActivity('echo', (_context: unknown, input: unknown) => input);
  await worker.start();
  const started: string[] = [];
  return {
    start: async (name, id, input) => {
      started.push(await client.scheduleNewOrchestration(name, input, id));
    },
    go: (id) => client.raiseOrchestrationEvent(id, 'go', null),
    ended: async (count) => {
      const ends = started.map((id) => client.waitForOrchestrationCompletion(id, false, longestMs / 1000));
      if (count !== ends.length) throw new Error('the peer waits for all that was started');
      await Promise.all(ends);
    },
    // It has no such call: what it has to do is done when it has run an activity for each and has nothing queued.
    settled: async () => {
      do await new Promise((resolve) => setTimeout(resolve, 20));
      while (backend.hasPendingWork());
    },
    close: () => worker.stop(),
  };
};
