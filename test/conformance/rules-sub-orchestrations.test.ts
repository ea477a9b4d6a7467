// Sub-orchestrations, and tasks that are awaited together.
import { describe, expect, it } from 'vitest';
import { useRules } from './rules.ts';

const { run, start, raise, trace, status, settle, until, ended, settleStalled, letGo, labSeconds, durable } =
  useRules();

describe('sub-orchestrations', () => {
  it('have the id of the execution and the task, or the one given; the default version, or the one given', async () => {
    await run('parent', 'a');
    expect(trace('a').slice(1)).toEqual([
      '0 SubOrchestrationInstanceCreated child X:0',
      '0 SubOrchestrationInstanceCompleted {"parent":"a","version":"1.0"}',
      '1 SubOrchestrationInstanceCreated child a.two {"n":2}',
      '1 SubOrchestrationInstanceCompleted {"n":2,"parent":"a","version":"1.0"}',
      '2 SubOrchestrationInstanceCreated child a.three {"n":3}',
      '2 SubOrchestrationInstanceCompleted {"n":3,"parent":"a","version":"0.9"}',
      '3 ExecutionCompleted Completed [{"parent":"a","version":"1.0"},{"n":2,"parent":"a","version":"1.0"},{"n":3,"parent":"a","version":"0.9"}]',
    ]);
    expect(trace('a.two')).toEqual([
      'ExecutionStarted child {"n":2}',
      '0 TaskScheduled echo [{"n":2}]',
      '0 TaskCompleted {"n":2}',
      '1 ExecutionCompleted Completed {"n":2,"parent":"a","version":"1.0"}',
    ]);
  });

  it('keep the type of their input', async () => {
    const inputs = ['5', 7, true, null];
    expect((await run('parentOfTexts', 'a')).output).toEqual(inputs.map((input) => ({ input })));
    expect(trace('a').filter((line) => line.includes('Created'))).toEqual([
      '0 SubOrchestrationInstanceCreated seesInput X:0 "5"',
      '1 SubOrchestrationInstanceCreated seesInput X:1 7',
      '2 SubOrchestrationInstanceCreated seesInput X:2 true',
      '3 SubOrchestrationInstanceCreated seesInput X:3 null',
    ]);
  });

  it('tell the parent once, at the end of their last round', async () => {
    await run('parentOfLoop', 'a');
    expect(trace('a').slice(1)).toEqual([
      '0 SubOrchestrationInstanceCreated loop a.child {"left":2}',
      '0 SubOrchestrationInstanceCompleted 0',
      '1 ExecutionCompleted Completed 0',
    ]);
  });

  it('are retried under a new id where none is given', async () => {
    await run('parentRetriesUnnamed', 'a');
    expect(trace('a').filter((line) => line.includes('Created childFails'))).toEqual([
      '0 SubOrchestrationInstanceCreated childFails X:0 {}',
      '2 SubOrchestrationInstanceCreated childFails X:2 {}',
    ]);
  });

  it('live on when their parent is terminated', async () => {
    await start('parentOfWaiting', 'a');
    await settle();
    await durable.request('POST', '/instances/a/terminate?reason=enough');
    await until(ended('a'));
    expect((await status('a.child')).runtimeStatus).toBe('Running');
    await raise('a.child', 'go', 1);
    await until(ended('a.child'));
    expect(trace('a').at(-1)).toBe('1 ExecutionCompleted Terminated enough');
  });

  it('tell the parent why they failed', async () => {
    expect((await run('parentOfFailing', 'a')).output).toBe(
      "Orchestrator function 'childFails' failed: Activity function 'fail' failed:  in a.child",
    );
    expect((await status('a.child')).runtimeStatus).toBe('Failed');
  });

  it('are retried by the rules of activities, each time under the same id', async () => {
    await run('parentRetries', 'a');
    const kinds = trace('a').map((line) => line.split(' ').slice(0, 4).join(' '));
    expect(kinds.slice(1, -1)).toEqual([
      '0 SubOrchestrationInstanceCreated childFails a.child',
      '0 SubOrchestrationInstanceFailed Orchestrator function',
      '1 TimerCreated +5s',
      '1 TimerFired +5s',
      '2 SubOrchestrationInstanceCreated childFails a.child',
      '2 SubOrchestrationInstanceFailed Orchestrator function',
      '3 TimerCreated +5s',
      '3 TimerFired +5s',
    ]);
  });

  it('fail their parent’s call when they are terminated', async () => {
    await start('parentOfWaiting', 'a');
    await settle();
    expect((await durable.request('POST', '/instances/a.child/terminate?reason=enough')).status).toBe(202);
    await until(ended('a'));
    expect(trace('a').slice(1)).toEqual([
      '0 SubOrchestrationInstanceCreated event a.child null',
      '0 SubOrchestrationInstanceFailed enough',
      '1 ExecutionCompleted Completed "enough"',
    ]);
  });

  it('replace a living instance of their id, and say so in the log', async () => {
    await start('event', 'a.child', 'the former');
    await settle();
    await start('parentOfWaiting', 'a');
    await settle();
    expect(await status('a.child')).toMatchObject({ runtimeStatus: 'Running', input: null });
    expect(durable.warnings()).toEqual([expect.stringContaining("'a.child' takes the place of one of the same id")]);
  });
});

