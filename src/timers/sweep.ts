/**
 * The safety net: every five minutes it compares what Azure holds with what the task hub knows, and ends what nobody looks after.
 *
 * 1. A lab ends when its lease has passed, or when its orchestration exists and is over while something is left.
 * 2. "Instance not found" alone never ends a lab: it waits for the lease. So a lost or wrong task hub kills nothing that lives, and leaves nothing for ever.
 * 3. A hub or a subscription that cannot be read ends the sweep, not a lab.
 * 4. Reports outlive everything else in the hub: they have a retention of their own.
 */
import type { InvocationContext, Timer } from '@azure/functions';
import * as df from 'durable-functions';
import { OrchestrationRuntimeStatus, type DurableClient } from 'durable-functions';
import { beginTeardown } from '../http/begin-teardown.ts';
import type { HttpDeps } from '../http/endpoint.ts';
import { findFamily, inputOf, isLive, raiseEnd, type Family } from '../http/lab-instances.ts';
import { DAY_MS } from '../lab/durations.ts';
import type { EndEvent } from '../lab/events.ts';
import type { LabRef } from '../lab/names.ts';
import { safeError } from '../lab/redact.ts';
import { logEvent } from '../log.ts';
import { judgeLab, type SweepVerdict } from '../lab/sweep-rule.ts';

/** How long the history of ended orchestrations is kept: for whoever asks why. Reports are not part of it. */
const HISTORY_DAYS = 7;
const { Completed, Failed, Terminated, Canceled } = OrchestrationRuntimeStatus;

export const sweep =
  (deps: HttpDeps) =>
  async (_timer: Timer, context: InvocationContext): Promise<void> => {
    try {
      await run(deps, context);
    } catch (thrown) {
      // The host logs what a timer throws.
      const error = safeError(thrown);
      logEvent(context, 'sweep.run', { outcome: 'failed', reason: error.message }, 'error');
      throw error;
    }
  };

async function run(deps: HttpDeps, context: InvocationContext): Promise<void> {
  const client = df.getClient(context);
  const at = deps.now();
  const seen = new Map<string, { lab: LabRef; lease: string | null }>();
  for (const stray of await deps.estate.listStrays())
    seen.set(stray.id, { lab: stray, lease: strayLease(stray, deps) });
  for (const group of await deps.estate.listLabGroups()) seen.set(group.lab.id, group);

  for (const { lab, lease } of seen.values()) {
    const family = await findFamily(client, lab.id);
    const verdict = judgeLab({
      instance: stateOf(family, lab),
      tearingDown: isLive(family.teardown),
      leaseEndsAt: lease,
      now: at.toISOString(),
    });
    logEvent(context, 'sweep.judged', {
      labId: lab.id,
      owner: lab.owner,
      outcome: verdict.kind,
      reason: verdict.why,
      dryRun: deps.settings.sweepDryRun,
    });
    if (!deps.settings.sweepDryRun) await carryOut(client, lab, family, verdict, at);
  }
  logEvent(context, 'sweep.run', {
    outcome: 'done',
    labs: seen.size,
    dryRun: deps.settings.sweepDryRun,
    durationMs: deps.now().getTime() - at.getTime(),
  });
  if (!deps.settings.sweepDryRun) await purgeHistory(client, at, deps.settings.reportRetentionDays);
}

/** Something tagged outside a group has no lease of its own; it gets the one that its start had. */
const strayLease = (lab: LabRef, deps: HttpDeps): string =>
  new Date(Date.parse(lab.startedAt) + deps.settings.leaseMinutes * 60_000).toISOString();

/** An instance of the same id that belongs to a later start says nothing about this one. */
function stateOf(family: Family, lab: LabRef): 'live' | 'over' | 'unknown' {
  if (family.lab === null || inputOf(family.lab).lab.startedAt !== lab.startedAt) return 'unknown';
  return isLive(family.lab) ? 'live' : 'over';
}

async function carryOut(
  client: DurableClient,
  lab: LabRef,
  family: Family,
  verdict: SweepVerdict,
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
      return raiseEnd(client, lab.id, end);
    case 'replace':
      // It was asked and did not end: its orchestration is stuck. The next sweep finds it over and removes what is left.
      await client.terminate(lab.id, 'The lease passed and the lab did not end when it was asked to.');
      return;
    case 'remove':
      await beginTeardown(client, lab, end, family);
  }
}

async function purgeHistory(client: DurableClient, at: Date, reportRetentionDays: number): Promise<void> {
  const before = (days: number) => new Date(at.getTime() - days * DAY_MS);
  const over = await client.getStatusBy({
    createdTimeFrom: new Date(0),
    createdTimeTo: before(HISTORY_DAYS),
    runtimeStatus: [Completed, Failed, Terminated, Canceled],
  });
  for (const instance of over) {
    const keptUntil = instance.name === 'report' ? before(reportRetentionDays) : before(HISTORY_DAYS);
    if (new Date(instance.lastUpdatedTime) < keptUntil) await client.purgeInstanceHistory(instance.instanceId);
  }
}
