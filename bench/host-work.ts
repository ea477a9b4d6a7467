/** One measurement in a process of its own: `node --expose-gc bench/host-work.ts ENGINE WORK FOLDER` prints it as JSON. */
import { join } from 'node:path';
import { openHost, type Engine } from './host-engines.ts';

/** `ms`: time that passed; `cpuMs`: processor time of all threads, the clients of the host included. */
export type Measured = { readonly ms: number; readonly cpuMs: number; readonly mb: number; readonly kbEach: number };

const MB = 1_000_000;
const startsAtOnce = 20;
const [engineName = '', work = '', folder = ''] = process.argv.slice(2);

const store = engineName === 'disk' ? join(folder, `${work}.sqlite`) : ':memory:';
const open = async (): Promise<Engine> =>
  engineName === 'peer' ? (await import('./host-peer.ts')).openPeer() : openHost(store);

let engine = await open();
let startedCount = 0;
let nextId = 0;

/** Starts so many, a few at a time, and returns their ids. */
const start = async (name: string, count: number, input: unknown): Promise<string[]> => {
  const ids = Array.from({ length: count }, () => `i${(nextId += 1)}`);
  const left = [...ids];
  const starter = async (): Promise<void> => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) await engine.start(name, id, input);
  };
  await Promise.all(Array.from({ length: startsAtOnce }, starter));
  startedCount += count;
  return ids;
};
const run = async (name: string, count: number, input: unknown): Promise<void> => {
  await start(name, count, input);
  await engine.ended(startedCount);
};

const timed = async (act: () => Promise<unknown>): Promise<{ ms: number; cpuMs: number }> => {
  globalThis.gc?.();
  const cpu = process.cpuUsage();
  const from = performance.now();
  await act();
  const ms = performance.now() - from;
  const { user, system } = process.cpuUsage(cpu);
  return { ms, cpuMs: (user + system) / 1000 };
};
const median = <T>(values: T[], of: (value: T) => number): T =>
  values.toSorted((a, b) => of(a) - of(b))[values.length >> 1] as T;

/** All of them live at once: none passes its timer before the last has started. */
const mixed = (count: number): Promise<void> => run('mixed', count, { wakeMs: Date.now() + Math.max(100, count * 3) });
const rounds = { rounds: 20, width: 250 }; // 5,000 activities: 10,000 events.

const works: Readonly<Record<string, () => Promise<Partial<Measured>>>> = {
  fanOut: async () => {
    await run('fanOut', 5, { width: 200 });
    return timed(() => run('fanOut', 1, { width: 1000 }));
  },
  chains: async () => {
    await run('chain', 10, { hops: 20 });
    return timed(() => run('chain', 50, { hops: 100 }));
  },
  /** Processor time for one of ten at a time, and for one of a thousand at once. */
  ten: async () => {
    await mixed(300);
    const samples: { ms: number; cpuMs: number }[] = [];
    for (let batch = 0; batch < 30; batch += 1) samples.push(await timed(() => mixed(10)));
    const { ms, cpuMs } = median(samples, (it) => it.cpuMs);
    return { ms: ms / 10, cpuMs: cpuMs / 10 };
  },
  thousand: async () => {
    await mixed(300);
    const samples: { ms: number; cpuMs: number }[] = [];
    for (let batch = 0; batch < 3; batch += 1) samples.push(await timed(() => mixed(1000)));
    const { ms, cpuMs } = median(samples, (it) => it.cpuMs);
    return { ms: ms / 1000, cpuMs: cpuMs / 1000 };
  },
  /** The memory of a thousand at once above that of the idle process. */
  peak: async () => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    globalThis.gc?.();
    const idle = process.memoryUsage.rss();
    await mixed(1000);
    return { mb: (process.resourceUsage().maxRSS * 1024 - idle) / MB };
  },
  /** What one instance takes that waits for an event. */
  live: async () => {
    await engine.settled(await start('waits', 200, {}));
    globalThis.gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    await engine.settled(await start('waits', 2000, {}));
    globalThis.gc?.();
    const now = process.memoryUsage();
    return { mb: (now.rss - rss) / MB, kbEach: (now.heapUsed - heapUsed) / 2000 / 1000 };
  },
  replay: async () => {
    const samples: { ms: number; cpuMs: number }[] = [];
    for (let sample = 0; sample < (engineName === 'peer' ? 1 : 3); sample += 1) {
      const [id = ''] = await start('long', 1, rounds);
      await engine.settled([id]);
      samples.push(await timed(async () => (await engine.go(id), engine.ended(startedCount))));
    }
    return median(samples, (it) => it.cpuMs);
  },
  /** The same after a restart: the history comes from the store. */
  restart: async () => {
    const [id = ''] = await start('long', 1, rounds);
    await engine.settled([id]);
    await engine.close();
    return timed(async () => {
      engine = await open();
      await engine.go(id);
      await engine.ended(1);
    });
  },
};

const measured = await works[work]?.();
console.log(JSON.stringify(measured));
await engine.close();
process.exit(0);
