/**
 * Waits until the lab is idle, over its budget, at its hard deadline, or asked to end; and keeps the lease renewed meanwhile.
 *
 * 1. Deadlines are absolute times; each turn of the loop makes a fresh timer to the earliest of them.
 * 2. Only keepalives and real activity in the workspace move the idle deadline. The app's own reads never do, so a lab cannot keep itself alive.
 * 3. Nothing moves the hard deadline, and the lease never passes it.
 * 4. Each end that comes near is told once, ahead of it.
 * 5. No timer is longer than a day, and the loop never continues as new: events that are buffered would be lost there.
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
/** Ends that are nearer to each other than this share a lease: keepalives that follow each other fast cost one write. */
const COALESCE_MS = 30_000;
/** How far beyond the lab's own end the lease reaches: the time in which the orchestration itself would have ended it. */
const LEASE_MARGIN_MS = 15 * 60_000;

/** A warning that took more than half of the idle time would come with every keepalive. */
const WARN_AT_MOST = 0.5;

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
  const warnMs = Math.min(input.limits.warnMinutes * 60_000, idleMs * WARN_AT_MOST);
  let activeAt = now(context);
  /** The ends for which the lease was renewed, and of which people were warned. */
  let leasedFor = 0;
  let warnedOf = 0;
  for (;;) {
    const idleAt = activeAt + idleMs;
    const next = earliest([
      { at: idleAt, by: 'idle' },
      { at: hardAt, by: 'deadline' },
      { at: budgetAt, by: 'budget' },
    ]);
    if (warnedOf !== next.at && now(context) >= next.at - warnMs) {
      warnedOf = next.at;
      warn(context, input, next);
    }
    const warned = warnedOf === next.at;
    const deadlines = describe(idleAt, hardAt, budgetAt, next);
    progress.update({ phase: 'watching', deadlines: warned ? { ...deadlines, endsSoon: true } : deadlines });
    if (next.at - leasedFor > COALESCE_MS) {
      yield* renewLease(context, input.lab, input.limits, next.at + LEASE_MARGIN_MS);
      leasedFor = next.at;
    }
    const wakeAt = Math.min(warned ? next.at : next.at - warnMs, now(context) + DAY_MS);
    const woken = yield* watchUntil(context, wakeAt);
    if (woken.by === 'end') return woken.end;
    if (woken.by === 'keepalive') {
      activeAt = now(context);
      continue;
    }
    if (now(context) < next.at) continue;
    if (next.by !== 'idle') return { reason: next.by, by: 'app', at: isoNow(context) };
    const seenAt = yield* lookForActivity(context, input, built, activeAt, ownRunIds);
    if (seenAt > activeAt) {
      activeAt = seenAt;
      continue;
    }
    // Whoever wanted the lab longer while its workspace was being asked has been told that it lives on.
    const late = yield* watchUntil(context, now(context));
    if (late.by === 'end') return late.end;
    if (late.by === 'timer') return { reason: 'idle', by: 'app', at: isoNow(context) };
    activeAt = now(context);
  }
}

function warn(context: OrchestrationContext, input: LabInput, { at, by }: Deadline): void {
  const secondsLeft = Math.round((at - now(context)) / 1_000);
  const endsAt = new Date(at).toISOString();
  logOnce(context, input.lab, 'lab.ends-soon', { reason: by, endsAt, secondsLeft }, 'warning');
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
