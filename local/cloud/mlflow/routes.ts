// MLflow as a workspace serves it: experiments, runs, traces, and the storage behind the traces.
import { traceDataRoutes } from './artifacts.ts';
import { experimentRoutes } from './experiments.ts';
import { mlflowRunRoutes } from './runs.ts';
import { traceRoutes } from './traces.ts';
import { olderTraceRoutes } from './traces-v2.ts';
import type { Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';

export const mlflowRoutes = (state: CloudState): Route[] => [
  ...experimentRoutes(state),
  ...mlflowRunRoutes(state),
  ...traceRoutes(state),
  ...olderTraceRoutes(state),
  ...traceDataRoutes(state),
];
