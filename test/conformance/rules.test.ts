// The rules that durable-functions 3.x apps rely on, each with a short orchestration and the history that it must leave,
// event by event and id by id. Sources: azure-functions-durable-extension (OutOfProcOrchestrationShim.cs,
// TaskActivityShim.cs, HttpApiHandler.cs) and durabletask (TaskOrchestrationContext.cs, RetryInterceptor.cs).
import { describe, expect, it } from 'vitest';
import { startMs, useDriver } from './driver.ts';

const durable = useDriver();
const { run, start, raise, trace, turns, status, settle } = durable;
const until = (goal: number | (() => boolean | Promise<boolean>)): Promise<void> => durable.host.until(goal);
const ended = (id: string) => (): Promise<boolean> => durable.ended(id);
const stalled = ((globalThis as { stalled?: (() => void)[] }).stalled ??= []);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
/** Waits until so many activities stall. */
const settleStalled = async (count = 1): Promise<void> => {
  while (stalled.length < count) await turn();
};
const letGo = async (): Promise<void> => {
  for (const go of stalled.splice(0)) go();
  await settle();
};
const labSeconds = (): number => (durable.clock.now() - startMs) / 1000;
const boom = (message: string): string =>
  `{"$type":"System.Exception, System.Private.CoreLib","ClassName":"System.Exception","Message":"${message}"}`;

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

describe('timers', () => {
  it('fire at their time, and the orchestrator sees that time', async () => {
    await run('timer', 'a');
    expect(turns('a')).toEqual([
      '[',
      'ExecutionStarted timer',
      '0 TimerCreated +90s',
      ']',
      '[',
      '0 TimerFired +90s',
      '1 ExecutionCompleted Completed "2030-01-01T00:01:30.000Z"',
      ']',
    ]);
  });

  it('do not hold the end up once cancelled', async () => {
    await run('cancelled', 'a');
    expect(labSeconds()).toBe(0);
    expect(trace('a').slice(1)).toEqual([
      '0 TimerCreated +90s',
      '1 TaskScheduled echo [{"n":1}]',
      '1 TaskCompleted {"n":1}',
      '2 ExecutionCompleted Completed false',
    ]);
  });

  it('of more than 6 days are chains of 3 days', async () => {
    await run('longTimer', 'a');
    expect(trace('a').slice(1)).toEqual([
      '0 TimerCreated +259200s',
      '0 TimerFired +259200s',
      '1 TimerCreated +604800s',
      '1 TimerFired +604800s',
      '2 ExecutionCompleted Completed "2030-01-08T00:00:00.000Z"',
    ]);
  });
});

describe('timers that are long, cancelled or late', () => {
  it('end a chain when they are cancelled', async () => {
    await run('longTimerCancelled', 'a');
    expect(labSeconds()).toBe(0);
    expect(trace('a').slice(1)).toEqual([
      '0 TimerCreated +259200s',
      '1 TaskScheduled echo [{"n":1}]',
      '1 TaskCompleted {"n":1}',
      '2 ExecutionCompleted Completed "early"',
    ]);
  });

  it('fire at once when their time is past', async () => {
    await run('pastTimer', 'a');
    expect(trace('a').slice(1)).toEqual([
      '0 TimerCreated +-60s',
      '0 TimerFired +-60s',
      '1 ExecutionCompleted Completed "2030-01-01T00:00:00.000Z"',
    ]);
  });
});

