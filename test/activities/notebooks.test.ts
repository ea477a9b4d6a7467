// A notebook that goes wrong makes its run or L14 fail, and the lab says which; a run is submitted once.
import { readFile } from 'node:fs/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { databricksOf } from '../../local/cloud/databricks/tables.ts';
import { build, PROMPTS, startBench, type Bench, type Built } from './bench.ts';

let bench: Bench;
let built: Built;
let source: string;
beforeAll(async () => {
  bench = await startBench();
  source = await readFile(new URL('../../notebook/llmops-lab.py', import.meta.url), 'utf8');
});
beforeEach(async () => {
  built = await build(bench);
});
afterEach(() => {
  expect(bench.cloud.unknownRoutes).toEqual([]);
  bench.reset();
});

const input = (attempt = 1) => ({ lab: bench.lab, ...built, prompts: PROMPTS, attempt });
const replace = (text: string) => bench.clients.databricks(built.workspace).importNotebook(built.notebook.path, text);
const submitted = () => bench.requests(/runs\/submit$/).length;

describe('a run', () => {
  it('is the same one for the same attempt, also after a lost answer, and another for the next', async () => {
    bench.cloud.faults.add({ pattern: 'POST */runs/submit', kind: 'reset', when: 'after' });
    const first = await bench.value('runNotebook', input());
    expect(await bench.value('runNotebook', input())).toEqual(first);
    expect(submitted()).toBe(3);
    expect(databricksOf(bench.cloud.state).runs.values()).toHaveLength(1);
    const second = await bench.value('runNotebook', input(2));
    expect(second.runId).not.toBe(first.runId);
  });

  it('whose id is beyond 2^53 is refused, never rounded', async () => {
    databricksOf(bench.cloud.state).knobs.hugeRunIds = true;
    expect(await bench.settle('runNotebook', input())).toMatchObject({
      kind: 'refused',
      problem: { code: 'unsafe-number', message: expect.stringMatching(/run_id: .*2\^53/) as string },
    });
  });

  it.each([
    [
      'a wrong deployment',
      () => ({ ...input(), deployment: { ...built.deployment, name: 'no-such-model' } }),
      /DeploymentNotFound|does not exist/i,
    ],
    [
      'a wrong secret scope',
      () => ({ ...input(), connection: { ...built.connection, scope: 'no-such-scope' } }),
      /no-such-scope|secret/i,
    ],
    [
      'a wrong experiment',
      () => ({ ...input(), connection: { ...built.connection, experimentPath: '/Nowhere/x' } }),
      /Nowhere|parent|does not exist/i,
    ],
  ])('with %s fails, and says so without colours', async (_what, make, message) => {
    const outcome = await bench.settle('runNotebook', make());
    expect(outcome).toMatchObject({
      kind: 'refused',
      problem: {
        code: expect.stringMatching(/^notebook-/) as string,
        message: expect.stringMatching(message) as string,
      },
    });
    expect(JSON.stringify(outcome)).not.toMatch(/\\u001b|\u001b/);
  });

  it('without a result at its end is refused', async () => {
    await replace(source.slice(0, source.indexOf('dbutils.notebook.exit(\n')) + '1');
    expect(await bench.settle('runNotebook', input())).toMatchObject({
      kind: 'refused',
      problem: { code: 'notebook-without-result' },
    });
  });
});

describe('L14', () => {
  const verify = async () => {
    const { runId } = await bench.value('runNotebook', input());
    return bench.settle('verifyCompletion', { ...input(), source: 'notebook', runId });
  };

  it('misses the parameter of a notebook that does not log it', async () => {
    await replace(source.replace(/^ *mlflow\.log_param\(.*$/m, '    pass'));
    expect(await verify()).toMatchObject({ kind: 'refused', problem: { code: 'l14-no-param' } });
  });

  it('misses the trace of a notebook without autolog', async () => {
    await replace(source.replace(/^mlflow\.openai\.autolog\(\)$/m, ''));
    expect(await verify()).toMatchObject({ kind: 'refused', problem: { code: 'l14-no-trace' } });
  });

  it('sees a parameter that is another number', async () => {
    await replace(source.replace('response.usage.completion_tokens)', 'response.usage.completion_tokens + 1)'));
    expect(await verify()).toMatchObject({ kind: 'refused', problem: { code: 'l14-unequal' } });
  });
});
