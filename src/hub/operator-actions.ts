/**
 * What an operator's buttons in the portal do to a lab: an instance of it that is terminated or suspended there.
 *
 * 1. A child that is terminated fails its parent, which cannot catch it and has no words for it: the child's own state says what happened.
 * 2. A suspended instance hears nothing and renews no lease. Whoever ends the lab resumes it first, so that a suspension lasts no longer than the lease.
 */
import { OrchestrationRuntimeStatus, type DurableClient } from 'durable-functions';
import type { Problem } from '../lab/outcome.ts';
import { inputOf, isOfStart, type Family, type Instance } from './instances.ts';

const { Failed, Suspended, Terminated } = OrchestrationRuntimeStatus;

/** Why the app itself terminates an instance: nobody outside did. */
export const TERMINATED_BY_APP = {
  removed: 'Its lab is being removed.',
  over: 'Its lab is over.',
  startedAgain: 'Its lab was started again.',
} as const;
const OWN_REASONS: readonly unknown[] = Object.values(TERMINATED_BY_APP);

/** What was done to the lab from outside; undefined: nothing. */
export const problemFromOutside = (family: Family): Problem | undefined =>
  terminatedFromOutside(family) ?? suspendedFromOutside(family);

function terminatedFromOutside({ lab, openai, databricks, teardown }: Family): Problem | undefined {
  if (lab?.runtimeStatus !== Failed) return undefined;
  const { startedAt } = inputOf(lab).lab;
  const children = { 'branch openai': openai, 'branch databricks': databricks, removal: teardown };
  for (const [name, child] of Object.entries(children)) {
    if (!isOfStart(child, startedAt) || child.runtimeStatus !== Terminated || OWN_REASONS.includes(child.output))
      continue;
    const reason = typeof child.output === 'string' && child.output !== '' ? `: ${child.output}` : '.';
    return {
      code: name === 'removal' ? 'removal-terminated' : 'branch-terminated',
      message: `The ${name} was terminated from outside${reason}`.slice(0, 500),
      remedy: 'none',
      suggestion: 'The sweep removes what is left within its next runs; start the lab again afterwards with recreate.',
    };
  }
  return undefined;
}

function suspendedFromOutside(family: Family): Problem | undefined {
  const suspended = suspendedOf(family);
  if (suspended.length === 0) return undefined;
  return {
    code: 'suspended',
    message: `Somebody has suspended ${suspended.map((it) => it.instanceId).join(', ')} in the task hub.`,
    remedy: 'none',
    suggestion:
      'Resume it there. Ending the lab resumes it as well; so does the sweep when the lease of the lab has passed.',
  };
}

const suspendedOf = ({ lab, openai, databricks, teardown }: Family): Instance[] =>
  [lab, openai, databricks, teardown].filter((it) => it !== null).filter((it) => it.runtimeStatus === Suspended);

/** @param chains what the teardown runs beside itself. */
export async function resumeSuspended(
  client: DurableClient,
  family: Family,
  chains: readonly Instance[],
): Promise<void> {
  const suspended = [...suspendedOf(family), ...chains.filter((it) => it.runtimeStatus === Suspended)];
  for (const { instanceId } of suspended) await client.resume(instanceId, 'Its lab is to end.');
}
