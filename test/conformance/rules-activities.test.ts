// Activities: their input, result, failure and retries.
import { describe, expect, it } from 'vitest';
import { boom, useRules } from './rules.ts';

const { run, trace, turns } = useRules();

describe('activities', () => {
  it('run one after the other, one episode for each result; names have no case', async () => {
    expect((await run('sequence', 'a')).output).toEqual([{ n: 1 }, { n: 2 }]);
    expect(turns('a')).toEqual([
      '[',
      'ExecutionStarted sequence',
      '0 TaskScheduled echo [{"n":1}]',
      ']',
      '[',
      '0 TaskCompleted {"n":1}',
      '1 TaskScheduled ECHO [{"n":2}]',
      ']',
      '[',
      '1 TaskCompleted {"n":2}',
      '2 ExecutionCompleted Completed [{"n":1},{"n":2}]',
      ']',
    ]);
  });

  it('keep the type of their input, but for null and for a boolean', async () => {
    await run('inputs', 'a');
    expect(trace('a').slice(1, -1)).toEqual([
      '0 TaskScheduled typeOf ["\\"5\\""]',
      '0 TaskCompleted {"type":"string","input":"5"}',
      '1 TaskScheduled typeOf [null]',
      '1 TaskCompleted {"type":"undefined"}',
      '2 TaskScheduled typeOf [null]',
      '2 TaskCompleted {"type":"undefined"}',
      '3 TaskScheduled typeOf [7]',
      '3 TaskCompleted {"type":"number","input":7}',
      '4 TaskScheduled typeOf [[1,"a"]]',
      '4 TaskCompleted {"type":"object","input":[1,"a"]}',
      '5 TaskScheduled typeOf [{"a":1}]',
      '5 TaskCompleted {"type":"object","input":{"a":1}}',
      '6 TaskScheduled typeOf [true]',
      '6 TaskCompleted {"type":"string","input":"True"}',
    ]);
  });

  it('keep the type of their result; undefined becomes null', async () => {
    expect((await run('results', 'a')).output).toEqual(['a "text"', 2.5, null, true]);
    expect(trace('a').filter((line) => line.includes('TaskCompleted'))).toEqual([
      '0 TaskCompleted "a \\"text\\""',
      '1 TaskCompleted 2.5',
      '2 TaskCompleted null',
      '3 TaskCompleted true',
    ]);
  });

  it('fail with a reason that names them, two blanks and the message', async () => {
    expect((await run('caught', 'a', { why: 'no key=s3cret here' })).output).toBe(
      "Activity function 'fail' failed:  no [Hidden Credential]",
    );
    expect(trace('a')).toEqual([
      'ExecutionStarted caught {"why":"no key=s3cret here"}',
      '0 TaskScheduled fail [{"why":"no key=s3cret here"}]',
      "0 TaskFailed Activity function 'fail' failed:  no [Hidden Credential]",
      '1 ExecutionCompleted Completed "Activity function \'fail\' failed:  no [Hidden Credential]"',
    ]);
  });

  it('fail the orchestration when nobody catches', async () => {
    const { runtimeStatus, output } = await run('uncaught', 'a');
    expect([runtimeStatus, output]).toEqual([
      'Failed',
      `Orchestrator function 'uncaught' failed: Activity function 'fail' failed:  boom \n ${boom('boom')}`,
    ]);
  });

  it('retry on durable timers with backoff, every attempt and every timer with an id of its own', async () => {
    await run('retries', 'a', { failures: 2, attempts: 5, backoff: 2 });
    expect(trace('a').slice(1)).toEqual([
      '0 TaskScheduled flaky [{"key":"a","failures":2}]',
      "0 TaskFailed Activity function 'flaky' failed:  attempt 1",
      '1 TimerCreated +1s',
      '1 TimerFired +1s',
      '2 TaskScheduled flaky [{"key":"a","failures":2}]',
      "2 TaskFailed Activity function 'flaky' failed:  attempt 2",
      '3 TimerCreated +3s',
      '3 TimerFired +3s',
      '4 TaskScheduled flaky [{"key":"a","failures":2}]',
      '4 TaskCompleted {"attempt":3}',
      '5 ExecutionCompleted Completed {"attempt":3}',
    ]);
  });

  it('take one more timer, due at once, after the last failed attempt; delays stop growing at the maximum', async () => {
    await run('retries', 'b', { failures: 9, attempts: 3, backoff: 10, maxMs: 4000 });
    expect(trace('b').slice(1)).toEqual([
      '0 TaskScheduled flaky [{"key":"b","failures":9}]',
      "0 TaskFailed Activity function 'flaky' failed:  attempt 1",
      '1 TimerCreated +1s',
      '1 TimerFired +1s',
      '2 TaskScheduled flaky [{"key":"b","failures":9}]',
      "2 TaskFailed Activity function 'flaky' failed:  attempt 2",
      '3 TimerCreated +5s',
      '3 TimerFired +5s',
      '4 TaskScheduled flaky [{"key":"b","failures":9}]',
      "4 TaskFailed Activity function 'flaky' failed:  attempt 3",
      '5 TimerCreated +5s',
      '5 TimerFired +5s',
      '6 ExecutionCompleted Completed "Activity function \'flaky\' failed:  attempt 3"',
    ]);
  });

  it('take ids for their retries when those come, among the ids of others', async () => {
    await run('retriesAmongOthers', 'c');
    expect(trace('c').slice(1)).toEqual([
      '0 TaskScheduled flaky [{"key":"c","failures":1}]',
      '1 TaskScheduled echo [{"n":1}]',
      "0 TaskFailed Activity function 'flaky' failed:  attempt 1",
      '1 TaskCompleted {"n":1}',
      '2 TimerCreated +1s',
      '2 TimerFired +1s',
      '3 TaskScheduled flaky [{"key":"c","failures":1}]',
      '3 TaskCompleted {"attempt":2}',
      '4 ExecutionCompleted Completed [{"attempt":2},{"n":1}]',
    ]);
  });

  it.each([
    ['text', 'a text'],
    ['empty', ''],
    ['object', '{"code":7}'],
    ['knot', '<ref *1> { knot: [Circular *1] }'],
  ])('fail whatever they throw: %s', async (what, message) => {
    expect((await run('throwsWhat', what, { what })).output).toBe(
      `Activity function 'throwWhat' failed:  ${message}`.trimEnd(),
    );
  });

  it('succeed when they throw nothing', async () => {
    expect(await run('throwsWhat', 'a', { what: 'nothing' })).toMatchObject({
      runtimeStatus: 'Completed',
      output: null,
    });
  });

  it('are not scheduled unless they are yielded', async () => {
    await run('notYielded', 'a');
    expect(trace('a').slice(1)).toEqual([
      '0 TaskScheduled echo [{"n":1}]',
      '0 TaskCompleted {"n":1}',
      '1 ExecutionCompleted Completed {"n":1}',
    ]);
  });
});
