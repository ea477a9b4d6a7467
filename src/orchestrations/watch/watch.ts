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
import type { OrchestrationContext } from 'durable-functions';
import { DAY_MS } from '../../lab/durations.ts';
import type { EndEvent, TokensEvent } from '../../lab/events.ts';
import type { LabRef } from '../../lab/names.ts';
import { whyNot } from '../../lab/outcome.ts';
import type { LabStatus } from '../../contracts/status.ts';
import type { BuiltLab, Site } from '../provisioning/build-lab.ts';
import { callSafely, isoNow, now, watchUntil, type Flow, type Woken } from '../durable.ts';
import { LEASE_AGAIN_MS, renewLease } from './lease.ts';
import { logOnce } from '../durable/progress.ts';
import { budgetAt, budgetDimensions, type TokenCount } from './budget.ts';

/** Ends that are nearer to each other than this share a lease: keepalives that follow each other fast cost one write. */
const COALESCE_MS = 30_000;
/** How far beyond the lab's own end the lease reaches: the time in which the orchestration itself would have ended it. */
const LEASE_MARGIN_MS = 15 * 60_000;

/** How long a workspace that cannot be read at the idle deadline is asked again, and how often: within the margin of the lease. */
const UNREAD_MS = 5 * 60_000;
const READ_AGAIN_MS = 30_000;

/** A warning that took more than half of the idle time would come with every keepalive. */
const WARN_AT_MOST = 0.5;

type Deadline = { at: number; by: 'idle' | 'deadline' | 'budget' };

export function* watch(site: Site, built: BuiltLab, ownRunIds: string[], countTokens: TokenCount): Flow<EndEvent> {
  const { context, input, progress } = site;
  const idleMs = input.request.idleMinutes * 60_000;
  const hardAt = Date.parse(input.limits.hardAt);
  let budgetMs = budgetEndMs(site);
  const hear = (tokens: TokensEvent) => {
    countTokens(tokens);
    budgetMs = budgetEndMs(site);
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
      warn(site, next);
    }
    const warned = next.at - warnedOf <= COALESCE_MS;
    const deadlines = describe(idleAt, hardAt, budgetMs, next);
    progress.update({ phase: 'watching', deadlines: warned ? { ...deadlines, endsSoon: true } : deadlines });
    const leased = () => next.at - leasedFor <= COALESCE_MS;
    if (!leased() && (yield* renewLease(context, input.lab, input.limits, next.at + LEASE_MARGIN_MS)))
      leasedFor = next.at;
    const lookAgainIn = leased() ? DAY_MS : LEASE_AGAIN_MS;
    const wakeAt = Math.min(warned ? next.at : next.at - warnMs, now(context) + lookAgainIn);
    const woken = yield* watchUntil(context, wakeAt);
    if (woken.by === 'end') return woken.end;
    if (woken.by === 'keepalive') {
      activeAt = now(context);
      continue;
    }
    if (woken.by === 'tokens') {
      hear(woken.tokens);
      continue;
    }
    if (now(context) < next.at) continue;
    if (next.by !== 'idle') return { reason: next.by, by: 'app', at: isoNow(context) };
    const seen = yield* lookForActivity(context, input.lab, built, activeAt, ownRunIds, Math.min(hardAt, budgetMs));
    // Whoever wanted the lab longer while its workspace was being asked has been told that it lives on.
    const late = seen.by === 'timer' ? yield* watchUntil(context, now(context)) : seen;
    if (late.by === 'end') return late.end;
    if (late.by === 'timer') return { reason: 'idle', by: 'app', at: isoNow(context) };
    if (late.by === 'tokens') hear(late.tokens);
    else activeAt = late.by === 'activity' ? late.at : now(context);
  }
}

/** Infinity: what runs costs nothing by the hour. */
function budgetEndMs(site: Site): number {
  const at = budgetAt(site);
  return at === null ? Infinity : Date.parse(at);
}

function warn(site: Site, { at, by }: Deadline): void {
  const { context, input } = site;
  const secondsLeft = Math.round((at - now(context)) / 1_000);
  const endsAt = new Date(at).toISOString();
  logOnce(context, input.lab, 'lab.ends-soon', { reason: by, endsAt, secondsLeft }, 'warning');
  if (by === 'budget') logOnce(context, input.lab, 'lab.budget', budgetDimensions('near', site), 'warning');
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
 * Asks the workspace for activity since then, in milliseconds; `timer`: there was none, or the workspace could not be asked for so long that it counts as none. A
 * lab that cannot be seen to be used ends.
 */
function* lookForActivity(
  context: OrchestrationContext,
  lab: LabRef,
  built: BuiltLab,
  since: number,
  ownRunIds: string[],
  notBeyond: number,
): Flow<Woken | { by: 'activity'; at: number }> {
  const giveUpAt = Math.min(now(context) + UNREAD_MS, notBeyond);
  for (;;) {
    const seen = yield* callSafely(context, 'readActivity', {
      lab,
      ...parts(built),
      since: new Date(since).toISOString(),
      ownRunIds,
    });
    if (seen.kind === 'done') {
      const at = Date.parse(seen.value.lastActivityAt ?? '');
      return at > since ? { by: 'activity', at } : { by: 'timer' };
    }
    if (now(context) >= giveUpAt) {
      logOnce(context, lab, 'lab.activity-unread', { reason: whyNot(seen) }, 'warning');
      return { by: 'timer' };
    }
    const woken = yield* watchUntil(context, Math.min(now(context) + READ_AGAIN_MS, giveUpAt));
    if (woken.by !== 'timer') return woken;
  }
}

const parts = ({ workspace, connection, watchedClusterId }: BuiltLab) => ({
  workspace,
  connection,
  clusterId: watchedClusterId,
});
