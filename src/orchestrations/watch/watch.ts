/**
 * Waits until the lab is idle, over its budget, at its hard deadline, or asked to end; and keeps the lease renewed meanwhile.
 *
 * 1. Deadlines are absolute times; each turn of the loop makes a fresh timer to the earliest of them.
 * 2. Only keepalives and real activity in the workspace move the idle deadline. The app's own reads never do, so a lab cannot keep itself alive. A workspace that
 *    cannot be read for some minutes is read again: whoever is at work in it is not thrown out by one throttle.
 * 3. Nothing moves the hard deadline, and the lease never passes it.
 * 4. Each end that comes near is told once, ahead of it.
 * 5. No timer is longer than a day, and the loop never continues as new: events that are buffered would be lost there.
 */
import type { LabStatus } from '../../contracts/status.ts';
import { DAY_MS } from '../../lab/durations.ts';
import { EVENTS, type EndEvent, type TokensEvent } from '../../lab/events.ts';
import { describeOutcome } from '../../lab/outcome.ts';
import { callSafely, type Flow } from '../durable/call.ts';
import { isoNow, now } from '../durable/clock.ts';
import { waitUntil, type Received } from '../durable/events.ts';
import { logOnce } from '../durable/progress.ts';
import type { CompleteLab, LabContext } from '../provisioning/context.ts';
import { budgetAt, budgetDimensions, type TokenCount } from './budget.ts';
import { LEASE_AGAIN_MS, renewLease } from './lease.ts';

/** Ends that are nearer to each other than this share a lease: keepalives that follow each other fast cost one write. */
const COALESCE_MS = 30_000;
/** How far beyond the lab's own end the lease reaches: the time in which the orchestration itself would have ended it. */
const LEASE_MARGIN_MS = 15 * 60_000;

/** How long a workspace that cannot be read at the idle deadline is asked again, and how often: within the margin of the lease. */
const UNREAD_MS = 5 * 60_000;
const READ_AGAIN_MS = 30_000;

/** A warning that took more than half of the idle time would come with every keepalive. */
const WARN_AT_MOST = 0.5;

/** What wakes a lab that is watched, before its time. */
const WAKING = [EVENTS.end, EVENTS.keepalive, EVENTS.tokens] as const;

type Deadline = { at: number; by: 'idle' | 'deadline' | 'budget' };

export function* watch(
  lab: LabContext,
  complete: CompleteLab,
  ownRunIds: string[],
  countTokens: TokenCount,
): Flow<EndEvent> {
  const { context, ref, input, progress } = lab;
  const idleMs = input.request.idleMinutes * 60_000;
  const hardAt = Date.parse(input.limits.hardAt);
  let budgetMs = budgetEndMs(lab);
  const hear = (tokens: TokensEvent) => {
    countTokens(tokens);
    budgetMs = budgetEndMs(lab);
  };
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
      { at: budgetMs, by: 'budget' },
    ]);
    // Tokens bring the end of a budget a little nearer with every batch: that is no news.
    if (next.at - warnedOf > COALESCE_MS && now(context) >= next.at - warnMs) {
      warnedOf = next.at;
      warn(lab, next);
    }
    const warned = next.at - warnedOf <= COALESCE_MS;
    const deadlines = describe(idleAt, hardAt, budgetMs, next);
    progress.update({ phase: 'watching', deadlines: warned ? { ...deadlines, endsSoon: true } : deadlines });
    const leased = () => next.at - leasedFor <= COALESCE_MS;
    if (!leased() && (yield* renewLease(context, ref, input.limits, next.at + LEASE_MARGIN_MS))) leasedFor = next.at;
    const lookAgainIn = leased() ? DAY_MS : LEASE_AGAIN_MS;
    const wakeAt = Math.min(warned ? next.at : next.at - warnMs, now(context) + lookAgainIn);
    const woken = yield* waitUntil(context, wakeAt, WAKING);
    if (woken?.name === 'end') return woken.data;
    if (woken?.name === 'keepalive') {
      activeAt = now(context);
      continue;
    }
    if (woken?.name === 'tokens') {
      hear(woken.data);
      continue;
    }
    if (now(context) < next.at) continue;
    if (next.by !== 'idle') return { reason: next.by, by: 'app', at: isoNow(context) };
    const seen = yield* lookForActivity(lab, complete, activeAt, ownRunIds, Math.min(hardAt, budgetMs));
    // Whoever wanted the lab longer while its workspace was being asked has been told that it lives on.
    const late = seen ?? (yield* waitUntil(context, now(context), WAKING));
    if (late === null) return { reason: 'idle', by: 'app', at: isoNow(context) };
    if (late.name === 'end') return late.data;
    if (late.name === 'tokens') hear(late.data);
    else activeAt = late.name === 'activity' ? late.at : now(context);
  }
}

/** Infinity: what runs costs nothing by the hour. */
function budgetEndMs(lab: LabContext): number {
  const at = budgetAt(lab);
  return at === null ? Infinity : Date.parse(at);
}

function warn(lab: LabContext, { at, by }: Deadline): void {
  const { context, ref } = lab;
  const secondsLeft = Math.round((at - now(context)) / 1_000);
  const endsAt = new Date(at).toISOString();
  logOnce(context, ref, 'lab.ends-soon', { reason: by, endsAt, secondsLeft }, 'warning');
  if (by === 'budget') logOnce(context, ref, 'lab.budget', budgetDimensions('near', lab), 'warning');
}

const earliest = (deadlines: Deadline[]): Deadline => deadlines.reduce((first, it) => (it.at < first.at ? it : first));

function describe(
  idleAt: number,
  hardAt: number,
  budgetMs: number,
  next: Deadline,
): NonNullable<LabStatus['deadlines']> {
  const iso = (ms: number) => new Date(ms).toISOString();
  return {
    idleAt: iso(idleAt),
    hardAt: iso(hardAt),
    budgetAt: budgetMs === Infinity ? null : iso(budgetMs),
    endsAt: iso(next.at),
    endsBy: next.by,
  };
}

/**
 * Asks the workspace for activity since then, in milliseconds. Null: there was none, or the workspace could not be asked for so long that it counts as none: a lab
 * that cannot be seen to be used ends.
 */
function* lookForActivity(
  { context, ref }: LabContext,
  complete: CompleteLab,
  since: number,
  ownRunIds: string[],
  notBeyond: number,
): Flow<Received | { name: 'activity'; at: number } | null> {
  const giveUpAt = Math.min(now(context) + UNREAD_MS, notBeyond);
  for (;;) {
    const seen = yield* callSafely(context, 'readActivity', {
      lab: ref,
      ...parts(complete),
      since: new Date(since).toISOString(),
      ownRunIds,
    });
    if (seen.kind === 'done') {
      const at = Date.parse(seen.value.lastActivityAt ?? '');
      return at > since ? { name: 'activity', at } : null;
    }
    if (now(context) >= giveUpAt) {
      logOnce(context, ref, 'lab.activity-unread', { reason: describeOutcome(seen) }, 'warning');
      return null;
    }
    const woken = yield* waitUntil(context, Math.min(now(context) + READ_AGAIN_MS, giveUpAt), WAKING);
    if (woken !== null) return woken;
  }
}

const parts = ({ workspace, connection, watchedClusterId }: CompleteLab) => ({
  workspace,
  connection,
  clusterId: watchedClusterId,
});
