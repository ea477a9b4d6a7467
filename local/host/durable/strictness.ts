// What the Durable extension does to an app by chance or by its design of storage, and what a kinder host would not do.
// Each was observed on the extension 3.19.0 on Azurite (`npm run test:extension`).

/** Nothing of it, unless it is asked for. */
export type Strictness = {
  /** Chooses what chance chooses: the same seed, the same choices in the same order of events. */
  readonly seed: number;
  /**
   * Share of starts, from 0 to 1, that take up to 60 real milliseconds from the look whether the id is free to the row that says that it is taken. Whoever starts
   * the same id meanwhile is told 202 as well; one of the inputs is run, and the others are lost without a word. Until it runs, the row is that of the last.
   */
  readonly racingStarts?: number;
  /** Timers fire up to a second before they are due, in every kind of lab time: the visibility of a queue's message is in whole seconds. */
  readonly earlyTimers?: boolean;
  /** A parent fails, uncaught, when a child that it waits for is terminated: the event has no details, which durable-functions cannot read. */
  readonly terminatedChildrenFailParents?: boolean;
};

export type Chance = ReturnType<typeof createChance>;

const mostEarlyMs = 1000;
const mostRacingMs = 60;

export const createChance = ({ seed, racingStarts = 0, earlyTimers = false, ...rest }: Strictness) => {
  const draw = random(seed);
  return {
    /** How long a start takes until its row is written, in real milliseconds; 0 when it does not race. */
    startMs: (): number => (draw() < racingStarts ? 1 + Math.floor(draw() * mostRacingMs) : 0),
    /** When a timer that is due at `fireAtMs` fires. */
    firesMs: (fireAtMs: number, nowMs: number): number =>
      earlyTimers ? Math.max(nowMs, fireAtMs - Math.floor(draw() * mostEarlyMs)) : fireAtMs,
    /** One of them. */
    pick: <T>(from: readonly [T, ...T[]]): T => from[Math.floor(draw() * from.length)] ?? from[0],
    failsParents: rest.terminatedChildrenFailParents === true,
  };
};

/** Numbers from 0 to 1 (mulberry32). */
const random = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
};
