/**
 * POST /api/labs/{id}/completions: asks the lab's model, once or many times, and answers at once with where the batch's progress is.
 *
 * 1. Only a lab in its watch is asked: one that is being built has nothing to ask, one that ends takes nothing new.
 * 2. The same Idempotency-Key with the same body is the same batch. One that stopped before its end goes on where it stopped: what was asked is not asked again.
 * 3. A batch is activity: it moves the lab's idle deadline.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { HttpResponseInit } from '@azure/functions';
import { fingerprint } from '../../drift/features.ts';
import { countOf, type BatchInput, type BatchResult } from '../../contracts/batch.ts';
import { instanceIds } from '../../contracts/instance-ids.ts';
import type { Prompt } from '../../lab/completions-request.ts';
import { labHash } from '../../lab/names.ts';
import { labEndpoint, type Call, type Handler } from '../endpoint.ts';
import type { HttpDeps } from '../../services.ts';
import { PROMPTS_BODY, readPrompts } from './completions-body.ts';
import { keyFaults } from '../validation.ts';
import { isLive, raiseKeepalive, type Instance } from '../../hub/instances.ts';
import { findBegun, startInstance } from '../../hub/start-instance.ts';
import { findPlace, type Found } from '../lab-access.ts';
import { badFields, json, problem } from '../responses.ts';
import type { HttpProblem } from '../../lab/http-problem.ts';

export const completeLab = (deps: HttpDeps): Handler =>
  labEndpoint(
    deps,
    async (call) => {
      const read = await readPrompts(call.request);
      if (read.kind === 'bad') return problem(read.problem);
      const key = call.request.headers.get('idempotency-key');
      const faults = keyFaults(key);
      if (faults.length > 0) return problem(badFields(faults));
      const found = await findPlace(call);
      if (found.kind !== 'watched') return problem(found.problem);
      const { prompts, session } = read.value;
      return startBatch(deps, call, found, {
        kind: 'completions',
        prompts,
        session,
        key,
        identity: { prompts, session },
      });
    },
    { body: PROMPTS_BODY },
  );

export type BatchRequest = {
  kind: BatchInput['kind'];
  prompts: Prompt[];
  session: string | null;
  /** What makes two requests one batch; null: every request is a batch of its own. */
  key: string | null;
  /** What must be equal for a repetition to be one. */
  identity: unknown;
};

/** Starts the batch, or answers for the one that an equal request started. */
export async function startBatch(
  deps: HttpDeps,
  call: Call,
  { instance, input, place }: Extract<Found, { kind: 'watched' }>,
  { kind, prompts, session, key, identity }: BatchRequest,
): Promise<HttpResponseInit> {
  const { lab, limits, request } = input;
  const keyHash =
    key === null
      ? null
      : createHash('sha256')
          .update(`${labHash(lab)}|${kind}|${key}`)
          .digest('hex');
  const id = `${kind === 'probe' ? 'p' : 'c'}-${keyHash?.slice(0, 12) ?? randomBytes(6).toString('hex')}`;
  const bodyHash = fingerprint(identity);
  const instanceId = instanceIds(lab).batch(id);

  const earlier = key === null ? null : await findBegun(call.client, instanceId);
  if (earlier !== null && (isLive(earlier) || isDone(earlier, countOf(prompts)) || !isSame(earlier, bodyHash)))
    return answerFor(call, lab.id, earlier, bodyHash);

  const at = deps.now();
  await raiseKeepalive(call.client, instance, call.caller.id, at);
  const order: BatchInput = {
    lab,
    limits,
    place,
    id,
    kind,
    identity: { bodyHash, keyHash },
    session: session ?? id,
    system: request.completion.system,
    prompts,
    askedAt: at.toISOString(),
  };
  const started = await startInstance(call.client, 'completions', instanceId, order, key === null ? 'own' : 'shared');
  if (started.kind === 'other') return answerFor(call, lab.id, started.instance, bodyHash);
  return accepted(call, lab.id, id, earlier === null ? 'started' : 'resumed', countOf(prompts));
}

const isSame = ({ input }: Instance, bodyHash: string): boolean => (input as BatchInput).identity.bodyHash === bodyHash;

/** Of the batch that another request started under the same key. */
function answerFor(call: Call, labId: string, batch: Instance, bodyHash: string): HttpResponseInit {
  if (!isSame(batch, bodyHash)) return problem(otherBody);
  const { id, prompts } = batch.input as BatchInput;
  return accepted(call, labId, id, 'already-started', countOf(prompts));
}

/** Whether it has come to its end with all that is asked for now: a probe may be asked to go on. */
const isDone = (instance: Instance, total: number): boolean => {
  const result = instance.output as BatchResult | null | undefined;
  return result?.stop === null && result.total >= total;
};

function accepted(call: Call, labId: string, id: string, status: string, total: number): HttpResponseInit {
  const self = `${call.base}/${labId}/completions/${id}`;
  return json(202, { id, lab: labId, status, total, links: { self } }, { location: self, 'retry-after': '5' });
}

const otherBody: HttpProblem = {
  status: 409,
  code: 'batch-exists',
  title: 'The Idempotency-Key is in use',
  detail: 'A batch was started under this key from another body. Choose another key.',
};
