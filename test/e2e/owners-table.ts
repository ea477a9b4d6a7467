/**
 * Every operation of the API as somebody would try it on a lab of another's: the lab's id in every place where an id can stand. The row of an operation is found
 * by its name, and a test holds the rows to the registered functions: a new endpoint without a row fails.
 */
export type Known = {
  /** Of the lab that is attacked. */
  batch: string;
  traceId: string;
  other: string;
  /** Its runs, resources and its owner's Idempotency-Key. */
  runId: string;
  group: string;
  account: string;
  workspace: string;
  cluster: string;
  key: string;
  /** The attacker's own lab, and a trace in it. */
  own: string;
  ownTrace: string;
};
export type Try = { method: string; path: string; body?: unknown; headers?: Record<string, string> };

type Row = {
  /** Answered, to the byte, as the same request about a lab that nobody has. */
  hidden?: (id: string, known: Known) => Try[];
  /** Answered, but with nothing of the lab in it that the request did not say itself. */
  silent?: (id: string, known: Known) => Try[];
};

const get = (path: string): Try => ({ method: 'GET', path });
const post = (path: string, body?: unknown, headers?: Record<string, string>): Try => ({
  method: 'POST',
  path,
  ...(body === undefined ? {} : { body }),
  ...(headers === undefined ? {} : { headers }),
});
const form = (path: string, fields: Record<string, string>): Try => post(path, new URLSearchParams(fields));
const batches = (verb: string) => (id: string, known: Known) =>
  [{ prompt: 'hello' }, ['a', 'b'], { n: 1 }, {}].flatMap((body) => [
    post(`/labs/${id}/${verb}`, body),
    post(`/labs/${id}/${verb}`, body, { 'idempotency-key': known.key }),
  ]);

export const ROWS: Readonly<Record<string, Row>> = {
  startLab: {
    silent: (id, known) => [
      post('/labs', { id }),
      post('/labs', { id, recreate: true }),
      post('/labs?dryRun=true', { id }),
      post('/labs?dryRun=true', {}, { 'idempotency-key': known.key }),
      post('/labs?dryRun=true', { resourceGroup: known.group }),
      post('/labs?dryRun=true', { openai: { accountId: known.account } }),
      post('/labs?dryRun=true', { openai: { accountId: known.account, deployment: 'gpt-5.1' } }),
      post('/labs?dryRun=true', { databricks: { workspaceId: known.workspace } }),
      post('/labs?dryRun=true', { databricks: { workspaceId: known.workspace, clusterId: known.cluster } }),
      post('/labs?dryRun=true', { databricks: { workspaceId: known.workspace }, reuse: 'compatible' }),
    ],
  },
  listLabs: { silent: (id) => [get('/labs'), get(`/labs?id=${id}`), get(`/labs?owner=`)] },
  getLab: { hidden: (id) => [get(`/labs/${id}`), get(`/labs/${id}/`), get(`/labs/${id}?owner=me`)] },
  keepLabAlive: { hidden: (id) => [post(`/labs/${id}/keepalive`), post(`/labs/${id}/keepalive`, {})] },
  endLab: {
    hidden: (id) =>
      ['', '?dryRun=true', '?dryRun=false', '?dryRun=maybe'].map((it) => ({
        ...get(`/labs/${id}${it}`),
        method: 'DELETE',
      })),
  },
  endLabByPost: { hidden: (id) => [post(`/labs/${id}/end`), post(`/labs/${id}/end?dryRun=true`, {})] },
  completeLab: { hidden: batches('completions') },
  getCompletions: {
    hidden: (id, { batch }) => [get(`/labs/${id}/completions/${batch}`), get(`/labs/${id}/completions/none`)],
    silent: (_id, { own, batch }) => [get(`/labs/${own}/completions/${batch}`)],
  },
  probeLab: { hidden: batches('probe') },
  listTraces: {
    hidden: (id) => [get(`/labs/${id}/traces`), get(`/labs/${id}/traces?limit=1`), get(`/labs/${id}/traces?limit=0`)],
    silent: (id, { own }) => [get(`/labs/${own}/traces?filter=tags.\`llmops.lab\` = '${id}'`)],
  },
  getTrace: {
    hidden: (id, { traceId }) => [get(`/labs/${id}/traces/${traceId}`), get(`/labs/${id}/traces/none`)],
    silent: (_id, { own, traceId }) => [get(`/labs/${own}/traces/${traceId}`)],
  },
  compareTraces: {
    hidden: (id, { traceId, other }) => [
      get(`/labs/${id}/traces/compare?a=${traceId}&b=${other}`),
      get(`/labs/${id}/traces/compare?a=${traceId}`),
    ],
    silent: (_id, { own, ownTrace, traceId, runId }) => [
      get(`/labs/${own}/traces/compare?a=${ownTrace}&b=${traceId}`),
      get(`/labs/${own}/traces/compare?a=${runId}&b=${ownTrace}`),
    ],
  },
  getDrift: {
    hidden: (id, { own }) => [
      get(`/labs/${id}/drift`),
      get(`/labs/${id}/drift?baseline=all&current=count:2`),
      get(`/labs/${id}/drift?baseline=nonsense`),
      get(`/labs/${own}/drift?baseline=report:${id}`),
      get(`/labs/${own}/drift?baseline=report:${id}/count:2&current=all`),
      get(`/labs/${own}/drift?baseline=all&current=report:${id}`),
    ],
    silent: (_id, { own, runId, batch }) => [
      get(`/labs/${own}/drift?baseline=run:${runId}&current=all`),
      get(`/labs/${own}/drift?baseline=session:${batch}&current=all`),
    ],
  },
  reportLab: {
    hidden: (id, { own }) => [
      get(`/labs/${id}/report`),
      get(`/labs/${id}/report?format=md`),
      get(`/labs/${id}/report?format=html&lang=pt-BR`),
      get(`/labs/${own}/report?baseline=report:${id}&current=all`),
    ],
  },
  dashboard: { silent: (id) => [get('/dashboard'), get(`/dashboard?done=ending&id=${id}`)] },
  startFromPage: {
    silent: (id) => [form('/dashboard/labs', { id }), form('/dashboard/labs', { id, recreate: 'true' })],
  },
  extendFromPage: { hidden: (id) => [form(`/dashboard/labs/${id}/extend`, { from: 'report' })] },
  endFromPage: { hidden: (id) => [form(`/dashboard/labs/${id}/end`, {})] },
  assets: { silent: (id) => [get(`/assets/${id}`)] },
  openapi: { silent: () => [get('/openapi.json')] },
  health: { silent: () => [get('/health')] },
};
