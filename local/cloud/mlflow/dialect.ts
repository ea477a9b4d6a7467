// Where the MLflow that Azure Databricks hosts differs from the open-source server: one member for each difference, so that each has a name, and a test.
// `npm run test:mlflow` holds OPEN_SOURCE to a real server, and DATABRICKS to the same suite in all that is not named here.
// https://docs.databricks.com/api/azure/workspace/experiments, https://github.com/mlflow/mlflow/blob/master/mlflow/store/tracking/sqlalchemy_store.py
import { refuse } from '../databricks/wire.ts';

export type Dialect = Readonly<{
  /**
   * `path`: a node of the workspace's tree, named by its absolute path in a folder that exists; a deleted one leaves its name.
   * `any`: any text; a deleted one holds it.
   */
  experimentNames: 'path' | 'any';
  /** How many experiments a search answers that does not say; undefined: it is refused. */
  experimentsInAPage: number | undefined;
  /** Whether experiments can also be listed by the call that MLflow 2 dropped. https://docs.databricks.com/api/azure/workspace/experiments/listexperiments */
  experimentList: boolean;
  /** What becomes of parameters, tags and metadata that are too long. */
  longTexts: 'refused' | 'cut';
  /** Whether the parameters of a batch are written until one is refused, or all of them or none. */
  batch: 'one-by-one' | 'all-or-none';
  batchBytes: number;
  previewLength: number;
  /** Where the data of a trace goes: to a signed URL of the workspace's storage, or through the server. */
  traceData: 'signed-url' | 'artifact-proxy';
  /** Whether tags and metadata of traces can be compared by more than = and !=. */
  tracesLike: boolean;
  /** Whether a trace that says that its spans are artifacts can be posted again. */
  artifactTraces: 'open' | 'closed';
}>;

export const DATABRICKS: Dialect = {
  experimentNames: 'path',
  experimentsInAPage: 1_000,
  experimentList: true,
  longTexts: 'refused',
  batch: 'one-by-one',
  batchBytes: 1024 * 1024,
  previewLength: 10_000,
  traceData: 'signed-url',
  tracesLike: false,
  artifactTraces: 'open',
};

export const OPEN_SOURCE: Dialect = {
  experimentNames: 'any',
  experimentsInAPage: undefined,
  experimentList: false,
  longTexts: 'cut',
  batch: 'all-or-none',
  batchBytes: Number.POSITIVE_INFINITY,
  previewLength: Number.POSITIVE_INFINITY,
  traceData: 'artifact-proxy',
  tracesLike: true,
  artifactTraces: 'closed',
};

/** `text` within `limit` characters, or a refusal. */
export function fit(dialect: Dialect, what: string, text: string, limit: number): string {
  if (text.length <= limit) return text;
  if (dialect.longTexts === 'cut') return text.slice(0, limit);
  const message = `${what} '${text.slice(0, 250)}' had length ${text.length}, which exceeded length limit of ${limit}`;
  return refuse(400, 'INVALID_PARAMETER_VALUE', message);
}
