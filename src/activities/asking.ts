/** Remembers that a creation was accepted, because a read right after it may still say that there is nothing. */
import type { Memo } from '../lab/outcome.ts';

/** How long a read may lag behind a write before the write is repeated. */
const LAG_MS = 2 * 60_000;

export const asked = (now: Date, more: Memo = {}): Memo => ({ ...more, askedAt: now.getTime() });

export const wasAskedRecently = (memo: Memo | undefined, now: Date): memo is Memo =>
  typeof memo?.['askedAt'] === 'number' && now.getTime() - memo['askedAt'] < LAG_MS;
