// How a run looks on the wire, and by what it can be searched.
import { NUMBERS, TEXTS, type Searchable } from './filter.ts';
import type { Metric, MlflowRun } from './records.ts';
import { compact, toPairs } from './wire.ts';

const text = { kind: 'string', operators: TEXTS } as const;
const attribute = { kind: 'string', operators: ['=', '!=', 'LIKE', 'ILIKE', 'IN', 'NOT IN'] } as const;

export const runSearch: Searchable<MlflowRun> = {
  attributes: {
    run_id: attribute,
    run_name: attribute,
    'Run name': attribute,
    status: attribute,
    user_id: attribute,
    artifact_uri: attribute,
    start_time: { kind: 'number', operators: NUMBERS },
    created: { kind: 'number', operators: NUMBERS },
    end_time: { kind: 'number', operators: NUMBERS },
  },
  maps: { params: text, tags: text, metrics: { kind: 'number', operators: NUMBERS } },
  read: (run, entity, key) => {
    if (entity === 'params') return run.params[key];
    if (entity === 'tags') return run.tags[key];
    if (entity === 'metrics') {
      const value = lastMetrics(run).find((metric) => metric.key === key)?.value;
      return value === undefined ? undefined : Number(value);
    }
    return {
      run_id: run.id,
      run_name: run.name,
      'Run name': run.name,
      status: run.status,
      user_id: run.userId,
      artifact_uri: run.artifactUri,
      start_time: run.startTime,
      created: run.startTime,
      end_time: run.endTime,
    }[key];
  },
};

export const runInfo = (run: MlflowRun) => ({
  run_id: run.id,
  run_uuid: run.id,
  run_name: run.name,
  experiment_id: run.experimentId,
  user_id: run.userId,
  status: run.status,
  start_time: run.startTime,
  ...(run.endTime === undefined ? {} : { end_time: run.endTime }),
  artifact_uri: run.artifactUri,
  lifecycle_stage: run.stage,
});

export const runView = (run: MlflowRun) => ({
  info: runInfo(run),
  data: compact({ metrics: lastMetrics(run), params: toPairs(run.params), tags: toPairs(run.tags) }),
  inputs: {},
  outputs: {},
});

// The value that counts is that of the highest step, then of the latest timestamp, then the greatest.
const lastMetrics = (run: MlflowRun): Metric[] => {
  const last = new Map<string, Metric>();
  for (const metric of run.metrics) {
    const former = last.get(metric.key);
    const lead =
      former === undefined
        ? 0
        : metric.step - former.step ||
          metric.timestamp - former.timestamp ||
          Number(metric.value) - Number(former.value);
    if (lead >= 0) last.set(metric.key, metric);
  }
  return [...last.values()];
};
