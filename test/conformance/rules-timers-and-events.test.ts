// Timers and external events.
import { describe, expect, it } from 'vitest';
import { startMs } from './driver.ts';
import { useRules } from './rules.ts';

const { run, start, raise, trace, turns, status, settle, until, ended, labSeconds, durable } = useRules();

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
