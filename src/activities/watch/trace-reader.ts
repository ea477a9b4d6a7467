/** The traces of one experiment, as the API reads them: lines of a search, one trace with its spans, two side by side, and the features of windows. */
import type { Mlflow } from '../../clients/mlflow/api.ts';
import { readSpans, type Span } from '../../clients/mlflow/read-spans.ts';
import { LLMOPS_TAGS, type TraceInfo } from '../../clients/mlflow/write-trace.ts';
import { ServiceError } from '../../clients/service-error.ts';
import type { TraceFeatures } from '../../drift/features.ts';
import { readChatSpan } from '../../lab/traces/chat.ts';
import { compareSides, sideOf, type TraceComparison, type TraceSide } from '../../lab/traces/compare.ts';
import { featuresOf, SOURCE_RUN, traceLine, type TraceLine } from '../../lab/traces/features.ts';
import { WINDOW_TRACES } from '../../lab/traces/windows.ts';

/** No page of traces is begun after this long: whoever waits for the answer soon goes on without it. */
const READING_MS = 40_000;
/** Runs that are searched for a tag. */
const MOST_RUNS = 2_000;

export type TracePage =
  | { kind: 'page'; traces: TraceLine[]; next: string | null }
  /** MLflow judges its own language, and its own page tokens. */
  | { kind: 'refused'; message: string };

export type TraceDetail = TraceSide & {
  spans: Span[];
  /** False while the trace's data has not arrived, or is gone. */
  complete: boolean;
};

export type TraceReader = ReturnType<typeof createTraceReader>;

export function createTraceReader(mlflow: Mlflow, experimentId: string, now: () => Date) {
  /** A trace of this experiment: a borrowed workspace holds other people's too. */
  const own = async (id: string): Promise<TraceInfo | undefined> => {
    const info = await mlflow.trace(id);
    const where = info?.trace_location?.mlflow_experiment?.experiment_id;
    return where === experimentId ? info : undefined;
  };
  /** By its id, or the newest of a run, whose id looks like that of a trace of MLflow 2. */
  const find = async (id: string): Promise<TraceInfo | undefined> => {
    const trace = await own(id);
    if (trace !== undefined || id.startsWith('tr-')) return trace;
    // The app's own runs name their trace; a search finds it a little later.
    const named = (await mlflow.run(id))?.tags[LLMOPS_TAGS.traceId];
    if (named !== undefined) return own(named);
    return (await mlflow.searchTraces(experimentId, `metadata.\`${SOURCE_RUN}\` = '${id}'`, 1))[0];
  };
  const detail = async (info: TraceInfo): Promise<TraceDetail> => {
    const runId = info.trace_metadata[SOURCE_RUN];
    const [data, run] = await Promise.all([
      mlflow.traceData(info),
      runId === undefined ? undefined : mlflow.run(runId),
    ]);
    // Data that no reader understands leaves the spans empty; what the search knows of the trace is still shown.
    const spans = readSpans(data ?? '');
    const root = spans.find((span) => span.parentId === null);
    const ofRun = run && { id: run.id, status: run.status, params: run.params, metrics: run.metrics };
    const side = sideOf(traceLine(info), readChatSpan(root?.inputs, root?.outputs), ofRun ?? null);
    return { ...side, spans, complete: root !== undefined };
  };

  return {
    /** Newest first. `filter` is MLflow's own language, `page` the token of the page before. */
    page: async (search: { filter: string; limit: number; page: string | undefined }): Promise<TracePage> => {
      try {
        const { traces, nextPageToken } = await mlflow.searchTracePage(experimentId, {
          filter: search.filter,
          most: search.limit,
          pageToken: search.page,
        });
        return { kind: 'page', traces: traces.map(traceLine), next: nextPageToken ?? null };
      } catch (error) {
        if (error instanceof ServiceError && error.status === 400) return { kind: 'refused', message: error.said };
        throw error;
      }
    },

    /** Undefined where the experiment has no such trace. */
    one: async (traceId: string): Promise<TraceDetail | undefined> => {
      const info = await own(traceId);
      return info && detail(info);
    },

    /** Two traces, or the traces of two runs; the id of the one that does not exist. */
    compare: async (a: string, b: string): Promise<TraceComparison | { missing: string }> => {
      const [left, right] = await Promise.all([find(a), find(b)]);
      if (left === undefined) return { missing: a };
      if (right === undefined) return { missing: b };
      const [first, second] = await Promise.all([detail(left), detail(right)]);
      return compareSides(first, second);
    },

    features: (search?: { filter?: string; most?: number }) => readFeatures(mlflow, experimentId, now, search),

    /** Ids of the runs that carry a tag. Key and value hold no quotes. */
    runsTagged: async (key: string, value: string): Promise<ReadonlySet<string>> =>
      new Set((await mlflow.searchRuns(experimentId, `tags.\`${key}\` = '${value}'`, MOST_RUNS)).map((it) => it.id)),
  };
}

/** Features of the newest traces that ended, oldest first. `cut`: there are more traces than were read. */
export async function readFeatures(
  mlflow: Mlflow,
  experimentId: string,
  now: () => Date,
  { filter = '', most = WINDOW_TRACES }: { filter?: string; most?: number } = {},
): Promise<{ traces: TraceFeatures[]; cut: boolean }> {
  const until = now().getTime() + READING_MS;
  const { traces, cut } = await mlflow.newestTraces(experimentId, {
    filter,
    most,
    goOn: () => now().getTime() < until,
  });
  // The exact reverse of the search's order, so that windows by count agree where times are equal.
  return {
    traces: traces
      .map(featuresOf)
      .filter((it) => it !== null)
      .reverse(),
    cut,
  };
}
