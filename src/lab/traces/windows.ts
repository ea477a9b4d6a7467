/**
 * Windows of traces as a caller names them, `?baseline=…&current=…`:
 *
 *   all                        every trace
 *   count:60                   the newest 60;  count:60,skip:60  the 60 before those
 *   time:2026-11-23T09:00Z/2026-11-23T10:00Z   from the first time to before the second; either may be left out
 *   run:<run id>               traces of one MLflow run
 *   tag:<key>=<value>          traces that carry the tag, or whose run does
 *   session:<id>               traces of one session; completions of one batch share a session unless told otherwise
 *   report:<lab id>            what the report of an ended lab kept;  report:<lab id>/session:<id>  a window of it
 */
import type { WindowSpec } from '../../drift/features.ts';
import type { DriftReport } from '../../drift/report.ts';
import { LAB_ID } from '../request.ts';

/** `lab`: of whose report; null for the lab that is asked. */
export type RequestedWindow = { lab: string | null; spec: WindowSpec };

export type Window = { window: string; lab: string; source: 'workspace' | 'report'; cut: boolean };

/** The report, and where its windows came from. `cut`: only the newest traces of the window were read. */
export type DriftView = DriftReport & { asked: { baseline: Window; current: Window } };

/** The most traces that are read for one window. */
export const WINDOW_TRACES = 2_000;

export const WINDOW_FORMS =
  'all, count:N[,skip:N], time:FROM/TO, run:ID, tag:KEY=VALUE, session:ID, or report:LAB[/WINDOW]';

/** Undefined where the text names no window. */
export function parseWindow(text: string): RequestedWindow | undefined {
  const report = /^report:([^/]+)(?:\/(.+))?$/s.exec(text);
  if (report !== null) {
    const [, lab = '', inner = 'all'] = report;
    const spec = LAB_ID.safeParse(lab).success ? parseSpec(inner) : undefined;
    return spec && { lab, spec };
  }
  const spec = parseSpec(text);
  return spec && { lab: null, spec };
}

/** Values go into filters of MLflow, whose strings have no way to hold these. */
const PLAIN = /^[^'"`\\\p{Cc}]{1,250}$/u;

function parseSpec(text: string): WindowSpec | undefined {
  const [, by = '', value = ''] = /^([a-z]+)(?::(.+))?$/s.exec(text) ?? [];
  switch (by) {
    case 'all':
      return value === '' ? { by: 'all' } : undefined;
    case 'count': {
      const [, count, skip] = /^(\d{1,4})(?:,skip:(\d{1,4}))?$/.exec(value) ?? [];
      const most = Number(count) + Number(skip ?? 0);
      if (count === undefined || Number(count) === 0 || most > WINDOW_TRACES) return undefined;
      return { by: 'count', count: Number(count), ...(skip === undefined ? {} : { skip: Number(skip) }) };
    }
    case 'time': {
      const [, from, to] = /^([^/]*)\/([^/]*)$/.exec(value) ?? [];
      const fromMs = from ? Date.parse(from) : 0;
      const toMs = to ? Date.parse(to) : Number.MAX_SAFE_INTEGER;
      return (from ?? '') + (to ?? '') !== '' && fromMs < toMs ? { by: 'time', fromMs, toMs } : undefined;
    }
    case 'run':
      return /^[\w-]{1,64}$/.test(value) ? { by: 'run', run: value } : undefined;
    case 'session':
      return PLAIN.test(value) ? { by: 'session', session: value } : undefined;
    case 'tag': {
      const [, key, tagged] = /^([\w.:/ -]{1,100})=(.*)$/s.exec(value) ?? [];
      return key !== undefined && tagged !== undefined && PLAIN.test(tagged)
        ? { by: 'tag', key, value: tagged }
        : undefined;
    }
    default:
      return undefined;
  }
}

/** The filter with which MLflow itself narrows a search to the window; '' where only the reader can. */
export function filterOf(spec: WindowSpec): string {
  switch (spec.by) {
    case 'time':
      return [
        `attributes.timestamp_ms >= ${Math.floor(spec.fromMs)}`,
        ...(spec.toMs === Number.MAX_SAFE_INTEGER ? [] : [`attributes.timestamp_ms < ${Math.ceil(spec.toMs)}`]),
      ].join(' AND ');
    case 'run':
      return `metadata.\`mlflow.sourceRun\` = '${spec.run}'`;
    case 'session':
      return `metadata.\`mlflow.trace.session\` = '${spec.session}'`;
    case 'all':
    case 'count':
    case 'tag':
      return '';
  }
}

/** How many of the newest traces hold the window. */
export const tracesToRead = (spec: WindowSpec): number =>
  spec.by === 'count' ? spec.count + (spec.skip ?? 0) : WINDOW_TRACES;

/** Without a window of the caller's own: the older half of what there is against the newer half. */
export function halves(total: number): { baseline: WindowSpec; current: WindowSpec } {
  const newer = Math.ceil(total / 2);
  return {
    baseline: { by: 'count', count: total - newer, skip: newer },
    current: { by: 'count', count: newer },
  };
}
