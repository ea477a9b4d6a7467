/** Remembers that a creation was accepted, because a read right after it may still say that there is nothing. A write is repeated later than that. */
import { READ_LAG_MS } from '../../lab/durations.ts';
import type { Memo } from '../../lab/outcome.ts';

export const asked = (now: Date, more: Memo = {}): Memo => ({ ...more, askedAt: now.getTime() });

export const wasAskedRecently = (memo: Memo | undefined, now: Date): memo is Memo =>
  typeof memo?.['askedAt'] === 'number' && now.getTime() - memo['askedAt'] < READ_LAG_MS;
