/**
 * Waits until the lab is idle, over its budget, at its hard deadline, or asked to end; and keeps the lease renewed meanwhile.
 *
 * 1. Deadlines are absolute times; each turn of the loop makes a fresh timer to the earliest of them.
 * 2. Only keepalives and real activity in the workspace move the idle deadline. The app's own reads never do, so a lab cannot keep itself alive.
 * 3. A lab whose silence is not proven goes on: for two more idle periods where the workspace cannot be read or proves nothing, and for as long as there is a
 *    new sign of work.
 * 4. Nothing moves the hard deadline, and the lease never passes it.
 * 5. Each end that comes near is told once, ahead of it.
 * 6. No timer is longer than a third of the lease, and the loop never continues as new: events that are buffered would be lost there.
 */
import type { LabStatus } from '../../contracts/status.ts';
import { AUTOTERMINATION_MINUTES } from '../../lab/catalog/cluster.ts';
import { EVENTS, type EndEvent, type TokensEvent } from '../../lab/events.ts';
import { describeOutcome } from '../../lab/outcome.ts';
import { callSafely, type Flow } from '../durable/call.ts';
import { isoNow, now } from '../durable/clock.ts';
import { waitUntil } from '../durable/events.ts';
import { logOnce } from '../durable/progress.ts';
import type { CompleteLab, LabContext } from '../provisioning/context.ts';
import { budgetAt, budgetDimensions, type TokenCount } from './budget.ts';
import { createLease } from './lease.ts';

/** Ends that are nearer to each other than this are one: keepalives that follow each other fast are one warning. */
const COALESCE_MS = 30_000;
/** How soon a workspace that could not be read, or proved nothing, is looked at again: at first, and then ever later, for each look adds to the history. */
const UNREAD_AGAIN_MS = 30_000;
const UNPROVEN_AGAIN_MS = 5 * 60_000;
const AGAIN_SHARE = 0.25;
/** For how many idle periods a lab lives on whose silence is not proven, and how long it waits at least for its cluster to end itself. */
const HELD_PERIODS = 2;
const CLUSTER_ENDS_MS = (AUTOTERMINATION_MINUTES + 10) * 60_000;

/** A warning that took more than half of the idle time would come with every keepalive. */
const WARN_AT_MOST = 0.5;

/** What wakes a lab that is watched, before its time. */
const WAKING = [EVENTS.end, EVENTS.keepalive, EVENTS.tokens] as const;

