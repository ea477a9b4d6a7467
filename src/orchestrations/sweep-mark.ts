/** Tells when the sweep last ran: the sweep starts it anew each time, and when it was last updated is all that there is to it. */
import type { Flow } from './durable/call.ts';

export function* sweepMark(): Flow<null> {
  return null;
}
