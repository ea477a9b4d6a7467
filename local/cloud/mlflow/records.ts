// MLflow's rows in a workspace, and their tables. Keys are `{workspaceId}/{id}`.
import type { WorkspaceCall } from '../databricks/gate.ts';
import { forgetOf, keyOf } from '../databricks/tables.ts';
import { refuse } from '../databricks/wire.ts';
import { DATABRICKS, type Dialect } from './dialect.ts';
import { armOf } from '../arm/tables.ts';
import type { CloudState } from '../core/state.ts';
import type { Table } from '../core/store.ts';

type Texts = Readonly<Record<string, string>>;

export type Experiment = {
  readonly id: string;
  readonly workspaceId: string;
  readonly name: string;
  readonly artifactLocation: string;
  readonly stage: 'active' | 'deleted';
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly tags: Texts;
};

export type Metric = {
  readonly key: string;
  /** NaN comes and goes as text, because JSON has no number for it. */
  readonly value: number | 'NaN';
  readonly timestamp: number;
  readonly step: number;
};

export type MlflowRun = {
  readonly id: string;
  readonly workspaceId: string;
  readonly experimentId: string;
  readonly name: string;
  readonly userId: string;
  readonly status: string;
  readonly startTime: number;
  readonly endTime?: number;
  readonly artifactUri: string;
  readonly stage: 'active' | 'deleted';
  readonly params: Texts;
  readonly tags: Texts;
  /** In the order in which they were logged. */
  readonly metrics: readonly Metric[];
};

export type Trace = {
  readonly id: string;
  readonly workspaceId: string;
  readonly experimentId: string;
  readonly clientRequestId?: string;
  readonly requestPreview?: string;
  readonly responsePreview?: string;
  /** Unix ms, and as it came. */
  readonly requestTimeMs: number;
  readonly requestTime: string;
  readonly executionMs?: number;
  readonly executionDuration?: string;
  readonly state: string;
  readonly metadata: Texts;
  readonly tags: Texts;
  /** When it reached the service, lab ms: searches find it a little later. */
  readonly receivedAt: number;
};

export type Mlflow = {
  readonly experiments: Table<Experiment>;
  readonly runs: Table<MlflowRun>;
  readonly traces: Table<Trace>;
  /** Content of `traces.json` by trace. */
  readonly traceData: Table<string>;
  knobs: {
    /** Whose MLflow this is: that of Azure Databricks, or the open-source server's. */
    dialect: Dialect;
    /** A trace is found by searches that long (lab ms) after it was received. */
    traceSearchLagMs: number;
    /** What kind of storage the signed URLs of trace data lead to. */
    storage: 'AZURE_SAS_URI' | 'AZURE_ADLS_GEN2_SAS_URI';
  };
};

const TABLES = ['experiments', 'runs', 'traces', 'traceData'] as const;
const known = new WeakMap<CloudState, Mlflow>();
const freshKnobs = (): Mlflow['knobs'] => ({
  dialect: DATABRICKS,
  traceSearchLagMs: 1_000,
  storage: 'AZURE_SAS_URI',
});

export function mlflowOf(state: CloudState): Mlflow {
  const former = known.get(state);
  if (former !== undefined) return former;
  const table = <T>(name: (typeof TABLES)[number]): Table<T> => state.store.table<T>(`mlflow.${name}`);
  const mlflow: Mlflow = {
    experiments: table('experiments'),
    runs: table('runs'),
    traces: table('traces'),
    traceData: table('traceData'),
    knobs: freshKnobs(),
  };
  known.set(state, mlflow);
  armOf(state).onWorkspaceGone.push((workspace) => {
    for (const name of TABLES) forgetOf(state.store.table(`mlflow.${name}`), workspace.workspaceId);
  });
  state.onReset(() => {
    mlflow.knobs = freshKnobs();
  });
  return mlflow;
}

/** The trace of the call's path; answers 404 where there is none. */
export function traceOf(state: CloudState, call: WorkspaceCall): Trace {
  const id = call.params.traceId ?? '';
  const trace = mlflowOf(state).traces.get(keyOf(call.workspace.workspaceId, id));
  return trace ?? refuse(404, 'RESOURCE_DOES_NOT_EXIST', `Trace with ID '${id}' not found.`);
}
