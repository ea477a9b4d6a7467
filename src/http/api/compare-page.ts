/** The answer to a comparison of two traces: JSON, or a page for those who prefer one. */
import type { HttpResponseInit } from '@azure/functions';
import type { TraceComparison } from '../../lab/traces/compare.ts';
import { formOf, type Form } from '../../pages/frame/negotiate.ts';
import { viewerOf } from '../pages.ts';
import type { LabCall } from '../endpoint.ts';
import { json } from '../responses.ts';

export const COMPARE_FORMS: readonly Form[] = ['json', 'html'];

export async function answerComparison(call: LabCall, comparison: TraceComparison): Promise<HttpResponseInit> {
  if (formOf(call.request, COMPARE_FORMS) !== 'html') return json(200, comparison, { vary: 'Accept, Accept-Language' });
  const { comparePage } = await import('../../pages/compare-page.ts');
  return comparePage(call.id, comparison, viewerOf(call.request, call.caller));
}
