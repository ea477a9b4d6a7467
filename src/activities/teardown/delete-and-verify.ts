/**
 * How a deletion is carried out and proved.
 *
 * 1. Nothing is deleted that was not seen to carry this lab's mark.
 * 2. DELETE is sent once, and again only when the thing still stands long after, for a deletion can be called a success and fail.
 * 3. Gone means: not found twice, some time apart, after our DELETE. Reads lag behind writes.
 */
import { done, pending, type Memo, type Outcome } from '../../lab/outcome.ts';
import type { Removal } from '../../lab/removal/inventory.ts';

/** After which a thing that still stands, and does not say that it is being deleted, is deleted again. */
const AGAIN_AFTER_MS = 10 * 60_000;
/** Between the two looks that prove an absence. */
const BETWEEN_LOOKS_SECONDS = 5;

export type Standing = { ours: boolean; state: string };

export type Deletion = {
  what: string;
  id: string;
  memo: Memo | undefined;
  /** Where the memo keeps when this thing was deleted, if one activity deletes several. */
  deletedAtKey?: string;
  now: () => Date;
  /** As it was just seen; undefined: not found. */
  standing: Standing | undefined;
  /** Looks again. */
  look: () => Promise<Standing | undefined>;
  remove: () => Promise<void>;
};

/**
 * Does the next thing, or proves that nothing is left to do. What was not there to begin with leaves no line on the receipt, but its absence is proved all the
 * same.
 */
export async function deleteAndVerify({
  what,
  id,
  memo = {},
  now,
  deletedAtKey = 'deletedAt',
  standing,
  look,
  remove,
}: Deletion): Promise<Outcome<Removal[]>> {
  const deletedAt = memo[deletedAtKey];
  const line = (confirmed: string): Removal => ({ what, id, at: now().toISOString(), confirmed });
  const absent = (known: Memo): Outcome<never> =>
    pending(`the ${what} is not found; looking once more`, {
      afterSeconds: BETWEEN_LOOKS_SECONDS,
      memo: { ...known, absences: 1 },
    });

  if (standing === undefined) {
    if (memo['absences'] !== 1) return absent(memo);
    return done(deletedAt === undefined ? [] : [line('404 twice after our DELETE')]);
  }
  if (!standing.ours) return done([{ ...line("kept: it does not carry this lab's tags"), kept: true }]);
  const sentRecently = typeof deletedAt === 'number' && now().getTime() - deletedAt < AGAIN_AFTER_MS;
  if (standing.state === 'Deleting' || sentRecently) {
    return pending(`the ${what} is being deleted`, { memo: { ...memo, absences: 0 } });
  }
  await remove();
  const known = { ...memo, absences: 0, [deletedAtKey]: now().getTime() };
  // Some deletions are over when they are answered.
  return (await look()) === undefined
    ? absent(known)
    : pending(`the deletion of the ${what} was accepted`, { memo: known });
}
