/** GET /api/labs/{id}/traces/{traceId}: one trace with its chat and its spans, whoever wrote it: the app, the notebook, or a person with any MLflow from 2.14 on. */
import type { z } from 'zod';
import { labEndpoint, type Handler } from '../endpoint.ts';
import type { HttpDeps } from '../../services.ts';
import { findPlace } from '../lab-access.ts';
import type { TraceSchema } from '../openapi/trace-schemas.ts';
import { json, problem } from '../responses.ts';
import type { HttpProblem } from '../../lab/http-problem.ts';

/** MLflow 2 has no prefix before the digits. */
export const TRACE_ID = /^(?:tr-)?[0-9a-f]{32}$/;

export type TraceView = z.infer<typeof TraceSchema>;

export const getTrace = (deps: HttpDeps): Handler =>
  labEndpoint(deps, async (call) => {
    const traceId = call.request.params['traceId'] ?? '';
    const found = await findPlace(call);
    if (found.kind !== 'watched') return problem(found.problem);
    const detail = TRACE_ID.test(traceId) ? await (await deps.traces(found.place)).one(traceId) : undefined;
    if (detail === undefined) return problem(noTrace(traceId.slice(0, 40)));
    const traces = `${call.base}/${call.id}/traces`;
    const view: TraceView = { ...detail, links: { self: `${traces}/${traceId}`, traces } };
    return json(200, view);
  });

export const noTrace = (id: string): HttpProblem => ({
  status: 404,
  code: 'trace-not-found',
  title: 'There is no such trace',
  detail: `Neither a trace nor a run "${id}" is in the lab's experiment.`,
});
