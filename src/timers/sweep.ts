/**
 * The safety net: every five minutes it compares what Azure holds with what the task hub knows, and ends what nobody looks after.
 *
 * 1. A lab ends when its lease has passed, or when its orchestration exists and is over while something is left.
 * 2. "Instance not found" alone never ends a lab: it waits for the lease. So a lost or wrong task hub kills nothing that lives, and leaves nothing for ever.
 * 3. A hub, a subscription or a lab that cannot be read ends no lab, and keeps none of the others from being judged; the sweep then says that it failed.
 * 4. The first one of a day also forgets old histories and reports (`retention.ts`).
 */
import type { InvocationContext, Timer } from '@azure/functions';
import * as df from 'durable-functions';
import type { DurableClient } from 'durable-functions';
import { SWEEP_MARK } from '../contracts/instance-ids.ts';
import { startInstance } from '../hub/start-instance.ts';
import { startTeardown } from '../hub/start-teardown.ts';
import type { HttpDeps } from '../services.ts';
import {
  findChains,
  findFamily,
  inputOf,
  isLive,
  raiseEnd,
  terminateLiving,
  type Family,
  type Instance,
} from '../hub/instances.ts';
import { resumeSuspended } from '../hub/operator-actions.ts';
import { statusOf } from '../hub/status.ts';
import type { LabStatus } from '../contracts/status.ts';
import { knownOf } from '../hub/recover-lab.ts';
import type { Survey } from '../lab/survey.ts';
import type { EndEvent } from '../lab/events.ts';
import type { LabRef } from '../lab/names.ts';
import { safeError } from '../lab/redact.ts';
import { logEvent } from '../log.ts';
import { forget, isFirstOfDay } from './retention.ts';
import { decideSweep, leaseEnd, livingLeaseEnd, type SweepDecision, type SweptLab } from '../lab/removal/sweep-rule.ts';

export const sweep =
  (deps: HttpDeps) =>
  async (timer: Timer, context: InvocationContext): Promise<void> => {
    try {
      const failures = await run(deps, context);
      await startInstance(df.getClient(context), 'sweep-mark', SWEEP_MARK, {}, 'own');
      if (!deps.settings.sweepDryRun && isFirstOfDay(timer, deps.now()))
        await forget(context, deps.now(), deps.settings.reportRetentionDays);
      // Told at the end: what cannot be read or ended is no reason to leave the rest.
      if (failures.length > 0) throw new Error(failures.join('; '));
    } catch (thrown) {
      // The host logs what a timer throws.
      const error = safeError(thrown);
      logEvent(context, 'sweep.run', { outcome: 'failed', reason: error.message }, 'error');
      throw error;
    }
  };

/** A start of a lab, and the lease that Azure knows of it. */
type Seen = { lab: LabRef; lease: string | null; endAt: string | null; strayMinutes?: number };

/** How many ids of foreign resources a log line names. */
const FOREIGN_NAMED = 20;

/** Judges every lab. @returns what could not be read or ended, and why. */
async function run(deps: HttpDeps, context: InvocationContext): Promise<string[]> {
  const client = df.getClient(context);
  const at = deps.now();
  const { sweepDryRun: dryRun } = deps.settings;
  // Whoever cannot check a signature knows of no lab what is true.
  if (deps.settings.tagKeys === undefined)
    throw new Error('LAB_TAG_KEY is not set: no tag can be checked, and no lab ended.');
  const surveys = await deps.labSurvey.survey();
  const failures = surveys.flatMap((it) => it.unread);
  const foreign = surveys.flatMap((it) => it.foreign);
  if (foreign.length > 0)
    logEvent(
      context,
      'sweep.foreign',
      { count: foreign.length, subject: foreign.slice(0, FOREIGN_NAMED).join(' ') },
      'warning',
    );
  const seen = seenIn(surveys, deps.settings.leaseMinutes);
  for (const one of seen) {
    const { id: labId, owner } = one.lab;
    try {
      const family = await findFamily(client, one.lab);
      const swept = await readLab(deps, client, one, family, at);
      const verdict = decideSweep(swept);
      logEvent(context, 'sweep.judged', { labId, owner, outcome: verdict.kind, reason: verdict.why, dryRun });
      if (dryRun) continue;
      if (Date.parse(swept.leaseEndsAt) < at.getTime())
        await resumeSuspended(client, family, await findChains(client, family.teardown));
      await carryOut(client, one.lab, family, verdict, at);
    } catch (thrown) {
      const reason = safeError(thrown).message;
      failures.push(`${labId}: ${reason}`);
      logEvent(context, 'sweep.judged', { labId, owner, outcome: 'failed', reason, dryRun }, 'error');
    }
  }
  const durationMs = deps.now().getTime() - at.getTime();
  if (failures.length === 0) logEvent(context, 'sweep.run', { outcome: 'done', labs: seen.length, dryRun, durationMs });
  return failures;
}

