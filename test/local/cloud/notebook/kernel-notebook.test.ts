// The lab's own notebook in the simulated kernel, and what becomes of it when a line is missing or a parameter is wrong.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { databricksOf } from '../../../../local/cloud/databricks/tables.ts';
import { NOTEBOOK_SOURCE, runNotebook, runningCluster, startLab, type Lab } from '../databricks/workspace-harness.ts';
import { armOf } from '../../../../local/cloud/arm/tables.ts';

let lab: Lab;
let cluster: string;
beforeAll(async () => {
  lab = await startLab();
});
beforeEach(async () => {
  await lab.renew();
  cluster = await runningCluster(lab);
});
afterEach(() => {
  expect(lab.cloud.unknownRoutes).toEqual([]);
});
afterAll(async () => {
  await lab.close();
});

const experimentId = async (): Promise<string> => {
  const answer = await lab.ws('GET', '/api/2.0/mlflow/experiments/get-by-name?experiment_name=/Users/test/experiment');
  return (answer.json.experiment as { experiment_id: string }).experiment_id;
};
const runs = async () => {
  const answer = await lab.ws('POST', '/api/2.0/mlflow/runs/search', { experiment_ids: [await experimentId()] });
  return (answer.json.runs ?? []) as {
    info: { run_id: string; status: string };
    data: { params?: { key: string; value: string }[] };
  }[];
};
type TraceInfo = {
  trace_id: string;
  state: string;
  trace_metadata: Record<string, string>;
  tags: Record<string, string>;
};
const traces = async (): Promise<TraceInfo[]> => {
  await lab.pass(5_000);
  const answer = await lab.ws('POST', '/api/3.0/mlflow/traces/search', {
    locations: [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: await experimentId() } }],
  });
  return (answer.json.traces ?? []) as TraceInfo[];
};
const spansOf = async (traceId: string) => {
  const granted = await lab.ws('GET', `/api/2.0/mlflow/traces/${traceId}/credentials-for-data-download`);
  const { signed_uri: url } = granted.json.credential_info as { signed_uri: string };
  const text = await (await fetch(url)).text();
  return (JSON.parse(text) as { spans: { name: string; attributes: Record<string, string> }[] }).spans;
};

describe('the lab as it is', () => {
  it('answers, and logs run, param and trace that agree', async () => {
    const { result, run } = await runNotebook(lab, cluster);
    expect(run.state).toMatchObject({ life_cycle_state: 'TERMINATED', result_state: 'SUCCESS' });
    expect(result).toMatchObject({ finish_reason: 'stop', model: 'gpt-5.1-2025-11-13', prompt_tokens: 29 });
    expect(result.answer).toMatch(/\w/);
    const [logged] = await runs();
    expect(logged?.info).toMatchObject({ run_id: result.run_id, status: 'FINISHED' });
    expect(logged?.data.params).toEqual([{ key: 'completion_tokens', value: String(result.completion_tokens) }]);
    const [trace] = await traces();
    expect(trace).toMatchObject({ state: 'OK', tags: { 'mlflow.traceName': 'Completions' } });
    expect(trace?.trace_metadata['mlflow.sourceRun']).toBe(result.run_id);
    expect(JSON.parse(trace?.trace_metadata['mlflow.trace.tokenUsage'] ?? '{}')).toMatchObject({
      output_tokens: result.completion_tokens,
    });
    const [span] = await spansOf(trace?.trace_id ?? '');
    const outputs = JSON.parse(span?.attributes['mlflow.spanOutputs'] ?? '{}') as {
      usage: { completion_tokens: number };
    };
    expect(outputs.usage.completion_tokens).toBe(result.completion_tokens);
  });

  it('takes about as long as a run takes, in lab time and not at once', async () => {
    const { run } = await runNotebook(lab, cluster);
    expect(run.execution_duration).toBeGreaterThan(15_000);
    expect(run.execution_duration).toBeLessThan(90_000);
  });

  it('takes an Entra token where keys are off', async () => {
    const account = lab.account();
    armOf(lab.cloud.state).accounts.put(account.id.toLowerCase(), { ...account, disableLocalAuth: true });
    const token = lab.cloud.state.issueToken('https://cognitiveservices.azure.com');
    const { result } = await runNotebook(lab, cluster, { secret: token, parameters: { credential: 'entra-token' } });
    expect(result.finish_reason).toBe('stop');
  });

  it('upgrades an MLflow that is too old to trace', async () => {
    const old = await runningCluster(lab, { spark_version: '15.4.x-cpu-ml-scala2.12' });
    const { result } = await runNotebook(lab, old);
    expect(result.finish_reason).toBe('stop');
    expect(await traces()).toHaveLength(1);
  });

  it('records no token usage on an MLflow of the 2.x line', async () => {
    const older = await runningCluster(lab, { spark_version: '16.4.x-cpu-ml-scala2.12' });
    await runNotebook(lab, older);
    const [trace] = await traces();
    expect(trace?.trace_metadata).toMatchObject({ 'mlflow.trace_schema.version': '2' });
    expect(trace?.trace_metadata).not.toHaveProperty('mlflow.trace.tokenUsage');
  });

  it('is not done by a runtime without MLflow', async () => {
    const plain = await runningCluster(lab, { spark_version: '19.x-scala2.13' });
    const { output } = await runNotebook(lab, plain);
    expect(output.error).toBe("ModuleNotFoundError: No module named 'mlflow'");
  });
});

