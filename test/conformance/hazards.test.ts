// What hangs or mixes results in Azure does so here too, with a warning that names it and its remedy; what this host does
// not run is refused by name.
import { describe, expect, it } from 'vitest';
import { startMs, useDriver } from './driver.ts';

const durable = useDriver();
const { run, start, raise, trace, status, settle } = durable;
const hostWarnings = (): string[] => durable.warnings().filter((text) => !text.startsWith('Activity function'));
const hangs = async (name: string, input?: unknown): Promise<void> => {
  await start(name, name, input);
  await expect(durable.host.until(() => durable.ended(name))).rejects.toThrow('nothing is due');
  expect((await status(name)).runtimeStatus).toBe('Running');
};
const stuck = (name: string) => expect.stringContaining(`'${name}' can never go on`) as string;

describe('divergences of the two replayers', () => {
  it('a task in two races runs twice, and results are mixed up', async () => {
    expect((await run('reuses', 'a')).output).toEqual(['a "text"', 'a "text"']); // And not ['a "text"', 2.5].
    expect(trace('a').slice(1)).toEqual([
      '0 TaskScheduled echo [{"task":"a"}]',
      '1 TaskScheduled text [{"task":"b"}]',
      '0 TaskCompleted {"task":"a"}',
      '1 TaskCompleted "a \\"text\\""',
      '2 TaskScheduled text [{"task":"b"}]',
      '3 TaskScheduled number [{"task":"c"}]',
      '2 TaskCompleted "a \\"text\\""',
      '3 TaskCompleted 2.5',
      '4 ExecutionCompleted Completed ["a \\"text\\"","a \\"text\\""]',
    ]);
    expect(hostWarnings()).toEqual([
      expect.stringContaining("the task 'text' is part of a second Task.any or Task.all"),
    ]);
  });

  it('Task.all over tasks that are done runs them again and hangs', async () => {
    await hangs('allOfDone');
    expect(trace('allOfDone').slice(1)).toEqual([
      '0 TaskScheduled echo [{"task":"a"}]',
      '0 TaskCompleted {"task":"a"}',
      '1 TaskScheduled echo [{"task":"a"}]',
      '1 TaskCompleted {"task":"a"}',
    ]);
    expect(hostWarnings()).toEqual([expect.stringContaining('Put each task into one race only'), stuck('allOfDone')]);
  });

  it('a caught Task.all with a sibling that still retries takes the result of a timer for that of an activity', async () => {
    expect((await run('overtakes', 'a', {})).output).toEqual({ value: null });
    expect(trace('a').slice(1)).toEqual([
      '0 TaskScheduled fail [{}]',
      '1 TaskScheduled flaky [{"key":"never mended","failures":99}]',
      "0 TaskFailed Activity function 'fail' failed:  boom",
      "1 TaskFailed Activity function 'flaky' failed:  attempt 1",
      '2 TimerCreated +1s',
      '2 TimerFired +1s',
      '3 TaskScheduled flaky [{"key":"never mended","failures":99}]',
      "3 TaskFailed Activity function 'flaky' failed:  attempt 2",
      '4 TimerCreated +1s',
      '4 TimerFired +1s',
      '5 TaskScheduled text [{}]',
      '5 TaskCompleted "a \\"text\\""',
      '6 ExecutionCompleted Completed {"value":null}',
    ]);
    expect(hostWarnings()).toEqual([expect.stringContaining('Let no branch of a Task.all throw')]);
  });

  it('retryTimeoutInMilliseconds hangs when it expires', async () => {
    await hangs('retryTimeout');
    const [first, second] = hostWarnings();
    expect(first).toContain("'flaky' is called with retryTimeoutInMilliseconds");
    expect(second).toEqual(stuck('retryTimeout'));
  });

  it('an event in another case is taken, and reaches nobody', async () => {
    await start('event', 'a');
    await settle();
    await raise('a', 'GO', 1);
    await settle();
    expect(trace('a')).toEqual(['ExecutionStarted event', 'EventRaised GO 1']);
    expect(hostWarnings()).toEqual([expect.stringContaining("raise 'go'"), stuck('event')]);
  });

  it('a losing timer that is not cancelled holds the end up', async () => {
    await run('notCancelled', 'a');
    expect(durable.clock.now()).toBe(startMs + 90_000);
    expect(hostWarnings()).toEqual([expect.stringContaining('(ids 0): cancel the losing timer of every race')]);
  });

  it('an event that waits to be read is lost when the orchestration continues as new', async () => {
    await start('loses', 'a', { round: 1 });
    await settle();
    await raise('a', 'early', 1);
    await raise('a', 'go');
    await expect(durable.host.until(() => durable.ended('a'))).rejects.toThrow('nothing is due');
    expect(trace('a')).toEqual(['ExecutionStarted loses {"round":2}']);
    expect(hostWarnings()).toEqual([expect.stringContaining('wait to be read (early): they are lost')]);
  });

  it('an error without a message fails in words of the extension', async () => {
    expect(await run('emptyError', 'a')).toMatchObject({
      runtimeStatus: 'Failed',
      output: expect.stringMatching(
        /^Orchestrator function 'emptyError' failed: One or more errors occurred\./,
      ) as string,
    });
  });

  it('an error that seems to hold a credential breaks the reply', async () => {
    expect((await run('throwsSecret', 'a')).output).toBe('Out of proc orchestrators must return a valid JSON schema');
  });

  it('a text under the key Timestamp arrives as a Date, a boolean as a text', async () => {
    expect((await run('timestamp', 'a', { Timestamp: '2030-01-01T00:00:00Z' })).output).toBe('a Date');
    await run('inputs', 'b');
    expect(hostWarnings()).toEqual([
      expect.stringContaining('has a text under the key "Timestamp"'),
      expect.stringContaining("'typeOf' is called with a bare boolean"),
    ]);
  });

  it('says each thing once per instance, however often it is replayed', async () => {
    await start('notCancelled', 'a');
    await settle();
    await raise('a', 'noise');
    await durable.host.until(() => durable.ended('a'));
    expect(hostWarnings()).toHaveLength(1);
  });
});

describe('refusals by name', () => {
  it.each([
    ['unknownActivity', "The function 'nowhere' doesn't exist, is disabled, or is not an activity function"],
    ['unknownChild', "The function 'nowhere' doesn't exist, is disabled, or is not an orchestration function"],
    ['noSuchOrchestrator', "The function 'noSuchOrchestrator' doesn't exist"],
    ['callsEntity', 'this local host does not run callEntity'],
    ['signalsEntity', 'this local host does not run signalEntity'],
    ['locks', 'this local host does not run entity locks'],
    ['callsHttp', 'this local host does not run callHttp'],
    ['asynchronous', 'Orchestration yielded data of type undefined'],
    ['plain', 'this.generator.next is not a function'],
  ])('%s fails', async (name, why) => {
    expect(await run(name, name)).toMatchObject({
      runtimeStatus: 'Failed',
      output: expect.stringContaining(why) as string,
    });
  });

  it('entities have no routes', async () => {
    expect((await durable.request('GET', '/entities/counter/a')).status).toBe(501);
  });
});
