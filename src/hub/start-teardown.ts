/**
 * Starts the teardown of a lab whose own orchestration is gone, with what is still known of it. What else of it lives is ended first: a branch that builds on would
 * make what the teardown has looked for already, and chains of a teardown that broke have the ids that the next one gives. The activity that one of them may be in
 * ends within a minute, long before the teardown's last look.
 */
import type { DurableClient } from 'durable-functions';
import type { EndEvent } from '../lab/events.ts';
import { instanceIds } from '../contracts/instance-ids.ts';
import type { TeardownInput } from '../contracts/inputs.ts';
import type { LabRef } from '../lab/names.ts';
import { findChains, isOfStart, terminateLiving, type Family } from './instances.ts';
import { TERMINATED_BY_APP } from './operator-actions.ts';
import { remainsOf } from './recover-lab.ts';
import { startInstance } from './start-instance.ts';

/** @throws where it is not certain that a teardown of this very start runs: whoever asks again finds out. */
export async function startTeardown(client: DurableClient, lab: LabRef, end: EndEvent, family: Family): Promise<void> {
  const branches = [family.openai, family.databricks].filter((it) => isOfStart(it, lab.startedAt));
  const chains = await findChains(client, family.teardown);
  await terminateLiving(client, [...branches, ...chains], TERMINATED_BY_APP.removed);
  const order: TeardownInput = {
    end,
    outcome: 'unknown',
    ...remainsOf(family, lab, end.at),
    lab,
  };
  const started = await startInstance(client, 'teardown', instanceIds(lab).teardown, order);
  if (started.kind === 'other' && !isOfStart(started.instance, lab.startedAt))
    throw new Error(`Another start of ${lab.id} is being removed.`);
}
