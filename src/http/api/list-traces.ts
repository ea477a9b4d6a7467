/**
 * GET /api/labs/{id}/traces: the traces of the lab's experiment, newest first, one line of features each, from MLflow's search alone.
 * `filter` is MLflow's own language and passes through; `limit` is 1 to 500; `page` is the token that the page before gave.
 * https://mlflow.org/docs/latest/genai/tracing/search-traces
 */
import type { z } from 'zod';
import type { TraceListSchema } from '../openapi/trace-schemas.ts';
import { labEndpoint, type Handler } from '../endpoint.ts';
import type { HttpDeps } from '../../services.ts';
import { findPlace } from '../lab-access.ts';
import { anything, type QueryRule } from '../query.ts';
import { badFields, json, problem } from '../responses.ts';

const DEFAULT_LIMIT = 50;
const MOST = 500;
const MOST_FILTER_CHARACTERS = 1_000;

const QUERY: QueryRule = {
  limit: (value) => {
    const limit = Number(value);
    const fits = Number.isInteger(limit) && limit >= 1 && limit <= MOST;
    return fits ? undefined : `must be a whole number from 1 to ${MOST}`;
  },
  filter: (value) =>
    value.length <= MOST_FILTER_CHARACTERS ? undefined : `must be at most ${MOST_FILTER_CHARACTERS} characters`,
  page: anything,
};

type TraceList = z.infer<typeof TraceListSchema>;

export const listTraces = (deps: HttpDeps): Handler =>
  labEndpoint(
    deps,
    async (call) => {
      const { query } = call.request;
      const limit = Number(query.get('limit') ?? DEFAULT_LIMIT);
      const filter = query.get('filter') ?? '';
      const page = query.get('page') ?? undefined;
      const found = await findPlace(call);
      if (found.kind !== 'watched') return problem(found.problem);

      const read = await (await deps.traces(found.place)).page({ filter, limit, page });
      if (read.kind === 'refused') {
        const field = page === undefined ? 'filter' : 'filter or page';
        return problem(badFields([{ field, message: `is refused by MLflow: ${read.message}` }]));
      }
      const self = `${call.base}/${call.id}/traces`;
      const traces = read.traces.map((line) => ({ ...line, links: { self: `${self}/${line.traceId}` } }));
      if (read.next === null) return json(200, { traces, links: { self } } satisfies TraceList);
      const search = new URLSearchParams({
        limit: String(limit),
        ...(filter === '' ? {} : { filter }),
        page: read.next,
      });
      return json(200, {
        traces,
        next: read.next,
        links: { self, next: `${self}?${search.toString()}` },
      } satisfies TraceList);
    },
    { query: QUERY },
  );
