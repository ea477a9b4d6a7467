// The `mlflow` package of the simulated kernel: experiments, the active run, its params, metrics and tags, and autologging of OpenAI. Everything goes
// through the workspace's MLflow API. https://mlflow.org/docs/latest/api_reference/python_api/mlflow.html
import { decimals, keyOf } from '../databricks/tables.ts';
import { treePath, nodeAt } from '../databricks/tree.ts';
import type { Tracer } from './kernel-openai.ts';
import type { Process } from './process.ts';
import { logTrace } from './kernel-trace.ts';
import {
  type Callable,
  ExceptionType,
  EXCEPTIONS,
  func,
  module,
  numberOf,
  PyObject,
  PythonError,
  raise,
  str,
  truthy,
  type Value,
} from './kernel-values.ts';
import { mlflowOf } from '../mlflow/records.ts';

const mlflowException = new ExceptionType('MlflowException', EXCEPTIONS.Exception);
const restException = new ExceptionType('RestException', mlflowException);

export type KernelMlflow = { module: PyObject; shutDown(failed: boolean): Promise<void> };

export function createMlflow(process: Process, tracer: Tracer): KernelMlflow {
  const { job, state } = process;
  const version = process.mlflowVersion ?? '';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const tracesOpenAI = major > 2 || (major === 2 && minor >= 14);
  const active: { id: string; experimentId: string }[] = [];
  let experimentId: string | null = null;

  const api = async (
    method: string,
    path: string,
    options: { query?: Record<string, string>; body?: unknown },
  ): Promise<Record<string, unknown>> => {
    process.check();
    const reply = await process.request(method, `/api/2.0/mlflow/${path}`, options);
    const json = (reply.json ?? {}) as Record<string, unknown>;
    if (reply.status === 200) return json;
    const code = String(json.error_code);
    throw new PythonError(restException, `${code}: ${String(json.message)}`, { error_code: code });
  };

  const experimentByName = async (name: string): Promise<{ id: string; isActive: boolean } | undefined> => {
    try {
      const { experiment } = await api('GET', 'experiments/get-by-name', { query: { experiment_name: name } });
      const { experiment_id: id, lifecycle_stage: stage } = experiment as Record<string, string>;
      return { id: id as string, isActive: stage === 'active' };
    } catch (error: unknown) {
      if (error instanceof PythonError && error.attributes.error_code === 'RESOURCE_DOES_NOT_EXIST') return undefined;
      throw error;
    }
  };

  const experimentObject = (id: string, name: string): PyObject =>
    new PyObject('Experiment', { experiment_id: id, name, lifecycle_stage: 'active' });

  const setExperiment = func('set_experiment', ['experiment_name', 'experiment_id'], async (it) => {
    const name = str(it.experiment_name ?? '');
    if (typeof it.experiment_id === 'string') {
      await api('GET', 'experiments/get', { query: { experiment_id: it.experiment_id } });
      experimentId = it.experiment_id;
      return experimentObject(experimentId, name);
    }
    const found = await experimentByName(name);
    if (found?.isActive === false) {
      throw new PythonError(
        mlflowException,
        `Cannot set a deleted experiment '${name}' as the active experiment. You can restore the experiment, or permanently delete the experiment to create a new one.`,
      );
    }
    experimentId = found?.id ?? String((await api('POST', 'experiments/create', { body: { name } })).experiment_id);
    return experimentObject(experimentId, name);
  });

  // Without `set_experiment`, a notebook logs to its own experiment, which has the notebook's path and id.
  const currentExperiment = (): string => {
    if (experimentId !== null) return experimentId;
    const { workspaceId } = job.workspace;
    const name = treePath(job.task.notebookPath);
    const id = String(nodeAt(state, workspaceId, name)?.objectId ?? decimals(15));
    const { experiments } = mlflowOf(state);
    if (experiments.get(keyOf(workspaceId, id)) === undefined) {
      const at = process.now();
      const tags = { 'mlflow.experimentType': 'NOTEBOOK', 'mlflow.experiment.sourceName': name };
      experiments.put(keyOf(workspaceId, id), {
        id,
        workspaceId,
        name,
        artifactLocation: `dbfs:/databricks/mlflow-tracking/${id}`,
        stage: 'active',
        createdAt: at,
        updatedAt: at,
        tags,
      });
    }
    experimentId = id;
    return id;
  };

  const context = (): Record<string, string> => ({
    'mlflow.user': job.run.creator,
    'mlflow.source.name': job.task.notebookPath.slice(0, 250),
    'mlflow.source.type': 'NOTEBOOK',
    'mlflow.databricks.notebookPath': job.task.notebookPath.slice(0, 250),
    'mlflow.databricks.jobID': String(job.run.jobId),
    'mlflow.databricks.jobRunID': String(job.task.runId),
    'mlflow.databricks.cluster.id': job.cluster.id,
  });

  const begin = async (it: Record<string, Value | undefined>): Promise<PyObject> => {
    if (active.length > 0 && !truthy(it.nested ?? false)) {
      throw new PythonError(
        EXCEPTIONS.Exception,
        `Run with UUID ${active.at(-1)?.id ?? ''} is already active. To start a new run, first end the current run with mlflow.end_run(). To start a nested run, call start_run with nested=True`,
      );
    }
    const own =
      it.tags instanceof Map ? [...it.tags].map(([key, value]) => ({ key: str(key), value: str(value) })) : [];
    const tags = [...Object.entries(context()).map(([key, value]) => ({ key, value })), ...own];
    const experiment = typeof it.experiment_id === 'string' ? it.experiment_id : currentExperiment();
    const body = {
      experiment_id: experiment,
      start_time: process.now(),
      user_id: job.run.creator,
      tags,
      ...(typeof it.run_name === 'string' ? { run_name: it.run_name } : {}),
    };
    const { run } = (await api('POST', 'runs/create', { body })) as {
      run: { info: { run_id: string; run_name: string } };
    };
    active.push({ id: run.info.run_id, experimentId: experiment });
    return runObject(run.info.run_id, experiment, run.info.run_name);
  };

  const end = async (status: string): Promise<void> => {
    const run = active.pop();
    if (run !== undefined)
      await api('POST', 'runs/update', { body: { run_id: run.id, status, end_time: process.now() } });
  };

  const runObject = (id: string, experiment: string, name: string): PyObject => {
    const info = new PyObject('RunInfo', {
      run_id: id,
      run_uuid: id,
      experiment_id: experiment,
      run_name: name,
      status: 'RUNNING',
    });
    const run = new PyObject('ActiveRun', { info });
    run.enter = () => run;
    run.exit = (error) => end(error === null ? 'FINISHED' : 'FAILED');
    return run;
  };

  // Logging without a run begins one.
  const runId = async (): Promise<string> => {
    if (active.length === 0) await begin({});
    return (active.at(-1) as { id: string }).id;
  };
  const logParam = async (key: Value | undefined, value: Value | undefined): Promise<void> => {
    await api('POST', 'runs/log-parameter', {
      body: { run_id: await runId(), key: str(key ?? null), value: str(value ?? null) },
    });
  };
  const logMetric = async (
    key: Value | undefined,
    value: Value | undefined,
    step: Value | undefined,
  ): Promise<void> => {
    const number = numberOf(value ?? null);
    if (number === undefined)
      throw new PythonError(
        mlflowException,
        `Got invalid value ${str(value ?? null)} for metric '${str(key ?? null)}' (timestamp=${process.now()}). Please specify value as a valid double (64-bit floating point)`,
      );
    const body = {
      run_id: await runId(),
      key: str(key ?? null),
      value: number,
      timestamp: process.now(),
      step: numberOf(step ?? 0) ?? 0,
    };
    await api('POST', 'runs/log-metric', { body });
  };
  const setTag = async (key: Value | undefined, value: Value | undefined): Promise<void> => {
    await api('POST', 'runs/set-tag', {
      body: { run_id: await runId(), key: str(key ?? null), value: str(value ?? null) },
    });
  };
  const each = (
    name: string,
    parameter: string,
    log: (key: Value, value: Value, step: Value | undefined) => Promise<void>,
  ): Callable =>
    func(name, [parameter, 'step'], async (it) => {
      const dict = it[parameter];
      if (!(dict instanceof Map)) return raise('TypeError', `${name}() needs a dict`);
      for (const [key, value] of dict) await log(key, value, it.step);
      return null;
    });
  const nothing = async (work: Promise<void>): Promise<Value> => {
    await work;
    return null;
  };

  const autolog = func(
    'autolog',
    ['disable', 'exclusive', 'disable_for_unsupported_versions', 'silent', 'log_traces'],
    (it) => {
      const isOn = !truthy(it.disable ?? false) && truthy(it.log_traces ?? true);
      tracer.record = isOn
        ? (recorded) => {
            const run = active.at(-1) ?? null;
            return logTrace(process, recorded, {
              experimentId: run?.experimentId ?? currentExperiment(),
              runId: run?.id ?? null,
              metadata: context(),
              mlflowVersion: version,
            });
          }
        : null;
      return null;
    },
  );

  const attributes: Record<string, Value> = {
    __version__: version,
    MlflowException: mlflowException,
    exceptions: module('mlflow.exceptions', { MlflowException: mlflowException, RestException: restException }),
    set_tracking_uri: func('set_tracking_uri', ['uri'], () => null),
    get_tracking_uri: func('get_tracking_uri', [], () => 'databricks'),
    set_experiment: setExperiment,
    start_run: func('start_run', ['run_id', 'experiment_id', 'run_name', 'nested', 'tags', 'description'], begin),
    end_run: func('end_run', ['status'], (it) => nothing(end(str(it.status ?? 'FINISHED')))),
    active_run: func('active_run', [], () => {
      const run = active.at(-1);
      return run === undefined ? null : runObject(run.id, run.experimentId, '');
    }),
    log_param: func('log_param', ['key', 'value'], async (it) => {
      await logParam(it.key, it.value);
      return it.value ?? null;
    }),
    log_metric: func('log_metric', ['key', 'value', 'step'], (it) => nothing(logMetric(it.key, it.value, it.step))),
    set_tag: func('set_tag', ['key', 'value'], (it) => nothing(setTag(it.key, it.value))),
    log_params: each('log_params', 'params', logParam),
    log_metrics: each('log_metrics', 'metrics', logMetric),
    set_tags: each('set_tags', 'tags', setTag),
    // Before 2.14 the module is there and knows no autologging.
    openai: module('mlflow.openai', tracesOpenAI ? { autolog } : {}),
    ...(major >= 3 ? { flush_trace_async_logging: func('flush_trace_async_logging', ['terminate'], () => null) } : {}),
  };
  return {
    module: module('mlflow', attributes),
    shutDown: async (failed) => {
      while (active.length > 0) await end(failed ? 'FAILED' : 'FINISHED');
    },
  };
}
