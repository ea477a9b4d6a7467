/**
 * MLflow's REST API, the part that serves a Databricks workspace and an MLflow server of one's own alike: experiments and runs (2.0), traces (3.0).
 * The only fork is where a trace's data goes: through the server's artifact proxy, or to the signed URL that Databricks hands out.
 * https://mlflow.org/docs/latest/api_reference/rest-api.html
 */
import { z } from 'zod';
import {
  chatTraceDocument,
  chatTraceInfo,
  SPANS_LOCATION,
  traceInfo,
  type ChatCall,
  type TraceInfo,
} from './write-trace.ts';
import { orAbsent, ServiceError } from '../service-error.ts';
import { signedLocation, type SignedStorage } from './signed-upload.ts';
import { NOTHING, type Rest } from '../databricks/rest.ts';
import { path, segments } from '../url-path.ts';

const pair = z.object({ key: z.string(), value: z.string() });
const run = z.object({
  info: z.object({
    run_id: z.string(),
    status: z.string().nullish(),
    start_time: z.coerce.number().nullish(),
    end_time: z.coerce.number().nullish(),
  }),
  data: z
    .object({
      params: z.array(pair).default([]),
      tags: z.array(pair).default([]),
      metrics: z.array(z.object({ key: z.string(), value: z.number() })).default([]),
    })
    .prefault({}),
});

export type Run = {
  id: string;
  /** RUNNING, SCHEDULED, FINISHED, FAILED, KILLED */
  status: string;
  startedAtMs: number;
  endedAtMs: number | undefined;
  params: Record<string, string>;
  tags: Record<string, string>;
  metrics: Record<string, number>;
};

export type Batch = {
  params?: Record<string, string>;
  metrics?: Record<string, number>;
  tags?: Record<string, string>;
  atMs: number;
};

/** What a search looks through: one experiment, or several. */
export type Experiments = string | readonly string[];

/** The most that a search of traces answers at once. */
const TRACES_IN_A_PAGE = 500;
/** The most of one trace's data that is read: an instance that serves everybody holds several at once, parsed. */
export const TRACE_BYTES = 4 * 1024 * 1024;

export type Mlflow = ReturnType<typeof mlflowCalls>;

