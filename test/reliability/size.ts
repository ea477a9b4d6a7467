/**
 * How much of each matrix runs. By default the bounded sample of CI; `RELIABILITY=full` runs every cell and a thousand schedules.
 * `RELIABILITY_PART=2/4` runs the second quarter of the cells, `RELIABILITY_SEED=17` one schedule.
 */
export const FULL = process.env['RELIABILITY'] === 'full';

const [part = 1, parts = 1] = (process.env['RELIABILITY_PART'] ?? '1/1').split('/').map(Number);

/** The cells of this part; with `sample`, in a bounded run, that many of them, spread evenly. */
export function chosen<T>(cells: readonly T[], sample?: number): T[] {
  const step = FULL || sample === undefined ? 1 : Math.max(1, cells.length / sample);
  const picked =
    step === 1 ? [...cells] : Array.from({ length: sample ?? 0 }, (_, index) => cells[Math.floor(index * step)] as T);
  return picked.filter((_, index) => index % parts === part - 1);
}

/** Real minutes that a test of that many cells may take. */
export const PATIENCE_MS = (FULL ? 180 : 20) * 60_000;
