// What the contract is held to: the local cloud in both its dialects, and the real servers that `npm run test:mlflow` starts.
import { expect } from 'vitest';
import { DATABRICKS, OPEN_SOURCE, type Dialect } from '../../local/cloud/mlflow/dialect.ts';
import { mlflowOf } from '../../local/cloud/mlflow/records.ts';
import { startLab } from '../local/cloud/databricks/workspace-harness.ts';

export type Answer = { status: number; text: string; json: Record<string, unknown> };

/** An MLflow that is up. */
export type Mlflow = {
  call: (method: string, path: string, body?: unknown) => Promise<Answer>;
  close: () => Promise<void>;
};

export type Target = {
  name: string;
  /** How it is expected to differ. */
  dialect: Dialect;
  /** Whether it has the API 3.0 of traces. MLflow 2 has not. */
  hasTraces3: boolean;
  /** Why it cannot be asked on this machine. */
  missing?: string;
  open(): Promise<Mlflow>;
};

const local = (name: string, dialect: Dialect): Target => ({
  name,
  dialect,
  hasTraces3: true,
  open: async () => {
    const lab = await startLab();
    const { knobs } = mlflowOf(lab.cloud.state);
    knobs.dialect = dialect;
    knobs.traceSearchLagMs = 0;
    return {
      call: (method, path, body) => lab.ws(method, path, body),
      close: async () => {
        const unknown = [...lab.cloud.unknownRoutes];
        await lab.close();
        expect(unknown).toEqual([]);
      },
    };
  },
});

const real = (name: string, lane: 'CURRENT' | 'OLDEST', hasTraces3: boolean): Target => {
  const url = process.env[`LAB_MLFLOW_${lane}_URL`];
  const why = process.env[`LAB_MLFLOW_${lane}_MISSING`] ?? 'run "npm run test:mlflow"';
  return {
    name: url === undefined ? `${name} (skipped: ${why})` : name,
    dialect: OPEN_SOURCE,
    hasTraces3,
    ...(url === undefined ? { missing: why } : {}),
    open: () =>
      Promise.resolve({
        call: async (method, path, body) => {
          const isText = typeof body === 'string';
          const response = await fetch(`${url ?? ''}${path}`, {
            method,
            ...(body === undefined
              ? {}
              : {
                  headers: { 'content-type': 'application/json' },
                  body: isText ? body : JSON.stringify(body),
                }),
          });
          const text = await response.text();
          const isJson = /json/.test(response.headers.get('content-type') ?? '');
          return {
            status: response.status,
            text,
            json: (isJson ? JSON.parse(text) : {}) as Record<string, unknown>,
          };
        },
        close: () => Promise.resolve(),
      }),
  };
};

export const TARGETS: readonly Target[] = [
  local('local MLflow, as Azure Databricks', DATABRICKS),
  local('local MLflow, as the open-source server', OPEN_SOURCE),
  real('MLflow 3.17.2', 'CURRENT', true),
  real('MLflow 2.21.3', 'OLDEST', false),
];

let names = 0;
/** A name that no experiment has. */
export const freshName = (): string => `/Shared/contract-${process.pid}-${Date.now()}-${++names}`;

export type Pair = { key: string; value: string };
export type Run = {
  info: { run_id: string; status: string; end_time?: number; artifact_uri: string };
  data: { params?: Pair[]; tags?: Pair[]; metrics?: { key: string; value: number; timestamp: number; step: number }[] };
};

/** The calls of the contract, on one target. */
export function contractOf(mlflow: Mlflow) {
  const two = (method: string, path: string, body?: unknown) => mlflow.call(method, `/api/2.0/mlflow/${path}`, body);
  const three = (method: string, path: string, body?: unknown) => mlflow.call(method, `/api/3.0/mlflow/${path}`, body);
  return {
    call: mlflow.call,
    two,
    three,
    newExperiment: async (name = freshName()): Promise<string> => {
      const made = await two('POST', 'experiments/create', { name });
      expect(made.status, made.text).toBe(200);
      return made.json.experiment_id as string;
    },
    newRun: async (experiment_id: string, more: object = {}): Promise<string> => {
      const made = await two('POST', 'runs/create', { experiment_id, start_time: 1_700_000_000_000, ...more });
      expect(made.status, made.text).toBe(200);
      return (made.json.run as Run).info.run_id;
    },
    readRun: async (id: string): Promise<Run> => (await two('GET', `runs/get?run_id=${id}`)).json.run as Run,
    searchRuns: async (experiment: string, body: object = {}): Promise<string[]> => {
      const found = await two('POST', 'runs/search', { experiment_ids: [experiment], ...body });
      expect(found.status, found.text).toBe(200);
      return ((found.json.runs ?? []) as Run[]).map((it) => it.info.run_id);
    },
  };
}
export type Contract = ReturnType<typeof contractOf>;

/** The error of an answer, as status and code. */
export const refusal = ({ status, json }: Answer): [number, unknown] => [status, json.error_code];
