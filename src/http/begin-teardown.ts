/**
 * Starts the teardown of a lab whose own orchestration is gone, with what is still known of it. Its branches are ended first: one that builds on would make what
 * the teardown has looked for already. The activity that one of them may be in ends within a minute, long before the teardown's last look.
 */
import type { DurableClient } from 'durable-functions';
import type { EndEvent } from '../lab/events.ts';
import type { Known, TeardownInput } from '../lab/input.ts';
import type { LabRef } from '../lab/names.ts';
import { borrowedIds } from '../lab/plan-borrowed.ts';
import type { LabReport } from '../lab/report.ts';
import { inputOf, isLive, startUnder, type Family, type Started } from './lab-instances.ts';

export async function beginTeardown(
  client: DurableClient,
  lab: LabRef,
  end: EndEvent,
  family: Family,
): Promise<Started> {
  for (const branch of [family.openai, family.databricks])
    if (isLive(branch) && inputOf(branch).lab.startedAt === lab.startedAt)
      await client.terminate(branch.instanceId, 'Its lab is being removed.');
  // A report of the same start already tells the lab's story: the new one goes on from it instead of forgetting it.
  const earlier = family.report?.startedAt === lab.startedAt ? family.report : null;
  const facts = earlier?.facts ?? null;
  const order: TeardownInput = {
    lab,
    identity: earlier?.identity ?? null,
    end: earlier?.end ?? end,
    outcome: earlier?.outcome ?? 'unknown',
    facts,
    known: knownOf(earlier),
    ...(earlier === null ? {} : { removed: earlier.receipt.removals, earlierSteps: earlier.teardownSteps }),
  };
  return startUnder(client, 'teardown', `${lab.id}.teardown`, order);
}

/** What a report remembers beside what Azure shows. */
export function knownOf(report: LabReport | null): Known {
  const facts = report?.facts ?? null;
  return {
    workspaces: facts?.workspace ? [facts.workspace] : [],
    accounts: facts?.account ? [facts.account] : [],
    borrowed: borrowedIds(facts?.plan?.borrowed ?? {}),
  };
}
