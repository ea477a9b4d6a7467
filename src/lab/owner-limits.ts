/**
 * What one owner may have: labs at once, starts in 24 hours, and dollars that the budgets of those starts sum up to.
 *
 * Best effort, and said to be so: two starts at the same moment see the same count, and a start whose history is gone counts by what its group still tells.
 */
import { DAY_MS } from './time-constants.ts';

/** 0: no limit. */
export type OwnerLimits = { labs: number; startsPerDay: number; usdPerDay: number };

/** One start of a lab of the owner. `budgetUsd` is null where only the lab's group is known, whose tags do not hold it. Times are ISO. */
export type KnownStart = { id: string; startedAt: string; living: boolean; budgetUsd: number | null };

export type LimitReached = {
  limit: 'labs' | 'starts' | 'usd';
  /** What the owner may have, and would have with this start. */
  allowed: number;
  wanted: number;
  /** Living labs of the owner. */
  living: string[];
  /** ISO time at which enough starts are more than 24 hours ago; null where only the end of a lab helps, or nothing does. */
  freeAt: string | null;
};

/** What a start without a known budget is counted with: the default of a request. */
const USUAL_BUDGET_USD = 10;

/** The first limit that a start with this budget would break at `at` (ISO); null where it may go on. */
export function limitReached(
  limits: OwnerLimits,
  known: readonly KnownStart[],
  budgetUsd: number,
  at: string,
): LimitReached | null {
  const starts = merged(known);
  const living = starts.filter((it) => it.living).map((it) => it.id);
  const since = Date.parse(at) - DAY_MS;
  const today = starts
    .filter((it) => Date.parse(it.startedAt) > since)
    .sort((a, b) => a.startedAt.localeCompare(b.startedAt));
  const usd = (of: readonly KnownStart[]) => of.reduce((sum, it) => sum + (it.budgetUsd ?? USUAL_BUDGET_USD), 0);

  if (limits.labs > 0 && living.length + 1 > limits.labs)
    return { limit: 'labs', allowed: limits.labs, wanted: living.length + 1, living, freeAt: null };
  if (limits.startsPerDay > 0 && today.length + 1 > limits.startsPerDay) {
    const freeAt = freeWhen(today, (rest) => rest.length + 1 <= limits.startsPerDay);
    return { limit: 'starts', allowed: limits.startsPerDay, wanted: today.length + 1, living, freeAt };
  }
  if (limits.usdPerDay > 0 && usd(today) + budgetUsd > limits.usdPerDay) {
    const freeAt = freeWhen(today, (rest) => usd(rest) + budgetUsd <= limits.usdPerDay);
    return { limit: 'usd', allowed: limits.usdPerDay, wanted: usd(today) + budgetUsd, living, freeAt };
  }
  return null;
}

/** When enough of the oldest starts are a day old. */
function freeWhen(today: readonly KnownStart[], fits: (rest: readonly KnownStart[]) => boolean): string | null {
  const gone = today.findIndex((_, index) => fits(today.slice(index + 1)));
  const last = today[gone];
  return last === undefined ? null : new Date(Date.parse(last.startedAt) + DAY_MS).toISOString();
}

/** A lab is told by its group and by its orchestration: the same id and the same start are one. */
function merged(known: readonly KnownStart[]): KnownStart[] {
  const starts = new Map<string, KnownStart>();
  for (const start of known) {
    const key = `${start.id}|${start.startedAt}`;
    const other = starts.get(key);
    starts.set(key, {
      ...start,
      living: start.living || other?.living === true,
      budgetUsd: start.budgetUsd ?? other?.budgetUsd ?? null,
    });
  }
  return [...starts.values()];
}