/** The newest start of an id comes first: it is the one that the hub may know. */
const seenIn = (surveys: readonly Survey[], strayMinutes: number): Seen[] =>
  surveys
    .flatMap(({ groups, strays }): Seen[] => [
      ...groups,
      ...strays.map((lab) => ({ lab, lease: null, endAt: null, strayMinutes })),
    ])
    .sort((a, b) => b.lab.startedAt.localeCompare(a.lab.startedAt));

async function readLab(
  deps: HttpDeps,
  client: DurableClient,
  { lab, endAt, ...lease }: Seen,
  family: Family,
  at: Date,
): Promise<SweptLab> {
  const { startedAt } = lab;
  const own = family.lab;
  const leaseEndsAt = isLive(own)
    ? livingLeaseEnd({ lease: lease.lease, ...signOfLife(own), hardAt: inputOf(own).limits.hardAt })
    : leaseEnd({ startedAt, ...lease });
  return {
    instance: isLive(own) ? 'live' : await stateOf(deps, lab, family, own),
    teardownSeenAt: isLive(family.teardown) ? await lastSign(client, family.teardown) : null,
    leaseEndsAt: endAt !== null && endAt < leaseEndsAt ? endAt : leaseEndsAt,
    now: at.toISOString(),
  };
}

/** What a living lab's own instance says of its time: its next end, where it has told one, and until when its last sign of life holds. */
function signOfLife(lab: Instance): { endsAt: string | undefined; heardUntil: string } {
  const { deadlines } = statusOf<LabStatus>(lab);
  const heardUntil = lab.lastUpdatedTime.getTime() + inputOf(lab).limits.leaseMinutes * 60_000;
  return { endsAt: deadlines?.endsAt, heardUntil: new Date(heardUntil).toISOString() };
}

/** Of a lab that does not live. Lists of Azure lag: where the report says that nothing is left, what they name is asked for by its id. */
async function stateOf(
  { inventory }: HttpDeps,
  lab: LabRef,
  { report, teardown }: Family,
  own: Instance | null,
): Promise<SweptLab['instance']> {
  if (report === null || report.receipt.left.length > 0 || isLive(teardown))
    return own === null && report === null ? 'unknown' : 'over';
  const found = await inventory({ lab, known: knownOf(report) });
  if (found.kind !== 'done')
    throw new Error(`unread: ${found.kind === 'refused' ? found.problem.message : found.note}`);
  const { left, unread = [] } = found.value;
  if (left.length > 0) return 'over';
  if (unread.length > 0) throw new Error(unread.map((it) => `unread: ${it.what}: ${it.why}`).join('; '));
  return 'gone';
}

/** A teardown is silent while it waits for what it runs beside itself. */
async function lastSign(client: DurableClient, teardown: Instance): Promise<string> {
  const signs = [teardown, ...(await findChains(client, teardown))].map((it) => it.lastUpdatedTime.toISOString());
  return signs.sort().at(-1) ?? '';
}

async function carryOut(
  client: DurableClient,
  lab: LabRef,
  family: Family,
  verdict: SweepDecision,
  at: Date,
): Promise<void> {
  const end: EndEvent = {
    reason: verdict.kind === 'remove' ? verdict.reason : 'lease',
    by: 'sweep',
    at: at.toISOString(),
  };
  switch (verdict.kind) {
    case 'leave':
      return;
    case 'ask-to-end':
      return raiseEnd(client, lab, end);
    case 'replace': {
      const chains = await findChains(client, family.teardown);
      return terminateLiving(client, [family.lab, family.teardown, ...chains], `Stuck: ${verdict.why}.`);
    }
    case 'remove':
      await startTeardown(client, lab, end, family);
  }
}
