// The lab's clock: real, scaled or virtual. One per process, shared by the host and the cloud.
//
// Invariants
// C1  Only `Date.now` and the zero-argument `Date` are replaced. setTimeout, AbortSignal, performance and TLS stay real,
//     so that real HTTP works while lab time stands still or runs fast.
// C2  Virtual time moves only through `advanceTo`, and only while nothing is in flight.
// C3  Lab time never goes backwards, in no mode.

/** How lab time relates to real time. `startMs` is the lab time (Unix ms) at which the clock begins; default: now. */
export type ClockMode =
  | { readonly kind: 'real' }
  | { readonly kind: 'scaled'; readonly speed: number; readonly startMs?: number }
  | { readonly kind: 'virtual'; readonly startMs?: number };

export type Clock = {
  readonly mode: ClockMode;
  /** Lab time, Unix milliseconds (an integer). */
  now(): number;
  /** Replaces `Date.now` and the zero-argument `Date`; call before the app is imported. Idempotent. */
  install(): void;
  /** Puts the platform's `Date` back. For tests. */
  restore(): void;
  /** Marks work in flight, during which virtual time stands still. Call the returned function once, when done. */
  enter(): () => void;
  /** Until the returned function is called, a scaled clock runs as real time does: somebody is at work who cannot be hurried. */
  atRealSpeed(): () => void;
  /** Lab milliseconds in a real one, now: a scaled clock's speed, or 1 while it is held to that. */
  readonly pace: number;
  readonly inFlight: number;
  /** Resolves when nothing has been in flight for one turn of the event loop. */
  idle(): Promise<void>;
  /** Real milliseconds that a wait of `labMs` takes; 0 under a virtual clock, where nothing waits in real time. */
  realMs(labMs: number): number;
  /** Virtual clock only: moves lab time forward to `labMs`. Throws while work is in flight. */
  advanceTo(labMs: number): void;
  /** Scaled clock only: goes on from a stored lab time after a restart, if that is later than now. */
  rebase(labMs: number): void;
};

const RealDate = globalThis.Date;
const realNow = RealDate.now.bind(RealDate);

/** Real Unix milliseconds, whatever clock is installed. For measuring wall time. */
export const wallNow = (): number => realNow();

export const createClock = (mode: ClockMode): Clock => {
  if (mode.kind === 'scaled' && !(mode.speed > 0)) throw new RangeError('speed must be a number above 0');
  let baseLabMs = mode.kind === 'real' ? 0 : (mode.startMs ?? realNow());
  let baseRealMs = realNow();
  let inFlight = 0;
  let held = 0;
  let waiting: (() => void)[] = [];

  const pace = (): number => (mode.kind === 'scaled' && held === 0 ? mode.speed : 1);
  /** Changes the pace from now on. */
  const hold = (by: 1 | -1): void => {
    baseLabMs = mode.kind === 'virtual' ? baseLabMs : now();
    baseRealMs = realNow();
    held += by;
  };

  const now = (): number => {
    if (mode.kind === 'real') return realNow();
    if (mode.kind === 'virtual') return baseLabMs;
    return Math.floor(baseLabMs + (realNow() - baseRealMs) * pace());
  };

  const settle = (): void => {
    if (inFlight > 0) return;
    const ready = waiting;
    waiting = [];
    for (const resolve of ready) resolve();
  };

  const clock: Clock = {
    mode,
    now,
    install: () => {
      globalThis.Date = mode.kind === 'real' ? RealDate : labDate(now);
    },
    restore: () => {
      globalThis.Date = RealDate;
    },
    enter: () => {
      inFlight += 1;
      let left = false;
      return () => {
        if (left) return;
        left = true;
        inFlight -= 1;
        // One more turn: whoever awaited this work gets to start what follows before the clock is called idle.
        if (inFlight === 0 && waiting.length > 0) setImmediate(settle);
      };
    },
    atRealSpeed: () => {
      hold(1);
      let left = false;
      return () => {
        if (!left) hold(-1);
        left = true;
      };
    },
    get pace() {
      return pace();
    },
    get inFlight() {
      return inFlight;
    },
    idle: () =>
      new Promise<void>((resolve) => {
        waiting.push(resolve);
        setImmediate(settle);
      }),
    realMs: (labMs) => {
      if (mode.kind === 'virtual') return 0;
      return labMs / pace();
    },
    advanceTo: (labMs) => {
      if (mode.kind !== 'virtual') throw new Error('only a virtual clock can be advanced');
      if (inFlight > 0) throw new Error(`virtual time cannot move: ${inFlight} piece(s) of work in flight`);
      baseLabMs = Math.max(baseLabMs, labMs);
    },
    rebase: (labMs) => {
      if (mode.kind !== 'scaled') throw new Error('only a scaled clock goes on from a stored time');
      baseLabMs = Math.max(now(), labMs);
      baseRealMs = realNow();
    },
  };
  return clock;
};

/** What remembers lab time over a restart, in Unix ms. */
export type LabTimeStore = { labNowMs(): number; setLabNowMs(ms: number): void };

const heartbeatMs = 250;

/** Goes on from the lab time that the store last saw, and keeps noting it. Commits note it too; this is for when nothing happens. */
export const followLabTime = (clock: Clock, store: LabTimeStore): (() => void) => {
  const storedMs = store.labNowMs();
  if (clock.mode.kind === 'scaled') clock.rebase(storedMs);
  if (clock.mode.kind === 'virtual' && clock.now() < storedMs) clock.advanceTo(storedMs);
  const note = (): void => store.setLabNowMs(clock.now());
  const heartbeat = clock.mode.kind === 'scaled' ? setInterval(note, heartbeatMs).unref() : undefined;
  return () => {
    clearInterval(heartbeat);
    if (clock.mode.kind !== 'real') note();
  };
};

// A function and not a Proxy, which makes every `new Date(text)` of the app ten times as slow. It shares the platform's
// prototype, so that dates made before and after are instances of both.
const labDate = (now: () => number): DateConstructor => {
  function LabDate(...args: []): Date | string {
    if (new.target === undefined) return new RealDate(now()).toString();
    const known = args.length === 0 ? [now()] : args;
    return Reflect.construct(RealDate, known, new.target === LabDate ? RealDate : new.target) as Date;
  }
  Object.defineProperties(LabDate, Object.getOwnPropertyDescriptors(RealDate));
  return Object.assign(LabDate, { now }) as unknown as DateConstructor;
};
