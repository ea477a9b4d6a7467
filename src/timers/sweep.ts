/**
 * The safety net: every five minutes it compares what Azure holds with what the task hub knows, and ends what nobody looks after.
 *
 * 1. A lab ends when its lease has passed, or when its orchestration exists and is over while something is left.
 * 2. "Instance not found" alone never ends a lab: it waits for the lease. So a lost or wrong task hub kills nothing that lives, and leaves nothing for ever.
 * 3. A hub or a subscription that cannot be read ends the sweep, not a lab.
 * 4. The first one of a day also forgets old histories and reports (`retention.ts`).
 */
import type { InvocationContext, Timer } from '@azure/functions';
import * as df from 'durable-functions';
import type { DurableClient } from 'durable-functions';
import { beginTeardown } from '../http/begin-teardown.ts';
import type { HttpDeps } from '../http/endpoint.ts';
import { findFamily, inputOf, isLive, raiseEnd, type Family } from '../http/lab-instances.ts';
import type { EndEvent } from '../lab/events.ts';
import type { LabRef } from '../lab/names.ts';
import { safeError } from '../lab/redact.ts';
import { logEvent } from '../log.ts';
import { forget, isFirstOfDay } from './retention.ts';
import { judgeLab, type SweepVerdict } from '../lab/sweep-rule.ts';

export const sweep =
  (deps: HttpDeps) =>
  async (timer: Timer, context: InvocationContext): Promise<void> => {
    try {
      await run(deps, context);
      if (!deps.settings.sweepDryRun && isFirstOfDay(timer, deps.now()))
        await forget(context, deps.now(), deps.settings.reportRetentionDays);
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
