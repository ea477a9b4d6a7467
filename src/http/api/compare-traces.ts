/** GET /api/labs/{id}/traces/compare?a=…&b=…: two traces, or the traces of two runs, side by side: JSON, or a page. */
import type { TraceComparison } from '../../lab/traces/compare.ts';
import { withProblemPages } from '../pages.ts';
import { answerComparison, COMPARE_FORMS } from './compare-page.ts';
import { labEndpoint, type Handler, type LabCall } from '../endpoint.ts';
import type { HttpDeps } from '../../services.ts';
import { noTrace, TRACE_ID } from './get-trace.ts';
import { findPlace } from '../lab-access.ts';
import { anything, LANGUAGE, oneOf, type QueryRule } from '../query.ts';
import { badFields, problem } from '../responses.ts';
import type { FieldFault, HttpProblem } from '../../lab/http-problem.ts';

const COMPARE_QUERY: QueryRule = { a: anything, b: anything, format: oneOf('json', 'html'), ...LANGUAGE };

export const compareTraces = (deps: HttpDeps): Handler =>
  withProblemPages(
    deps.settings,
    COMPARE_FORMS,
    labEndpoint(
      deps,
      async (call) => {
        const read = await readComparison(deps, call);
        return read.kind === 'ok' ? answerComparison(call, read.value) : problem(read.problem);
      },
      { query: COMPARE_QUERY },
    ),
  );

/** The comparison that a request asks for. */
export async function readComparison(
  deps: HttpDeps,
  call: LabCall,
): Promise<{ kind: 'ok'; value: TraceComparison } | { kind: 'bad'; problem: HttpProblem }> {
  const [a = '', b = ''] = ['a', 'b'].map((name) => call.request.query.get(name) ?? '');
  const faults: FieldFault[] = Object.entries({ a, b })
    .filter(([, value]) => !TRACE_ID.test(value))
    .map(([field]) => ({ field, message: 'must be the id of a trace or of a run' }));
  if (faults.length > 0) return { kind: 'bad', problem: badFields(faults) };
  const found = await findPlace(call);
  if (found.kind !== 'watched') return { kind: 'bad', problem: found.problem };
  const compared = await (await deps.traces(found.place)).compare(a, b);
  return 'missing' in compared ? { kind: 'bad', problem: noTrace(compared.missing) } : { kind: 'ok', value: compared };
}
