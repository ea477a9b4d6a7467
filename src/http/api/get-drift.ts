/**
 * GET /api/labs/{id}/drift?baseline=…&current=…: whether traces have changed between two windows (see `trace-features-window.ts` for how a window is named).
 * Without windows: the older half of the traces against the newer half. Of a lab that has ended, windows are taken from what its report kept, and the report of
 * any ended lab can be the baseline of another. Asking is no activity.
 */
import type { TraceReader } from '../../activities/watch/trace-reader.ts';
import { fromColumns } from '../../drift/columns.ts';
import { selectWindow, type TraceFeatures, type WindowSpec } from '../../drift/features.ts';
import { compareWindows } from '../../drift/report.ts';
import { describe } from '../../drift/text/describe.ts';
import type { LabReport } from '../../contracts/report.ts';
import {
  filterOf,
  halves,
  parseWindow,
  tracesToRead,
  WINDOW_FORMS,
  type RequestedWindow,
  type Window,
  type DriftView,
} from '../../lab/traces/windows.ts';
import { localeOf } from '../../pages/frame/negotiate.ts';
import { maySee } from '../caller.ts';
import { labEndpoint, type Handler, type LabCall } from '../endpoint.ts';
import type { HttpDeps } from '../../services.ts';
import { findNewestFamily } from '../../hub/instances.ts';
import { findPlace, type Found } from '../lab-access.ts';
import { anything, type QueryRule } from '../query.ts';
import { badFields, json, problem } from '../responses.ts';
import type { FieldFault, HttpProblem } from '../../lab/http-problem.ts';

/** What they may be depends on each other. */
export const WINDOWS: QueryRule = { baseline: anything, current: anything };

export const getDrift = (deps: HttpDeps): Handler =>
  labEndpoint(
    deps,
    async (call) => {
      const read = await readDrift(deps, call);
      return read.kind === 'ok' ? json(200, read.value) : problem(read.problem);
    },
    { query: WINDOWS },
  );

/** The comparison that a request asks for, its words in the caller's language. */
export async function readDrift(
  deps: HttpDeps,
  call: LabCall,
): Promise<{ kind: 'ok'; value: DriftView } | { kind: 'bad'; problem: HttpProblem }> {
  const bad = (it: HttpProblem) => ({ kind: 'bad' as const, problem: it });
  const { request } = call;
  const named = { baseline: request.query.get('baseline'), current: request.query.get('current') };
  const windows = {
    baseline: named.baseline === null ? null : parseWindow(named.baseline),
    current: named.current === null ? null : parseWindow(named.current),
  };
  const faults = faultsOf(windows);
  if (faults.length > 0) return bad(badFields(faults));
  const found = await findPlace(call);
  if (found.kind === 'none') return bad(found.problem);

  const source = await sourceOf(deps, found);
  const [baseline, current] = await (named.baseline === null
    ? readHalves(call.id, source)
    : Promise.all([windows.baseline, windows.current].map((it) => readWindow(call, source, it ?? EVERYTHING))));
  if (baseline === undefined || current === undefined) throw new Error('Two windows are read.');
  if ('fault' in baseline) return bad(noFeatures('baseline', baseline.fault));
  if ('fault' in current) return bad(noFeatures('current', current.fault));

  const report = compareWindows(baseline.traces, current.traces);
  const view: DriftView = {
    asked: { baseline: baseline.window, current: current.window },
    ...report,
    text: describe(report, localeOf(request)),
  };
  return { kind: 'ok', value: view };
}

function faultsOf(windows: Record<'baseline' | 'current', RequestedWindow | null | undefined>): FieldFault[] {
  const faults = (['baseline', 'current'] as const)
    .filter((field) => windows[field] === undefined)
    .map((field) => ({ field, message: `must be one of ${WINDOW_FORMS}` }));
  // Half of what there is against a window that somebody chose is no comparison that anybody meant.
  if (windows.baseline === null && windows.current)
    faults.push({ field: 'baseline', message: 'must be given beside current' });
  if (windows.current === null && windows.baseline?.lab === null)
    faults.push({ field: 'current', message: 'must be given beside baseline' });
  return faults;
}

