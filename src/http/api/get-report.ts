/**
 * GET /api/labs/{id}/report: all of one lab, living or ended: timeline, answers, drift, traces, cost, resources, receipt. JSON, Markdown (`text/markdown`, or
 * `?format=md`) or a page (`text/html`, what browsers ask for). `?baseline=…&current=…` choose the windows that drift is asked of. Looking is no activity of the lab.
 */
import { fromColumns } from '../../drift/columns.ts';
import { selectWindow, type TraceFeatures } from '../../drift/features.ts';
import { compareWindows } from '../../drift/report.ts';
import type { DriftFindings } from '../../drift/findings.ts';
import { safeError } from '../../lab/redact.ts';
import type { LabStatus } from '../../contracts/status.ts';
import type { TraceLine } from '../../lab/traces/features.ts';
import { halves } from '../../lab/traces/windows.ts';
import { logEvent } from '../../log.ts';
import { documentOf, pointsOf, resourcesOf, summaryOf, type LabPicture } from '../../pages/report/report-data.ts';
import { formOf } from '../../pages/frame/negotiate.ts';
import { viewerOf, withProblemPages } from '../pages.ts';
import { labEndpoint, type Handler, type LabCall } from '../endpoint.ts';
import type { HttpDeps } from '../../services.ts';
import { readDrift, WINDOWS } from './get-drift.ts';
import { readView } from './get-lab.ts';
import { inputOf } from '../../hub/instances.ts';
import { findPlace, type Found } from '../lab-access.ts';
import type { LabView } from '../../hub/lab-view.ts';
import { DONE, LANGUAGE, oneOf, type QueryRule } from '../query.ts';
import { SECURITY_HEADERS } from '../../pages/frame/security-headers.ts';
import { json, notFound, problem } from '../responses.ts';
import type { HttpProblem } from '../../lab/http-problem.ts';
import { statusOf } from '../../hub/status.ts';

const NEWEST = 20;
const REPORT_QUERY: QueryRule = { format: oneOf('json', 'md', 'html'), ...LANGUAGE, ...WINDOWS, ...DONE };
const VARY = { vary: 'Accept, Accept-Language' };

export const reportLab = (deps: HttpDeps): Handler =>
  withProblemPages(
    deps.settings,
    ['json', 'html', 'markdown'],
    labEndpoint(
      deps,
      async (call) => {
        const read = await readPicture(deps, call);
        if (read.kind === 'bad') return problem(read.problem);
        const { picture } = read;
        const viewer = viewerOf(call.request, call.caller);
        switch (formOf(call.request)) {
          case 'json':
            return json(200, documentOf(picture, call.family.report?.features), VARY);
          case 'markdown': {
            const { reportMarkdown } = await import('../../pages/report/markdown.ts');
            const headers = { ...SECURITY_HEADERS, ...VARY, 'content-type': 'text/markdown; charset=utf-8' };
            return { status: 200, headers, body: reportMarkdown(picture, viewer.locale) };
          }
          case 'html': {
            const [{ reportPage }, forms] = await Promise.all([
              import('../../pages/report/page.ts'),
              import('../../pages/dashboard/forms.ts'),
            ]);
            const mayAct = call.caller.kind === 'user' && picture.view.phase !== 'tearing-down';
            return reportPage(
              picture,
              viewer,
              mayAct
                ? (id) => [
                    picture.view.phase === 'lost' ? null : forms.extendForm(id, 'report', viewer),
                    forms.endForm(id, 'report', viewer),
                  ]
                : null,
            );
          }
        }
      },
      { query: REPORT_QUERY },
    ),
  );

type Read = { kind: 'ok'; picture: LabPicture } | { kind: 'bad'; problem: HttpProblem };

async function readPicture(deps: HttpDeps, call: LabCall): Promise<Read> {
  const view = await readView(deps, call);
  if (view === null) return { kind: 'bad', problem: notFound(call.id) };
  const found = await findPlace(call);
  const seen = await readTraces(deps, call, found, view);
  if (seen.kind === 'bad') return seen;
  const { lab, report } = call.family;
  const facts = view.report?.facts;
  const ref = view.report?.lab ?? (lab === null ? report?.lab : inputOf(lab).lab);
  const place = statusOf<LabStatus>(lab).place;
  const { kind: _kind, ...monitored } = seen;
  const picture: LabPicture = {
    at: deps.now().toISOString(),
    view,
    prompts: promptsOf(facts?.request ?? (lab === null ? undefined : inputOf(lab).request)),
    resources: ref ? resourcesOf(ref, view.steps, facts ?? place ?? {}, view.running) : [],
    ...monitored,
  };
  return { kind: 'ok', picture };
}

function promptsOf(request: Record<string, unknown> | undefined): LabPicture['prompts'] {
  const { system, prompt } = (request?.['completion'] ?? {}) as Partial<Record<string, unknown>>;
  return typeof system === 'string' && typeof prompt === 'string' ? { system, prompt } : null;
}

type Seen = { kind: 'ok' } & Pick<LabPicture, 'traces' | 'points' | 'recent' | 'drift' | 'unread'>;
const NOTHING: Seen = { kind: 'ok', traces: null, points: [], recent: [], drift: null, unread: false };

/** A report is worth more than its traces: what cannot be read of them just now is left out, and said. */
async function readTraces(
  deps: HttpDeps,
  call: LabCall,
  found: Found,
  view: LabView,
): Promise<Seen | { kind: 'bad'; problem: HttpProblem }> {
  const asked = call.request.query.has('baseline') || call.request.query.has('current');
  if (found.kind === 'none') return { ...NOTHING, unread: asked };
  try {
    const of = found.kind === 'ended' ? ofReport(found.report, view) : await ofWorkspace(deps, found.place);
    if (!asked) return of;
    const read = await readDrift(deps, call);
    return read.kind === 'bad' ? read : { ...of, drift: { findings: read.value, asked: read.value.asked } };
  } catch (error) {
    const { message } = safeError(error);
    logEvent(
      call.context,
      'request.failed',
      { subject: 'traces of the report', labId: call.id, reason: message },
      'warning',
    );
    return { ...NOTHING, unread: true };
  }
}

async function ofWorkspace(deps: HttpDeps, place: Parameters<HttpDeps['traces']>[0]): Promise<Seen> {
  const reader = await deps.traces(place);
  const [{ traces, cut }, newest] = await Promise.all([
    reader.features(),
    reader.page({ filter: '', limit: NEWEST, page: undefined }),
  ]);
  return seenOf(traces, cut, newest.kind === 'page' ? newest.traces : []);
}

function ofReport({ features, drift, startedAt }: Extract<Found, { kind: 'ended' }>['report'], view: LabView): Seen {
  // The hub may hold the report of an earlier start under this id.
  if (features === undefined || startedAt !== view.startedAt) return NOTHING;
  const seen = seenOf(fromColumns(features), features.left > 0, []);
  return drift ? { ...seen, drift: { findings: drift, asked: null } } : seen;
}

function seenOf(traces: readonly TraceFeatures[], cut: boolean, recent: TraceLine[]): Seen {
  const { baseline, current } = halves(traces.length);
  const compared: DriftFindings | null =
    traces.length === 0 ? null : compareWindows(selectWindow(traces, baseline), selectWindow(traces, current));
  return {
    kind: 'ok',
    traces: summaryOf(traces, cut),
    points: pointsOf(traces),
    recent,
    drift: compared === null ? null : { findings: compared, asked: null },
    unread: false,
  };
}
