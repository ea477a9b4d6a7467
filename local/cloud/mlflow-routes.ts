// MLflow as a workspace serves it: experiments, runs, traces, and the storage behind the traces.
import { traceDataRoutes } from './mlflow-artifacts.ts';
import { experimentRoutes } from './mlflow-experiments.ts';
import { mlflowRunRoutes } from './mlflow-runs.ts';
import { traceRoutes } from './mlflow-traces.ts';
import { olderTraceRoutes } from './mlflow-traces-v2.ts';
import type { Route } from './router.ts';
import type { CloudState } from './state.ts';

export const mlflowRoutes = (state: CloudState): Route[] => [
  ...experimentRoutes(state),
  ...mlflowRunRoutes(state),
  ...traceRoutes(state),
  ...olderTraceRoutes(state),
  ...traceDataRoutes(state),
];
