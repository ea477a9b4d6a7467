/** The task hub as the few activities see it that read or tell it. */
import type { DurableClient } from 'durable-functions';
import type { TaskHub } from '../contracts/task-hub.ts';
import type { LabStatus } from '../contracts/status.ts';
import { findInstance, inputOf, isLive } from './instances.ts';
import { TERMINATED_BY_APP } from './operator-actions.ts';
import { startInstance } from './start-instance.ts';
import { statusOf } from './status.ts';

export const hubOf = (client: DurableClient): TaskHub => ({
  inputOf: async (id) => (await findInstance(client, id))?.input ?? undefined,

  isWatched: async (lab) => {
    const instance = await findInstance(client, lab.id);
    const status = statusOf<LabStatus>(instance);
    return isLive(instance) && inputOf(instance).lab.startedAt === lab.startedAt && status.phase === 'watching';
  },

  start: async (orchestration, id, input) => {
    const started = await startInstance(client, orchestration, id, input);
    if (started.kind === 'started' || startOf(started.instance.input) === startOf(input)) return;
    // Of an earlier start of the lab, and not heard that it is over.
    if (isLive(started.instance)) await client.terminate(id, TERMINATED_BY_APP.startedAgain);
    throw new Error(`${id} of an earlier start is being ended.`);
  },

  tell: async (id, event, data) => {
    if (isLive(await findInstance(client, id))) await client.raiseEvent(id, event, data);
  },
});

const startOf = (input: unknown): string | undefined =>
  (input as { lab?: { startedAt?: string } } | null)?.lab?.startedAt;
