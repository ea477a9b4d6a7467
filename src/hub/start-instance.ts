/**
 * Starts of instances under a given id. The hub's 202 is no proof: of two starts at the same moment both are accepted, one is executed, and the other input is lost
 * without a word (docs/decisions/0037-whose-start-it-is.md).
 *
 * 1. Every start carries an id of its own in its input, and the instance is read back until it is past Pending: what it shows then is what is executed.
 * 2. An id that only this caller can know needs no reading back.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { OrchestrationRuntimeStatus, type DurableClient } from 'durable-functions';
import { findInstance, isLive, type Instance } from './instances.ts';

/** `other`: another start's instance has the id; its input says whose. */
export type StartResult = { kind: 'started' } | { kind: 'other'; instance: Instance };

/** `shared`: somebody else may start the same id; `own`: it is random. */
export type IdKind = 'shared' | 'own';

/** @throws where the hub does not say in time which start it executes: the same request again finds out. */
export async function startInstance(
  client: DurableClient,
  name: string,
  id: string,
  input: object,
  idKind: IdKind = 'shared',
): Promise<StartResult> {
  const startId = randomUUID();
  try {
    await client.startNew(name, { instanceId: id, input: { ...input, startId } });
  } catch (error) {
    // The hub refuses an id that lives, and one whose termination it has not processed yet.
    const there = await findBegun(client, id);
    if (isLive(there)) return { kind: 'other', instance: there };
    throw error;
  }
  if (idKind === 'own') return { kind: 'started' };
  const begun = await findBegun(client, id);
  if (begun === null) throw new Error(`The task hub has accepted ${id}, and does not know it.`);
  return (begun.input as { startId?: string } | null)?.startId === startId
    ? { kind: 'started' }
    : { kind: 'other', instance: begun };
}

/** Beyond the longest pause of the hub between two polls of a queue that was empty (host.json), and a cold start. */
const BEGIN_WITHIN_MS = 30_000;
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 1_000;

/** Reads an instance until it is past Pending: before that its input may be that of a start which is not executed. @throws where it stays Pending. */
export async function findBegun(client: DurableClient, id: string): Promise<Instance | null> {
  const until = performance.now() + BEGIN_WITHIN_MS;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const instance = await findInstance(client, id);
    if (instance?.runtimeStatus !== OrchestrationRuntimeStatus.Pending) return instance;
    if (performance.now() > until) throw new Error(`The task hub has not begun ${id} in ${BEGIN_WITHIN_MS} ms.`);
    await setTimeout(pauseMs);
  }
}
