/**
 * How a deletion is carried out and proved.
 *
 * 1. Nothing is deleted that was not seen to carry this lab's mark.
 * 2. DELETE is sent once, and again only when the thing still stands long after, for a deletion can be called a success and fail.
 * 3. Gone means: not found twice, some time apart, after our DELETE. Reads lag behind writes.
 */
import { done, pending, type Memo, type Outcome } from '../lab/outcome.ts';
import type { Removal } from '../lab/inventory.ts';

/** After which a thing that still stands, and does not say that it is being deleted, is deleted again. */
const AGAIN_AFTER_MS = 10 * 60_000;
/** Between the two looks that prove an absence. */
const BETWEEN_LOOKS_SECONDS = 10;

export type Standing = { ours: boolean; state: string };

export type Vanishing = {
  what: string;
  id: string;
  /** Prefix of this thing's entries in the memo, where one activity removes several things. */
  slot?: string;
  memo: Memo | undefined;
  now: () => Date;
  /** Undefined: not found. */
  look: () => Promise<Standing | undefined>;
  remove: () => Promise<void>;
};

/** Does the next thing, or proves that nothing is left to do. A thing that was not there to begin with leaves no line on the receipt, but its absence is proved all the same. */
export async function vanish(it: Vanishing): Promise<Outcome<Removal[]>> {
  const { what, id, slot = '', memo = {}, now } = it;
  const deletedAt = number(memo[`${slot}deletedAt`]);
  const absences = number(memo[`${slot}absences`]) ?? 0;
  const keep = (more: Record<string, number>): Memo => ({
    ...memo,
    ...Object.fromEntries(Object.entries(more).map(([key, value]) => [`${slot}${key}`, value])),
  });

  const standing = await it.look();
  if (standing === undefined) {
    if (absences === 0) {
      return pending(`the ${what} is not found; looking once more`, {
        afterSeconds: BETWEEN_LOOKS_SECONDS,
        memo: keep({ absences: 1 }),
      });
    }
    if (deletedAt === undefined) return done([]);
    return done([{ what, id, at: now().toISOString(), confirmed: '404 twice after our DELETE' }]);
  }
  if (!standing.ours)
    return done([
      { what, id, at: now().toISOString(), confirmed: "kept: it does not carry this lab's tags", kept: true },
    ]);
  const sentRecently = deletedAt !== undefined && now().getTime() - deletedAt < AGAIN_AFTER_MS;
  if (standing.state === 'Deleting' || sentRecently) {
    return pending(`the ${what} is being deleted`, {
      memo: keep({ absences: 0, deletedAt: deletedAt ?? now().getTime() }),
    });
  }
  await it.remove();
  return pending(`the deletion of the ${what} was accepted`, {
    memo: keep({ absences: 0, deletedAt: now().getTime() }),
  });
}

const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
