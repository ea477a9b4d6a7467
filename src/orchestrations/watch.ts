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
import type { Dimensions } from '../log.ts';
import type { BuiltLab } from './build.ts';
import { call, isoNow, now, watchUntil, type Flow } from './durable.ts';
import { renewLease } from './lease.ts';
import { logOnce, type Progress } from './progress.ts';

const DAY_MS = 24 * 3_600_000;
/** Keepalives that follow each other faster are one. */
const COALESCE_MS = 30_000;
/** How far beyond the lab's own end the lease reaches: the time in which the orchestration itself would have ended it. */
const LEASE_MARGIN_MS = 15 * 60_000;

/** How long before its end a lab warns; one that may be idle for a few minutes only, in the last quarter of them. */
const WARNING_MS = 5 * 60_000;

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
  let warnedOf = 0;
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
    const warnAt = next.at - Math.min(WARNING_MS, idleMs / 4);
    const wakeAt = warnedOf === next.at ? next.at : Math.max(warnAt, now(context));
    const woken = yield* watchUntil(context, Math.min(wakeAt, now(context) + DAY_MS));
    if (woken.by === 'end') return woken.end;
    if (woken.by === 'keepalive') {
      const at = now(context);
      extended = at - activeAt > COALESCE_MS;
      if (extended) activeAt = at;
      continue;
    }
    if (now(context) < next.at) {
      if (now(context) < warnAt) continue;
      warnedOf = next.at;
      progress.update({ deadlines: { ...describe(idleAt, hardAt, budgetAt, next), endsSoon: true } });
      warn(context, input, next);
      continue;
    }
    if (next.by !== 'idle') return { reason: next.by, by: 'app', at: isoNow(context) };
    const seenAt = yield* lookForActivity(context, input, built, activeAt, ownRunIds);
    if (seenAt <= activeAt) return { reason: 'idle', by: 'app', at: isoNow(context) };
    activeAt = seenAt;
    extended = true;
  }
}

function warn(context: OrchestrationContext, input: LabInput, { at, by }: Deadline): void {
  const left = { reason: by, secondsLeft: Math.round((at - now(context)) / 1_000) };
  logOnce(context, input.lab, 'lab.ends-soon', left);
  if (by === 'budget')
    logOnce(context, input.lab, 'lab.budget', budgetDimensions('near', input, now(context)), 'warning');
}

/** What has been spent, at the rate by which the end of the budget was foreseen. */
export function budgetDimensions(
  outcome: 'near' | 'reached',
  { lab, request, limits }: LabInput,
  at: number,
): Dimensions {
  const from = Date.parse(lab.startedAt);
  const costUsd = (request.budgetUsd * (at - from)) / (Date.parse(limits.budgetAt) - from);
  return { outcome, budgetUsd: request.budgetUsd, costUsd: Math.round(costUsd * 100) / 100 };
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