describe('Task.all and Task.any', () => {
  it('schedule every task at once', async () => {
    await run('all', 'a');
    expect(trace('a').slice(1)).toEqual([
      '0 TaskScheduled echo [{"n":1}]',
      '1 TaskScheduled echo [{"n":2}]',
      '2 TaskScheduled echo [{"n":3}]',
      '0 TaskCompleted {"n":1}',
      '1 TaskCompleted {"n":2}',
      '2 TaskCompleted {"n":3}',
      '3 ExecutionCompleted Completed [{"n":1},{"n":2},{"n":3}]',
    ]);
  });

  it('all fails fast in the orchestrator, but the instance ends only when every sibling has', async () => {
    const { runtimeStatus } = await run('allFails', 'a');
    expect([runtimeStatus, labSeconds()]).toEqual(['Failed', 60]);
    expect(trace('a').slice(1, -1)).toEqual([
      '0 TaskScheduled fail [{}]',
      '1 TimerCreated +60s',
      '2 TaskScheduled echo [{"n":1}]',
      "0 TaskFailed Activity function 'fail' failed:  boom",
      '2 TaskCompleted {"n":1}',
      '1 TimerFired +60s',
    ]);
  });

  it('any hands the winner over at once, but the instance ends only when the loser has', async () => {
    await start('anyOfTwo', 'a');
    await settleStalled();
    expect((await status('a')).runtimeStatus).toBe('Running');
    await letGo();
    await until(ended('a'));
    expect(trace('a').slice(1)).toEqual([
      '0 TaskScheduled stall [{}]',
      '1 TaskScheduled echo [{"n":1}]',
      '1 TaskCompleted {"n":1}',
      '0 TaskCompleted "late"',
      '2 ExecutionCompleted Completed "quick"',
    ]);
  });

  it('nest', async () => {
    expect((await run('nested', 'a')).output).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('may be followed by a yield of one of their tasks alone, which is no second task', async () => {
    await start('reyielded', 'a');
    await settle();
    await raise('a', 'go', 'x');
    await until(ended('a'));
    expect(trace('a').slice(1)).toEqual([
      '0 TaskScheduled echo [{"n":1}]',
      '0 TaskCompleted {"n":1}',
      'EventRaised go "x"',
      '1 ExecutionCompleted Completed "x"',
    ]);
  });

  it('refuse to be of nothing', async () => {
    expect((await run('allOfNone', 'a')).output).toContain('you must specify at least one Task');
  });
});