describe('events', () => {
  it('take no id', async () => {
    await start('event', 'a');
    await settle();
    await raise('a', 'go', { x: 1 });
    await until(ended('a'));
    expect(turns('a')).toEqual([
      '[',
      'ExecutionStarted event',
      ']',
      '[',
      'EventRaised go {"x":1}',
      '0 ExecutionCompleted Completed {"x":1}',
      ']',
    ]);
  });

  it('that come before they are awaited are kept, and read in the order in which they came', async () => {
    await start('eventsInOrder', 'a');
    await settle();
    await raise('a', 'go', 1);
    await raise('a', 'go', 2);
    await until(ended('a'));
    expect(trace('a').slice(1)).toEqual([
      '0 TimerCreated +60s',
      'EventRaised go 1',
      'EventRaised go 2',
      '0 TimerFired +60s',
      '1 ExecutionCompleted Completed [1,2]',
    ]);
  });

  it('go to the newest of several waits', async () => {
    await start('twoWaits', 'a');
    await settle();
    await raise('a', 'go');
    await until(ended('a'));
    expect((await status('a')).output).toBe('newer');
  });

  it('start a wait anew in a loop; the cancelled timer still fires, and is nobody’s', async () => {
    await start('lease', 'a');
    await until(startMs + 10_000);
    await raise('a', 'touch');
    await until(ended('a'));
    expect(labSeconds()).toBe(70);
    expect(trace('a').slice(1)).toEqual([
      '0 TimerCreated +60s',
      'EventRaised touch null',
      '1 TimerCreated +70s',
      '0 TimerFired +60s',
      '1 TimerFired +70s',
      '2 ExecutionCompleted Completed 1',
    ]);
  });

  it('are refused by an instance that has ended, is missing, or for lack of JSON', async () => {
    await run('sequence', 'a');
    await start('event', 'b');
    const noData = await durable.request('POST', '/instances/b/raiseEvent/go');
    expect([(await raise('a', 'go')).status, (await raise('c', 'go')).status, noData.status]).toEqual([410, 404, 400]);
  });
});

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

  it('do not replace a living instance of their id: the call fails', async () => {
    await start('event', 'a.child');
    expect((await run('parentOfWaiting', 'a')).output).toBe(
      'An Orchestration instance with the status Running already exists.',
    );
    expect((await status('a.child')).runtimeStatus).toBe('Running');
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

describe('continue-as-new', () => {
  it('begins a new history, and ids from 0, in the same episode; the creation time stays', async () => {
    const { output, createdTime } = await run('loop', 'a', { left: 2 });
    expect([output, createdTime]).toEqual([0, '2030-01-01T00:00:00Z']);
    expect(turns('a')).toEqual([
      '[',
      'ExecutionStarted loop {"left":0}',
      '0 TaskScheduled echo [{"left":0}]',
      ']',
      '[',
      '0 TaskCompleted {"left":0}',
      '1 ExecutionCompleted Completed 0',
      ']',
    ]);
  });

  it('keeps a text a text', async () => {
    expect((await run('loopText', 'a', 'first')).output).toBe('second');
  });

  it('waits for open tasks', async () => {
    expect((await run('loopWithTimer', 'a', { again: true })).output).toBe('2030-01-01T00:01:00.000Z');
  });

  it('takes the custom status along', async () => {
    await start('statusThenAgain', 'a', { round: 1 });
    await settle();
    expect(await status('a')).toMatchObject({ runtimeStatus: 'Running', customStatus: 'done' });
  });

  it('leaves later events to the next round', async () => {
    await start('carries', 'a', { round: 1 });
    await settle();
    await raise('a', 'next', 1);
    await raise('a', 'next', 2);
    await until(ended('a'));
    expect((await status('a')).output).toEqual({ round: 2, value: 2 });
  });
});

describe('status, versions and ends', () => {
  it('keeps a custom status that is set to nothing', async () => {
    await start('status', 'a');
    await settle();
    await raise('a', 'go');
    await until(ended('a'));
    expect(await status('a')).toMatchObject({ output: 'kept', customStatus: { at: 'first' } });
  });

  it('fails an instance whose custom status passes 16 KB of UTF-16, and not one that just fits', async () => {
    expect((await run('statusOf', 'a', { chars: 8192 })).output).toBe('fits');
    expect((await run('statusOf', 'b', { chars: 8193 })).output).toBe(
      "Orchestrator function 'statusOf' failed: The UTF-16 size of the JSON-serialized payload must not exceed 16 KB. The current size is 17 KB. (Parameter 'customStatusObject')",
    );
    expect(trace('b').map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual([
      'ExecutionStarted statusOf {"chars":8193}',
      '0 ExecutionCompleted Failed',
    ]);
  });

  it('keeps the custom status of an instance that fails', async () => {
    expect(await run('throwsAfterStatus', 'a')).toMatchObject({
      runtimeStatus: 'Failed',
      customStatus: { at: 'the last step' },
    });
  });

  it('has the default version, or that of the start', async () => {
    expect((await run('version', 'a')).output).toBe('1.0');
    await start('version', 'b', null, '?version=0.9.1');
    await until(ended('b'));
    expect((await status('b')).output).toBe('0.9.1');
  });

  it('starts by a name in any case', async () => {
    expect((await run('RETURNSNOTHING', 'a')).runtimeStatus).toBe('Completed');
  });

  it('terminates at once, and drops what comes later', async () => {
    await start('stalls', 'a');
    await settleStalled();
    await durable.request('POST', '/instances/a/terminate?reason=enough');
    while (!(await durable.ended('a'))) await turn();
    await letGo();
    expect(await status('a')).toMatchObject({ runtimeStatus: 'Terminated', output: 'enough' });
    expect(trace('a').slice(1)).toEqual([
      '0 TaskScheduled stall [{}]',
      'ExecutionTerminated enough',
      '1 ExecutionCompleted Terminated enough',
    ]);
  });

  it('drops what was meant for a former execution of its id', async () => {
    await start('stalls', 'a');
    await settleStalled();
    await durable.request('POST', '/instances/a/terminate?reason=enough');
    while (!(await durable.ended('a'))) await turn();
    await start('stalls', 'a');
    await settleStalled(2);
    stalled.shift()?.();
    await turn();
    expect((await status('a')).runtimeStatus).toBe('Running');
    await letGo();
    await until(ended('a'));
    expect(trace('a').slice(1)).toEqual([
      '0 TaskScheduled stall [{}]',
      '0 TaskCompleted "late"',
      '1 ExecutionCompleted Completed "late"',
    ]);
  });

  it('is gone when it is purged, even while it runs', async () => {
    await start('stalls', 'a');
    await settleStalled();
    expect((await durable.request('DELETE', '/instances/a')).status).toBe(200);
    await letGo();
    expect((await durable.request('GET', '/instances/a')).status).toBe(404);
    expect(durable.host.history('a')).toEqual([]);
  });

  it('fails with the text of what the orchestrator threw; no value is null', async () => {
    expect(await run('throws', 'a')).toMatchObject({
      runtimeStatus: 'Failed',
      output: "Orchestrator function 'throws' failed: as it is",
    });
    expect(trace('a')[1]).toBe("0 ExecutionCompleted Failed Orchestrator function 'throws' failed: as it is");
    await run('returnsNothing', 'b');
    expect(trace('b').at(-1)).toBe('1 ExecutionCompleted Completed null');
  });

  it('refuses a second start while the id lives, and replaces what has ended', async () => {
    await start('event', 'a');
    await settle();
    const second = await start('event', 'a');
    expect([second.status, ((await second.json()) as { Message: string }).Message]).toEqual([
      409,
      'An Orchestration instance with the status Running already exists.',
    ]);
    await raise('a', 'go');
    await until(ended('a'));
    await run('sequence', 'a');
    expect(trace('a')[0]).toBe('ExecutionStarted sequence');
  });
});

describe('an orchestrator that is not deterministic', () => {
  const moods = ((globalThis as { moods?: { now: string } }).moods ??= { now: 'activity' });
  const detect = async (mood: string): Promise<unknown> => {
    moods.now = 'activity';
    await start('moody', mood);
    await settle();
    moods.now = mood;
    await raise(mood, 'go');
    await until(ended(mood));
    const { runtimeStatus, output } = await status(mood);
    expect(runtimeStatus).toBe('Failed');
    return output;
  };
  const before =
    "Non-Deterministic workflow detected: A previous execution of this orchestration scheduled an activity task with sequence ID 0 and name 'echo', but";
  const after = 'Was a change made to the orchestrator code after this instance had already started running?';

  it.each([
    ['event', "the current replay execution hasn't (yet?) scheduled this task"],
    ['timer', 'the current orchestration replay instead scheduled a timer'],
    ['text', "the current orchestration replay instead scheduled a activity named 'text'"],
  ])('fails: now %s', async (mood, instead) => {
    expect(await detect(mood)).toBe(`${before} ${instead}. ${after}`);
  });
});