/** Where the windows of the lab itself are read: its workspace, or its report. */
type Source = { kind: 'workspace'; traces: TraceReader } | { kind: 'report'; report: LabReport };

const sourceOf = async (deps: HttpDeps, found: Exclude<Found, { kind: 'none' }>): Promise<Source> =>
  found.kind === 'ended'
    ? { kind: 'report', report: found.report }
    : { kind: 'workspace', traces: await deps.traces(found.place) };

type Read = { traces: TraceFeatures[]; window: Window } | { fault: string };

/** Beside a window of another lab: all traces of this one. */
const EVERYTHING: RequestedWindow = { lab: null, spec: { by: 'all' } };

/** The older half of the lab's own traces, and the newer half, out of one reading. */
async function readHalves(id: string, source: Source): Promise<Read[]> {
  const all = source.kind === 'report' ? fromReport(source.report) : await source.traces.features();
  if ('fault' in all) return [all, all];
  const { baseline, current } = halves(all.traces.length);
  return [baseline, current].map((spec) => ({
    traces: selectWindow(all.traces, spec),
    window: { window: textOf(spec), lab: id, source: source.kind, cut: all.cut },
  }));
}

const fromReport = ({ id, features }: LabReport): { traces: TraceFeatures[]; cut: boolean } | { fault: string } =>
  features === undefined
    ? { fault: `names lab "${id}", whose report kept no traces` }
    : { traces: fromColumns(features), cut: features.left > 0 };

async function readWindow(call: LabCall, source: Source, { lab, spec }: RequestedWindow): Promise<Read> {
  if (lab !== null || source.kind === 'report') {
    const report =
      source.kind === 'report' && (lab === null || lab === call.id)
        ? source.report
        : (await findNewestFamily(call, lab ?? call.id, (owner) => maySee(call.caller, owner))).report;
    // Somebody else's report is answered as one that does not exist.
    if (report === null) return { fault: `names lab "${lab ?? call.id}", of which there is no report` };
    const kept = fromReport(report);
    if ('fault' in kept) return kept;
    const window: Window = { window: textOf(spec), lab: report.id, source: 'report', cut: kept.cut };
    return { traces: selectWindow(kept.traces, spec), window };
  }
  const { traces, cut } = await source.traces.features({ filter: filterOf(spec), most: tracesToRead(spec) });
  const window: Window = {
    window: textOf(spec),
    lab: call.id,
    source: 'workspace',
    cut: cut && spec.by !== 'count',
  };
  if (spec.by !== 'tag') return { traces: selectWindow(traces, spec), window };
  // Traces that carry the tag, or whose run does.
  const runs = await source.traces.runsTagged(spec.key, spec.value);
  const chosen = traces.filter(
    (it) => it.tags?.[spec.key] === spec.value || (it.sourceRun !== null && runs.has(it.sourceRun)),
  );
  return { traces: chosen, window };
}

const noFeatures = (field: string, message: string): HttpProblem => ({
  ...badFields([{ field, message }]),
  status: 409,
  code: 'no-features',
  title: 'A window holds nothing that can be compared',
});

function textOf(spec: WindowSpec): string {
  switch (spec.by) {
    case 'all':
      return 'all';
    case 'count':
      return `count:${spec.count}${spec.skip === undefined ? '' : `,skip:${spec.skip}`}`;
    case 'time':
      return `time:${new Date(spec.fromMs).toISOString()}/${spec.toMs === Number.MAX_SAFE_INTEGER ? '' : new Date(spec.toMs).toISOString()}`;
    case 'run':
      return `run:${spec.run}`;
    case 'tag':
      return `tag:${spec.key}=${spec.value}`;
    case 'session':
      return `session:${spec.session}`;
  }
}
