/** GET /api/labs/{id}/completions/{batch}: how far a batch is, and what it came to. Reading it is no activity. */
import { OrchestrationRuntimeStatus } from 'durable-functions';
import type { z } from 'zod';
import {
  addTallies,
  countOf,
  type BatchInput,
  type BatchResult,
  type BatchStatus,
  type SliceStatus,
} from '../../contracts/batch.ts';
import { instanceIds } from '../../contracts/instance-ids.ts';
import { labEndpoint, type Handler } from '../endpoint.ts';
import type { HttpDeps } from '../../services.ts';
import { findInstance, inputOf, isLive, type Instance } from '../../hub/instances.ts';
import type { BatchSchema } from '../openapi/trace-schemas.ts';
import { json, notFound, problem } from '../responses.ts';
import type { HttpProblem } from '../../lab/http-problem.ts';
import { statusOf } from '../../hub/status.ts';

export type BatchView = z.infer<typeof BatchSchema>;

const BATCH_ID = /^[cp]-[0-9a-f]{12}$/;

export const getCompletions = (deps: HttpDeps): Handler =>
  labEndpoint(deps, async ({ id, family, request, client, base }) => {
    // Before the batch is looked for: a foreign lab is answered as an unknown one, so an unknown one must be answered as such.
    const start = family.lab === null ? family.report?.lab : inputOf(family.lab).lab;
    if (start === undefined) return problem(notFound(id));
    const batch = request.params['batch'] ?? '';
    const instance = BATCH_ID.test(batch) ? await findInstance(client, instanceIds(start).batch(batch)) : null;
    if (instance === null) return problem(noBatch(batch.slice(0, 40)));
    const slices = statusOf<BatchStatus>(instance).slices ?? [];
    const running = isLive(instance) ? await Promise.all(slices.map((it) => findInstance(client, it))) : [];
    const view = viewOf(
      `${base}/${id}`,
      instance,
      running.filter((it) => it !== null),
    );
    return json(200, view, view.state === 'running' ? { 'retry-after': '5' } : {});
  });

function viewOf(lab: string, instance: Instance, slices: Instance[]): BatchView {
  const order = instance.input as BatchInput;
  const status = statusOf<BatchStatus>(instance);
  const result =
    instance.runtimeStatus === OrchestrationRuntimeStatus.Completed ? (instance.output as BatchResult) : null;
  const parts = slices.map((it) => statusOf<SliceStatus>(it));
  const tally =
    result?.tally ?? addTallies([status.tally, ...parts.map((it) => it.tally)].filter((it) => it !== undefined));
  const note = parts.find((it) => it.note !== undefined)?.note;
  const warnings = status.warnings ?? [];
  return {
    id: order.id,
    lab: order.lab.id,
    kind: order.kind,
    state: isLive(instance) ? 'running' : result === null ? 'failed' : result.stop === null ? 'done' : 'stopped',
    session: order.session,
    total: result?.total ?? countOf(order.prompts),
    asked: tally.answered + tally.refused,
    tally,
    askedAt: order.askedAt,
    ...(result === null ? {} : { endedAt: result.endedAt }),
    ...(result === null && note !== undefined ? { note } : {}),
    ...(warnings.length > 0 ? { warnings } : {}),
    ...(result?.stop ? { stop: result.stop } : {}),
    ...(result === null ? {} : { completions: result.lines }),
    links: { self: `${lab}/completions/${order.id}`, lab, traces: `${lab}/traces` },
  };
}

const noBatch = (id: string): HttpProblem => ({
  status: 404,
  code: 'batch-not-found',
  title: 'There is no such batch',
  detail: `No batch "${id}" of this lab is known here.`,
});
