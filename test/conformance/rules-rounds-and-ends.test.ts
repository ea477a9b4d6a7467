// Continue-as-new, custom status, versions, and how instances end.
import { describe, expect, it } from 'vitest';
import { turn, useRules } from './rules.ts';

const { run, start, raise, trace, turns, status, settle, until, ended, settleStalled, letGo, letOneGo, durable } =
  useRules();

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
  it('clears a custom status that is set to nothing', async () => {
    await start('status', 'a');
    await settle();
    await raise('a', 'go');
    await until(ended('a'));
    expect(await status('a')).toMatchObject({ output: 'kept', customStatus: null });
  });

  it('fails an instance whose custom status reaches 17 KB of UTF-16, and not one that just fits', async () => {
    expect((await run('statusOf', 'a', { chars: 8703 })).output).toBe('fits');
    expect((await run('statusOf', 'b', { chars: 8704 })).output).toBe(
      "Orchestrator function 'statusOf' failed: The UTF-16 size of the JSON-serialized payload must not exceed 16 KB. The current payload size is 17 KB.",
    );
    expect(trace('b').map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual([
      'ExecutionStarted statusOf {"chars":8704}',
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
    letOneGo();
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

  it('is gone when it is purged by a filter, even while it runs', async () => {
    await start('stalls', 'a');
    await settleStalled();
    expect((await durable.request('DELETE', '/instances?createdTimeFrom=2000-01-01T00:00:00Z')).status).toBe(200);
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
    "Non-Deterministic workflow detected: A previous execution of this orchestration scheduled an activity task with sequence ID 0 and name 'echo' (version ''), but";
  const after = 'Was a change made to the orchestrator code after this instance had already started running?';

  it.each([
    ['event', "the current replay execution hasn't (yet?) scheduled this task"],
    ['timer', 'the current orchestration replay instead scheduled a timer'],
    ['text', "the current orchestration replay instead scheduled a activity named 'text'"],
  ])('fails: now %s', async (mood, instead) => {
    expect(await detect(mood)).toBe(`${before} ${instead}. ${after}`);
  });
});