export function mlflowCalls(rest: Rest, storage: SignedStorage) {
  const experimentNamed = async (name: string): Promise<string | undefined> => {
    const answer = z.object({
      experiment: z.object({ experiment_id: z.string(), lifecycle_stage: z.string().nullish() }),
    });
    const found = await orAbsent(
      rest.get('/api/2.0/mlflow/experiments/get-by-name', { experiment_name: name }, answer),
    );
    // A deleted experiment keeps its name; a new one cannot be made beside it.
    if (found?.experiment.lifecycle_stage === 'deleted') throw new Error(`The experiment ${name} was deleted`);
    return found?.experiment.experiment_id;
  };
  const signed = async (traceId: string, purpose: 'upload' | 'download') => {
    const answer = z.object({ credential_info: signedLocation });
    return (await rest.get(path`/api/2.0/mlflow/traces/${traceId}/credentials-for-data-${purpose}`, {}, answer))
      .credential_info;
  };

  /** Newest first, at most 500 a page. `filter` is MLflow's own language, page tokens are its own too. */
  const searchTracePage = async (
    experiments: Experiments,
    { filter, most, pageToken }: { filter: string; most: number; pageToken?: string | undefined },
  ): Promise<{ traces: TraceInfo[]; nextPageToken: string | undefined }> => {
    const locations = [experiments]
      .flat()
      .map((id) => ({ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: id } }));
    const page = pageToken === undefined ? {} : { page_token: pageToken };
    const body = { locations, filter, max_results: most, order_by: ['timestamp_ms DESC'], ...page };
    const answer = z.object({ traces: z.array(traceInfo).default([]), next_page_token: z.string().nullish() });
    const { traces, next_page_token: next } = await rest.post('/api/3.0/mlflow/traces/search', body, answer);
    return { traces, nextPageToken: next ? next : undefined };
  };

  return {
    /** The experiment's id. Two callers at once get the same one. On Databricks the name is a workspace path whose folder exists. */
    ensureExperiment: async (name: string, tags: Record<string, string>): Promise<string> => {
      const known = await experimentNamed(name);
      if (known !== undefined) return known;
      try {
        const body = { name, tags: pairs(tags) };
        return (await rest.post('/api/2.0/mlflow/experiments/create', body, z.object({ experiment_id: z.string() })))
          .experiment_id;
      } catch (error: unknown) {
        const taken = error instanceof ServiceError && /^(RESOURCE_)?ALREADY_EXISTS$/.test(error.code);
        const made = taken ? await experimentNamed(name) : undefined;
        if (made === undefined) throw error;
        return made;
      }
    },

    /** Ids of the experiments of the workspace, those first that changed last; at most `most`. */
    experiments: async (most: number): Promise<string[]> => {
      const answer = z.object({ experiments: z.array(z.object({ experiment_id: z.string() })).default([]) });
      const body = { max_results: most, order_by: ['last_update_time DESC'] };
      return (await rest.post('/api/2.0/mlflow/experiments/search', body, answer)).experiments.map(
        (it) => it.experiment_id,
      );
    },

    createRun: async (
      experimentId: string,
      name: string,
      startedAtMs: number,
      tags: Record<string, string>,
    ): Promise<string> => {
      const body = {
        experiment_id: experimentId,
        run_name: name,
        start_time: startedAtMs,
        tags: pairs({ 'mlflow.runName': name, ...tags }),
      };
      return (
        await rest.post(
          '/api/2.0/mlflow/runs/create',
          body,
          z.object({ run: z.object({ info: z.object({ run_id: z.string() }) }) }),
        )
      ).run.info.run_id;
    },
    endRun: (runId: string, status: 'FINISHED' | 'FAILED', endedAtMs: number) =>
      rest.post('/api/2.0/mlflow/runs/update', { run_id: runId, status, end_time: endedAtMs }, NOTHING),
    run: async (runId: string): Promise<Run | undefined> => {
      const found = await orAbsent(rest.get('/api/2.0/mlflow/runs/get', { run_id: runId }, z.object({ run })));
      return found && runOf(found.run);
    },
    /** Newest first. `filter` is MLflow's own language. */
    searchRuns: async (experiments: Experiments, filter: string, most: number): Promise<Run[]> => {
      const body = {
        experiment_ids: [experiments].flat(),
        filter,
        max_results: most,
        order_by: ['attributes.start_time DESC'],
      };
      return (
        await rest.post('/api/2.0/mlflow/runs/search', body, z.object({ runs: z.array(run).default([]) }))
      ).runs.map(runOf);
    },
    /** Not atomic. The same parameter again is fine, another value for it is refused; metrics with the same time and step are repeated harmlessly. */
    logBatch: (runId: string, { params = {}, metrics = {}, tags = {}, atMs }: Batch) =>
      rest.post(
        '/api/2.0/mlflow/runs/log-batch',
        {
          run_id: runId,
          params: pairs(params),
          tags: pairs(tags),
          metrics: Object.entries(metrics).map(([key, value]) => ({ key, value, timestamp: atMs, step: 0 })),
        },
        NOTHING,
      ),

    trace: async (traceId: string): Promise<TraceInfo | undefined> =>
      (
        await orAbsent(
          rest.get(
            path`/api/3.0/mlflow/traces/${traceId}`,
            {},
            z.object({ trace: z.object({ trace_info: traceInfo }) }),
          ),
        )
      )?.trace.trace_info,
    /** Writes the trace, row and data. A trace that exists already gets its data again. */
    writeChatTrace: async (call: ChatCall): Promise<void> => {
      const answer = z.object({ trace: z.object({ trace_info: traceInfo }) });
      const info = await rest
        .post('/api/3.0/mlflow/traces', { trace: { trace_info: chatTraceInfo(call) } }, answer)
        .then(
          (it) => it.trace.trace_info,
          async (error: unknown) => {
            // MLflow's own server takes a trace with spans elsewhere once, and then calls it INVALID_STATE.
            if (!(error instanceof ServiceError) || !/ALREADY_EXISTS$|^INVALID_STATE$/.test(error.code)) throw error;
            return (await rest.get(path`/api/3.0/mlflow/traces/${call.traceId}`, {}, answer)).trace.trace_info;
          },
        );
      const document = documentOf(info);
      if (document.at === 'proxy') await rest.put(document.path, chatTraceDocument(call));
      else await storage.write(await signed(call.traceId, 'upload'), chatTraceDocument(call));
    },
    searchTracePage,
    /** Newest first; at most 500. */
    searchTraces: async (experiments: Experiments, filter: string, most: number): Promise<TraceInfo[]> =>
      (await searchTracePage(experiments, { filter, most })).traces,
    /** The newest `most` traces, newest first, by as many pages as it takes while `goOn` says so. `cut`: there are more. */
    newestTraces: async (
      experimentId: string,
      { filter, most, goOn = () => true }: { filter: string; most: number; goOn?: () => boolean },
    ): Promise<{ traces: TraceInfo[]; cut: boolean }> => {
      const traces: TraceInfo[] = [];
      let pageToken: string | undefined;
      do {
        const size = Math.min(TRACES_IN_A_PAGE, most - traces.length);
        const page = await searchTracePage(experimentId, { filter, most: size, pageToken });
        traces.push(...page.traces);
        pageToken = page.nextPageToken;
      } while (pageToken !== undefined && traces.length < most && goOn());
      return { traces, cut: pageToken !== undefined };
    },
    /** Tags overwrite. */
    setTraceTags: async (traceId: string, tags: Record<string, string>): Promise<void> => {
      await Promise.all(pairs(tags).map((it) => rest.patch(path`/api/3.0/mlflow/traces/${traceId}/tags`, it)));
    },
    /** The text of `traces.json`; undefined while it is not there, where it is larger than {@link TRACE_BYTES}, and where its address is none. */
    traceData: async (info: TraceInfo): Promise<string | undefined> => {
      const document = documentOf(info);
      switch (document.at) {
        case 'nowhere':
          return undefined;
        case 'database':
          return readable(
            rest.text('/ajax-api/2.0/mlflow/get-trace-artifact', { request_id: info.trace_id }, TRACE_BYTES),
          );
        case 'proxy':
          return readable(rest.text(document.path, {}, TRACE_BYTES));
        case 'storage':
          return readable(signed(info.trace_id, 'download').then((it) => storage.read(it, TRACE_BYTES)));
      }
    },
  };
}