describe('a notebook that somebody changed', () => {
  const without = (pattern: string | RegExp, replacement = ''): string => {
    const changed = NOTEBOOK_SOURCE.replace(pattern, replacement);
    expect(changed).not.toBe(NOTEBOOK_SOURCE);
    return changed;
  };

  it('without log_param leaves a run without the param', async () => {
    const source = without('    mlflow.log_param("completion_tokens", response.usage.completion_tokens)\n');
    const { result } = await runNotebook(lab, cluster, { source });
    expect(result.finish_reason).toBe('stop');
    expect((await runs())[0]?.data.params).toBeUndefined();
  });

  it('without autolog leaves no trace', async () => {
    const { result } = await runNotebook(lab, cluster, { source: without('mlflow.openai.autolog()\n') });
    expect(result.finish_reason).toBe('stop');
    expect(await traces()).toEqual([]);
  });

  it('with a wrong deployment fails as the package fails, and leaves an ERROR trace in a FAILED run', async () => {
    const { output, run, task } = await runNotebook(lab, cluster, { parameters: { deployment: 'nothing' } });
    expect(output.error).toMatch(
      /^NotFoundError: Error code: 404 - The API deployment for this resource does not exist/,
    );
    expect(output.error_trace).toContain('\u001b[0;31mNotFoundError');
    expect(run.state).toMatchObject({ life_cycle_state: 'INTERNAL_ERROR', result_state: 'FAILED' });
    expect(task.state).toMatchObject({ life_cycle_state: 'TERMINATED', result_state: 'FAILED' });
    expect((await runs())[0]?.info.status).toBe('FAILED');
    expect((await traces())[0]?.state).toBe('ERROR');
  });

  it('with a wrong secret is refused by the account', async () => {
    const { output } = await runNotebook(lab, cluster, { secret: 'not-the-key' });
    expect(output.error).toMatch(/^AuthenticationError: Error code: 401/);
  });

  it('with a secret that does not exist fails where it reads it', async () => {
    const { output } = await runNotebook(lab, cluster, { parameters: { secret_key: 'other' } });
    expect(output.error).toContain('Secret does not exist with scope: llmops and key: other');
  });

  it('without the %pip cell finds no openai, unless the cluster has it', async () => {
    const source = without('# MAGIC %pip install openai');
    expect((await runNotebook(lab, cluster, { source })).output.error).toBe(
      "ModuleNotFoundError: No module named 'openai'",
    );
    await lab.ws('POST', '/api/2.0/libraries/install', {
      cluster_id: cluster,
      libraries: [{ pypi: { package: 'openai' } }],
    });
    await lab.pass(120_000);
    expect((await runNotebook(lab, cluster, { source })).result.finish_reason).toBe('stop');
  });

  it('that defines its names before the restart loses them', async () => {
    const source = without(
      '# MAGIC %restart_python',
      'kept = 1\n\n# COMMAND ----------\n\n# MAGIC %restart_python\n\n# COMMAND ----------\n\nprint(kept)',
    );
    expect((await runNotebook(lab, cluster, { source })).output.error).toBe("NameError: name 'kept' is not defined");
  });

  it('that is no Python fails with a SyntaxError', async () => {
    const { output } = await runNotebook(lab, cluster, {
      source: without('import json\nimport time', 'import json import time'),
    });
    expect(output.error).toBe('SyntaxError: invalid syntax');
  });

  it('that wants more of Python than is simulated is told so by name', async () => {
    const { output } = await runNotebook(lab, cluster, {
      source: without('import json\nimport time', 'import pandas'),
    });
    expect(output.error).toBe('KernelLimit: The simulated kernel does not run `import pandas`. Real Python does.');
  });

  it('with an experiment in a folder that does not exist fails there', async () => {
    const { output } = await runNotebook(lab, cluster, { parameters: { experiment: '/Users/nobody/x' } });
    expect(output.error).toMatch(/RESOURCE_DOES_NOT_EXIST: Parent directory/);
  });

  it('that does not exit hands over no result', async () => {
    const source = NOTEBOOK_SOURCE.slice(0, NOTEBOOK_SOURCE.indexOf('dbutils.notebook.exit('));
    const { output, run } = await runNotebook(lab, cluster, { source });
    expect(run.state).toMatchObject({ result_state: 'SUCCESS' });
    expect(output.notebook_output).toEqual({});
  });
});

