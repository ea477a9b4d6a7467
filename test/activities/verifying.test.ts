// L14 says which part is missing, waits for what may be late, and refuses at once what differs.
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { mlflowOf } from '../../local/cloud/mlflow/records.ts';
import type { Mlflow } from '../../src/clients/mlflow/api.ts';
import { traceIdOf } from '../../src/clients/mlflow/write-trace.ts';
import { build, startBench, type Bench, type Built } from './bench.ts';

let bench: Bench;
let built: Built;
let mlflow: Mlflow;
beforeAll(async () => {
  bench = await startBench();
  built = await build(bench);
  mlflow = bench.clients.mlflow(built.workspace);
});
afterEach(() => {
  expect(bench.cloud.unknownRoutes).toEqual([]);
});

let made = 0;
async function run(it: { param?: string; usage?: number; traceUsage?: number }): Promise<string> {
  made += 1;
  const experimentId = built.connection.experimentId;
  const atMs = bench.clock.now();
  const runId = await mlflow.createRun(experimentId, `run ${made}`, atMs, {});
  if (it.param !== undefined) await mlflow.logBatch(runId, { params: { completion_tokens: it.param }, atMs });
  if (it.traceUsage !== undefined) {
    await mlflow.writeChatTrace({
      traceId: traceIdOf('hash', runId, 1),
      experimentId,
      runId,
      labId: 'lab-one',
      key: runId,
      request: { model: 'm', messages: [{ role: 'user', content: 'hi' }] },
      startedAtMs: atMs,
      durationMs: 5,
      outcome: {
        ok: true,
        text: 'hello',
        answer: it.usage === undefined ? { id: 'x' } : { id: 'x', usage: { completion_tokens: it.usage } },
        usage: { input: 1, output: it.traceUsage, total: 1 + it.traceUsage },
      },
    });
  }
  return runId;
}
const verify = (runId: string) =>
  bench.settle('verifyCompletion', { lab: bench.lab, ...built, source: 'notebook', runId });

describe('a completion', () => {
  it('holds when the three agree', async () => {
    const runId = await run({ param: '14', usage: 14, traceUsage: 14 });
    expect(await verify(runId)).toEqual({
      kind: 'done',
      value: { runId, traceId: traceIdOf('hash', runId, 1), param: 14, spanUsage: 14, traceTokenUsage: 14 },
    });
  });

  it.each([
    ['no parameter', { usage: 14, traceUsage: 14 }, 'l14-no-param', /has no parameter completion_tokens/],
    ['a parameter that is no number', { param: 'many', usage: 14, traceUsage: 14 }, 'l14-no-param', /no number: many/],
    ['no trace', { param: '14' }, 'l14-no-trace', /has no trace/],
    ['a trace without usage', { param: '14', traceUsage: 14 }, 'l14-no-usage', /output holds no usage/],
    [
      'another number in the output',
      { param: '14', usage: 15, traceUsage: 14 },
      'l14-unequal',
      /completion_tokens 14.*says 15.*usage 14/,
    ],
    [
      'another number in the token usage',
      { param: '14', usage: 14, traceUsage: 13 },
      'l14-unequal',
      /completion_tokens 14.*says 14.*usage 13/,
    ],
  ])('is refused for %s', async (_what, parts, code, message) => {
    const outcome = await verify(await run(parts));
    expect(outcome).toMatchObject({
      kind: 'refused',
      problem: { code, message: expect.stringMatching(message) as string },
    });
  });

  it('whose trace has a file with nothing in it is waited for, then refused: it gave up on every try', async () => {
    const runId = await run({ param: '14', usage: 14, traceUsage: 14 });
    const { traceData } = mlflowOf(bench.cloud.state);
    for (const [id] of traceData.entries()) if (id.endsWith(traceIdOf('hash', runId, 1))) traceData.put(id, '');
    expect(await verify(runId)).toMatchObject({ kind: 'refused', problem: { code: 'l14-no-trace-data' } });
  });

  it('is waited for while a part may be late, and within the orchestration’s five minutes', async () => {
    const runId = await run({ param: '14' });
    const startedAt = bench.clock.now();
    await verify(runId);
    expect(bench.clock.now() - startedAt).toBeGreaterThan(3 * 60_000);
    expect(bench.clock.now() - startedAt).toBeLessThan(5 * 60_000);
  });

  it('of a run that is not there is refused as such', async () => {
    expect(await verify('0123456789abcdef0123456789abcdef')).toMatchObject({
      kind: 'refused',
      problem: { code: 'l14-no-run' },
    });
  });
});