/** What is not there, or too large to read, leaves a trace without its spans. */
const readable = (document: Promise<string>): Promise<string | undefined> =>
  orAbsent(document).catch((error: unknown) => {
    if (error instanceof ServiceError && error.code === 'too-large') return undefined;
    throw error;
  });

type TraceDocument = { at: 'database' | 'storage' | 'nowhere' } | { at: 'proxy'; path: string };

/** The server's artifact proxy takes a path below its root. https://mlflow.org/docs/latest/self-hosting/architecture/artifact-store/ */
const ARTIFACT_PATH = /^mlflow-artifacts:\/*([\w.-]+(?:\/[\w.-]+)*)\/?$/;

/**
 * Where a trace's data is, by its tags, which everybody may set who may write to the experiment. A server that spans were sent to one by one keeps them in its
 * database, and puts the document together when it is asked.
 */
function documentOf({ tags }: TraceInfo): TraceDocument {
  if (tags[SPANS_LOCATION] === 'TRACKING_STORE') return { at: 'database' };
  const location = tags['mlflow.artifactLocation'];
  if (location?.startsWith('mlflow-artifacts:') !== true) return { at: 'storage' };
  const below = ARTIFACT_PATH.exec(location)?.[1];
  if (below === undefined || below.split('/').some((it) => it === '.' || it === '..')) return { at: 'nowhere' };
  return { at: 'proxy', path: `/api/2.0/mlflow-artifacts/artifacts/${segments(below)}/traces.json` };
}

const pairs = (it: Record<string, string>) => Object.entries(it).map(([key, value]) => ({ key, value }));
const record = <V>(it: { key: string; value: V }[]): Record<string, V> =>
  Object.fromEntries(it.map(({ key, value }) => [key, value]));

const runOf = ({ info, data }: z.infer<typeof run>): Run => ({
  id: info.run_id,
  status: info.status ?? 'RUNNING',
  startedAtMs: info.start_time ?? 0,
  endedAtMs: info.end_time ?? undefined,
  params: record(data.params),
  tags: record(data.tags),
  metrics: record(data.metrics),
});
