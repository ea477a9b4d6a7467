/** Remembers that a creation was accepted, because a read right after it may still say that there is nothing. A write is repeated later than that. */
import { READ_LAG_MS } from '../../lab/time-constants.ts';
import type { Memo } from '../../lab/outcome.ts';

export const requested = (now: Date, more: Memo = {}): Memo => ({ ...more, requestedAt: now.getTime() });

export const requestedRecently = (memo: Memo | undefined, now: Date): memo is Memo =>
  typeof memo?.['requestedAt'] === 'number' && now.getTime() - memo['requestedAt'] < READ_LAG_MS;
