// The pure heart, for what whole histories cannot bring about at will.
import { describe, expect, it } from 'vitest';
import { eventType, historyEvent, type HistoryEvent, type Message } from '../../../../local/host/durable/history.ts';
import { simulate, type Reply, type Verdict } from '../../../../local/host/durable/shim.ts';

const startMs = Date.UTC(2030, 0, 1);
const events = (...messages: (Message & { EventId?: number })[]): HistoryEvent[] =>
  [{ EventType: eventType.OrchestratorStarted }, { EventType: eventType.ExecutionStarted }, ...messages].map(
    (message) => historyEvent(startMs, message),
  );
const raised = (Name: string): Message => ({ EventType: eventType.EventRaised, Name, Input: 'null' });
const replay = (history: HistoryEvent[], actions: Reply['actions'][0], reply: Partial<Reply> = {}): Verdict =>
  simulate({
    functionName: 'F',
    instanceId: 'i',
    executionId: 'E',
    history,
    reply: { isDone: false, ...reply, actions: [actions ?? []] },
    has: () => true,
  });
const wait = (externalEventName: string) => ({ actionType: 6, externalEventName });
const activity = (functionName: string) => ({ actionType: 0, functionName, input: {} });

describe('one episode', () => {
  it('carries over what comes after continue-as-new in the same batch, and nothing that came before', () => {
    const history = events(raised('early'), raised('go'), raised('later'));
    const { outcome, warnings } = replay(history, [wait('go'), { actionType: 4, input: { round: 2 } }], {
      isDone: true,
    });
    expect(outcome).toEqual({ kind: 'Continued', text: '{"round":2}', carried: [history.at(-1)] });
    expect(warnings).toEqual([expect.stringContaining('(early): they are lost')]);
  });

  it('decides nothing anew that the history confirms, and ignores late and repeated ends', () => {
    const scheduled = { EventType: eventType.TaskScheduled, EventId: 0, Name: 'a' };
    const done = { EventType: eventType.TaskCompleted, TaskScheduledId: 0, Result: '1' };
    const verdict = replay(events(scheduled, done, done, { ...done, TaskScheduledId: 77 }), [
      activity('A'),
      activity('b'),
    ]);
    expect(verdict.decisions).toEqual([{ kind: 'activity', id: 1, name: 'b', input: '[{}]' }]);
    expect(verdict.warnings).toEqual([]);
  });

  it('ends terminated whatever else is open', () => {
    const stop = { EventType: eventType.ExecutionTerminated, Input: 'enough' };
    expect(replay(events(stop), [activity('a')]).outcome).toEqual({ kind: 'Terminated', text: 'enough' });
  });

  it('fails beyond 100,000 actions', () => {
    const compoundActions = Array.from({ length: 100_001 }, () => activity('a'));
    const { outcome, decisions } = replay(events(), [{ actionType: 12, compoundActions }]);
    expect([outcome, decisions]).toEqual([
      { kind: 'Failed', text: 'Maximum amount of orchestration actions (100000) has been reached' },
      [],
    ]);
  });

  it('is the same however often it is computed: it changes neither history nor reply', () => {
    const history = events(raised('go'));
    const reply = { isDone: false, actions: [[wait('go'), activity('a')]] };
    const before = JSON.stringify([history, reply]);
    const input = { functionName: 'F', instanceId: 'i', executionId: 'E', history, reply, has: () => true };
    expect(simulate(input)).toEqual(simulate(input));
    expect(JSON.stringify([history, reply])).toBe(before);
  });
});
