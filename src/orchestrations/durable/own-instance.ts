/**
 * An operator's "restart" starts an instance anew under another id and with the same input. Its children would have the ids of the living ones, and replace them: the
 * hub replaces a running instance without a word, and its parent waits for ever.
 */
import type { OrchestrationContext } from 'durable-functions';

/** @throws where this instance has not the id of what its input names. A `prefix` stands for the ids that its parent numbers. */
export function requireOwnInstance(context: OrchestrationContext, own: string | { prefix: string }): void {
  const { instanceId } = context.df;
  if (typeof own === 'string' ? instanceId === own : instanceId.startsWith(own.prefix)) return;
  const expected = typeof own === 'string' ? own : `${own.prefix}…`;
  throw new Error(
    `This instance has not the id of what it is about (${expected}): it was restarted or started by hand. Start the lab again with POST /api/labs and "recreate".`,
  );
}
