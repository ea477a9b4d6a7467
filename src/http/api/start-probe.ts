/**
 * POST /api/labs/{id}/probe: asks the fixed questions of `completions-probe.ts`, n of them in turn, slowly enough to stay below the lab's token limit. Two probes make
 * two windows that drift can be judged on.
 *
 * A probe with a session or an Idempotency-Key can be asked again: it goes on where it stopped, and further if n has grown.
 */
import { PROBE_PROMPTS, PROBE_VERSION } from '../../lab/probe-prompts.ts';
import { ProbeSchema, type Prompt } from '../../lab/completions-request.ts';
import { startBatch } from './start-completions.ts';
import { labEndpoint, type Handler } from '../endpoint.ts';
import type { HttpDeps } from '../../services.ts';
import { check, keyFaults } from '../validation.ts';
import { findPlace } from '../lab-access.ts';
import { badFields, problem, readJson } from '../responses.ts';

export const probeLab = (deps: HttpDeps): Handler =>
  labEndpoint(deps, async (call) => {
    const read = await readJson(call.request);
    if (read.kind === 'bad') return problem(read.problem);
    const checked = check(ProbeSchema, read.value);
    const key = call.request.headers.get('idempotency-key');
    const faults = [...('faults' in checked ? checked.faults : []), ...keyFaults(key)];
    if ('faults' in checked || faults.length > 0) return problem(badFields(faults));
    const found = await findPlace(call);
    if (found.kind !== 'watched') return problem(found.problem);
    const { n, sessionId: session = null, tags } = checked.value;
    const named = key ?? session;
    return startBatch(deps, call, found, {
      kind: 'probe',
      prompts: Array.from({ length: n }, (_, index) => questionAt(index, tags)),
      session,
      key: named === null ? null : `v${PROBE_VERSION}|${named}`,
      // Without n: the same probe may be asked for more.
      identity: { session, tags },
    });
  });

const questionAt = (index: number, tags: Prompt['tags']): Prompt => ({
  prompt: PROBE_PROMPTS[index % PROBE_PROMPTS.length] ?? '',
  tags: { probe: `v${PROBE_VERSION}`, ...tags },
});