it.each(['while True: pass', 'while True:\n    try: pass\n    except BaseException: pass'])(
  'that never ends (%s) is timed out at its deadline, and its cluster runs the next one',
  async (loop) => {
    const { knobs } = databricksOf(lab.cloud.state);
    const { endlessLoopMs } = knobs;
    knobs.endlessLoopMs = 200;
    const { run, task, output } = await runNotebook(lab, cluster, { source: loop, timeoutSeconds: 120 });
    expect(run.state).toMatchObject({ result_state: 'TIMEDOUT' });
    expect(task.state).toMatchObject({ life_cycle_state: 'TERMINATED', result_state: 'TIMEDOUT' });
    expect(task.execution_duration).toBe(120_000);
    expect(output.notebook_output).toEqual({});
    knobs.endlessLoopMs = endlessLoopMs;
    expect((await runNotebook(lab, cluster)).result.finish_reason).toBe('stop');
  },
);

it('waits out a rate limit as the package does, and goes on', async () => {
  lab.cloud.faults.add({
    kind: 'status',
    pattern: 'POST /openai/*',
    status: 429,
    headers: { 'retry-after': '7' },
    body: { error: { code: '429', message: 'slow down' } },
  });
  const { result, run } = await runNotebook(lab, cluster);
  expect(result.finish_reason).toBe('stop');
  expect(result.latency_ms).toBeGreaterThan(7_000);
  expect(run.state).toMatchObject({ result_state: 'SUCCESS' });
});

it('holds the clock while it works and lets it go while it waits', async () => {
  const running = runNotebook(lab, cluster);
  let held = 0;
  const advanceTo = lab.clock.advanceTo.bind(lab.clock);
  lab.clock.advanceTo = (to) => {
    advanceTo(to);
    lab.cloud.state.tick();
    // Whoever was woken is at work now: time may not move.
    if (lab.clock.inFlight > 0) {
      held += 1;
      expect(() => {
        advanceTo(to + 1);
      }).toThrow(/in flight/);
    }
  };
  await running;
  lab.clock.advanceTo = advanceTo;
  expect(held).toBeGreaterThan(2);
  await lab.clock.idle();
  expect(lab.clock.inFlight).toBe(0);
});
