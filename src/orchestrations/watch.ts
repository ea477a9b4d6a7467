/**
 * Waits until the lab is idle, over its budget, at its hard deadline, or asked to end; and keeps the lease renewed meanwhile.
 *
 * 1. Deadlines are absolute times; each turn of the loop makes a fresh timer to the earliest of them.
 * 2. Only keepalives and real activity in the workspace move the idle deadline. The app's own reads never do, so a lab cannot keep itself alive.
 * 3. Nothing moves the hard deadline, and the lease never passes it.
 * 4. No timer is longer than a day, and the loop never continues as new: events that are buffered would be lost there.
 */
import type { OrchestrationContext } from 'durable-functions';
import type { EndEvent } from '../lab/events.ts';
import type { LabInput } from '../lab/input.ts';
import type { LabStatus } from '../lab/status.ts';
import type { BuiltLab } from './build.ts';
import { call, isoNow, now, watchUntil, type Flow } from './durable.ts';
import { renewLease } from './lease.ts';
import type { Progress } from './progress.ts';

const DAY_MS = 24 * 3_600_000;
/** Keepalives that follow each other faster are one. */
const COALESCE_MS = 30_000;
/** How far beyond the lab's own end the lease reaches: the time in which the orchestration itself would have ended it. */
const LEASE_MARGIN_MS = 15 * 60_000;

type Deadline = { at: number; by: 'idle' | 'deadline' | 'budget' };

export function* watch(
  context: OrchestrationContext,
  input: LabInput,
  built: BuiltLab,
  ownRunIds: string[],
  progress: Progress<LabStatus>,
): Flow<EndEvent> {
  const idleMs = input.request.idleMinutes * 60_000;
  const hardAt = Date.parse(input.limits.hardAt);
  const budgetAt = Date.parse(input.limits.budgetAt);
  let activeAt = now(context);
  let extended = true;
  for (;;) {
    const idleAt = activeAt + idleMs;
    const next = earliest([
      { at: idleAt, by: 'idle' },
      { at: hardAt, by: 'deadline' },
      { at: budgetAt, by: 'budget' },
    ]);
    if (extended) {
      progress.update({ phase: 'watching', deadlines: describe(idleAt, hardAt, budgetAt, next) });
      yield* renewLease(context, input.lab, input.limits, next.at + LEASE_MARGIN_MS);
      extended = false;
    }
    const woken = yield* watchUntil(context, Math.min(next.at, now(context) + DAY_MS));
    if (woken.by === 'end') return woken.end;
    if (woken.by === 'keepalive') {
      const at = now(context);
      extended = at - activeAt > COALESCE_MS;
      if (extended) activeAt = at;
      continue;
    }
    if (now(context) < next.at) continue;
    if (next.by !== 'idle') return { reason: next.by, by: 'app', at: isoNow(context) };
    const seenAt = yield* lookForActivity(context, input, built, activeAt, ownRunIds);
    if (seenAt <= activeAt) return { reason: 'idle', by: 'app', at: isoNow(context) };
    activeAt = seenAt;
    extended = true;
  }
}

const earliest = (deadlines: Deadline[]): Deadline => deadlines.reduce((first, it) => (it.at < first.at ? it : first));

function describe(
  idleAt: number,
  hardAt: number,
  budgetAt: number,
  next: Deadline,
): NonNullable<LabStatus['deadlines']> {
  const iso = (ms: number) => new Date(ms).toISOString();
  return { idleAt: iso(idleAt), hardAt: iso(hardAt), budgetAt: iso(budgetAt), endsAt: iso(next.at), endsBy: next.by };
}

/** Milliseconds of the last real activity; 0 when there was none, or when the workspace cannot be asked: a lab that cannot be seen to be used ends. */
function* lookForActivity(
  context: OrchestrationContext,
  input: LabInput,
  built: BuiltLab,
  since: number,
  ownRunIds: string[],
): Flow<number> {
  const { workspace, connection, watchedClusterId: clusterId } = built;
  try {
    const outcome = yield* call(context, 'readActivity', {
      lab: input.lab,
      workspace,
      connection,
      clusterId,
      since: new Date(since).toISOString(),
      ownRunIds,
    });
    return outcome.kind === 'done' && outcome.value.lastActivityAt !== null
      ? Date.parse(outcome.value.lastActivityAt)
      : 0;
  } catch {
    return 0;
  }
}