type Deadline = { at: number; by: 'idle' | 'deadline' | 'budget' };
/** Why a lab that shows no sign of use goes on for now. */
type Held = NonNullable<NonNullable<LabStatus['deadlines']>['held']>;

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
  const lease = createLease(context, ref, input.limits, 0);
  let activeAt = now(context);
  /** Since when it goes on without a sign of use, why, and when it is looked at again. */
  let held = null as { since: number; why: Held; lookAt: number } | null;
  let warnedOf = 0;
  const use = (at: number) => {
    activeAt = at;
    held = null;
  };
  for (;;) {
    const idleAt = held?.lookAt ?? activeAt + idleMs;
    const next = earliest([
      { at: idleAt, by: 'idle' },
      { at: hardAt, by: 'deadline' },
      { at: budgetMs, by: 'budget' },
    ]);
    // A lab that is held has been warned of; and tokens bring the end of a budget a little nearer with every batch, which is no news.
    const isTold = next.at - warnedOf <= COALESCE_MS || (held !== null && next.by === 'idle');
    if (!isTold && now(context) >= next.at - warnMs) {
      warnedOf = next.at;
      warn(lab, next);
    }
    const isWarned = isTold || next.at - warnedOf <= COALESCE_MS;
    progress.update({ phase: 'watching', deadlines: describe({ idleAt, hardAt, budgetMs, next, isWarned, held }) });
    yield* lease.keep();
    const wakeAt = Math.min(isWarned ? next.at : next.at - warnMs, lease.dueAt());
    const woken = yield* waitUntil(context, wakeAt, WAKING);
    if (woken?.name === 'end') return woken.data;
    if (woken?.name === 'keepalive') {
      use(now(context));
      continue;
    }
    if (woken?.name === 'tokens') {
      hear(woken.data);
      continue;
    }
    if (now(context) < next.at) continue;
    if (next.by !== 'idle') return { reason: next.by, by: 'app', at: isoNow(context) };
    const seen = yield* lookForActivity(lab, complete, activeAt, ownRunIds);
    // Whoever wanted the lab longer while its workspace was being asked has been told that it lives on.
    const late = yield* waitUntil(context, now(context), WAKING);
    if (late?.name === 'end') return late.data;
    if (late?.name === 'keepalive') {
      use(now(context));
      continue;
    }
    if (late?.name === 'tokens') hear(late.data);
    if (seen.lastAt !== null) use(seen.lastAt);
    if (now(context) < activeAt + idleMs) continue;
    const since = held?.since ?? now(context);
    const until = since + Math.max(HELD_PERIODS * idleMs, seen.why === 'unproven' ? CLUSTER_ENDS_MS : 0);
    if (seen.why === null || now(context) >= until) return { reason: 'idle', by: 'app', at: isoNow(context) };
    if (held?.why !== seen.why) logOnce(context, ref, 'lab.activity-unread', { reason: seen.reason }, 'warning');
    const first = seen.why === 'unread' ? UNREAD_AGAIN_MS : UNPROVEN_AGAIN_MS;
    const again = Math.max(first, (now(context) - since) * AGAIN_SHARE);
    held = { since, why: seen.why, lookAt: Math.min(now(context) + again, until) };
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

function describe(it: {
  idleAt: number;
  hardAt: number;
  budgetMs: number;
  next: Deadline;
  isWarned: boolean;
  held: { why: Held } | null;
}): NonNullable<LabStatus['deadlines']> {
  const iso = (ms: number) => new Date(ms).toISOString();
  return {
    idleAt: iso(it.idleAt),
    hardAt: iso(it.hardAt),
    budgetAt: it.budgetMs === Infinity ? null : iso(it.budgetMs),
    endsAt: iso(it.next.at),
    endsBy: it.next.by,
    ...(it.isWarned ? { endsSoon: true } : {}),
    ...(it.held === null ? {} : { held: it.held.why }),
  };
}

/** `why`: the lack of activity proves nothing; `reason`: in the service's words. */
type Look = { lastAt: number | null } & ({ why: Held; reason: string } | { why: null });

/**
 * Asks the workspace for activity since then, in milliseconds. A cluster that runs is no reason to wait where the lab ends
 * sooner than the cluster could and nobody was let in: whoever asked for so short an idle time knows of it.
 */
function* lookForActivity(
  { context, ref, input }: LabContext,
  complete: CompleteLab,
  since: number,
  ownRunIds: string[],
): Flow<Look> {
  const seen = yield* callSafely(context, 'readActivity', {
    lab: ref,
    ...parts(complete),
    since: new Date(since).toISOString(),
    ownRunIds,
  });
  if (seen.kind !== 'done') return { lastAt: null, why: 'unread', reason: describeOutcome(seen) };
  const { lastActivityAt, unproven } = seen.value;
  const at = lastActivityAt === null ? null : Date.parse(lastActivityAt);
  const lastAt = at !== null && at > since ? at : null;
  const isShort = input.request.idleMinutes < AUTOTERMINATION_MINUTES && input.request.participants.length === 0;
  if (unproven === null || (lastAt === null && isShort)) return { lastAt, why: null };
  return { lastAt, why: 'unproven', reason: unproven };
}

const parts = ({ workspace, connection, notebook, ready, watchedClusterId }: CompleteLab) => ({
  workspace,
  connection,
  notebook,
  userName: ready.userName,
  clusterId: watchedClusterId,
});
