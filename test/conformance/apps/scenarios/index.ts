// One orchestration that does what its input says, step by step, and the activities it needs: so that a scenario is a row of a table.
import * as df from 'durable-functions';
import type { Retry, Step, TaskStep } from './steps.ts';

const attempts = new Map<string, number>();
const knot: Record<string, unknown> = {};
knot['knot'] = knot;
const values: Readonly<Record<string, unknown>> = {
  ...{ text: 'a "text"', digits: '5', empty: '', number: 2.5, integer: 7, yes: true, no: false, nothing: null },
  ...{ list: [1, 'a'], object: { a: 1 }, date: '2026-01-02T03:04:05.220Z', typed: { $type: 'System.Uri', a: 1 } },
  ...{ typedBelow: { list: [{ $type: 'x', a: 1 }] }, typedLate: { a: 1, $type: 'x' } },
  ...{ nan: NaN, infinity: Infinity, bytes: new Uint8Array([1, 2, 3]), big: 2 ** 53, negative: -0, unicode: 'ção 😀' },
  ...{ undefined: undefined, nested: { list: [{ deep: [null, NaN] }] }, large: 'x'.repeat(100_000), key: '?code=abc' },
};
const thrown: Readonly<Record<string, unknown>> = {
  ...{ empty: '', text: 'a text', object: { code: 7 }, knot, number: 7, nothing: undefined },
  ...{ error: new Error('boom'), silent: new Error(''), lines: new Error('one\ntwo'), type: new TypeError('no type') },
  ...{
    stack: new Error('x\nStack: y'),
    label: new Error('Result: Failure'),
    secret: new Error('https://h/?code=abc d'),
  },
};

df.app.activity('echo', { handler: (input: unknown) => input });
df.app.activity('typeOf', { handler: (input: unknown) => ({ type: typeof input, input }) });
df.app.activity('give', { handler: ({ what }: { what: string }) => values[what] });
df.app.activity('hurl', {
  handler: ({ what }: { what: string }) => {
    throw thrown[what];
  },
});
/** Fails as often as it is told under that key. */
df.app.activity('flaky', {
  handler: ({ key, failures }: { key: string; failures: number }) => {
    const attempt = (attempts.get(key) ?? 0) + 1;
    attempts.set(key, attempt);
    if (attempt <= failures) throw new Error(`attempt ${attempt}`);
    return attempt;
  },
});
df.app.activity('count', {
  handler: ({ key }: { key: string }) => {
    attempts.set(key, (attempts.get(key) ?? 0) + 1);
    return attempts.get(key);
  },
});

type Context = df.OrchestrationContext;
type Play = Generator<df.Task, unknown, unknown>;

const retryOf = ({ firstMs, attempts: most, backoff, maxMs }: Retry): df.RetryOptions => {
  const policy = new df.RetryOptions(firstMs, most);
  if (backoff !== undefined) policy.backoffCoefficient = backoff;
  if (maxMs !== undefined) policy.maxRetryIntervalInMilliseconds = maxMs;
  return policy;
};

/** What one step yields. */
const taskOf = (context: Context, step: TaskStep): df.Task => {
  const durable = context.df;
  switch (step.do) {
    case 'activity':
      return step.retry === undefined
        ? durable.callActivity(step.name, step.input)
        : durable.callActivityWithRetry(step.name, retryOf(step.retry), step.input);
    case 'child': {
      const { name = 'program', input, id, retry } = step;
      return retry === undefined
        ? durable.callSubOrchestrator(name, input, id)
        : durable.callSubOrchestratorWithRetry(name, retryOf(retry), input, id);
    }
    case 'timer':
      return durable.createTimer(new Date(step.at ?? durable.currentUtcDateTime.getTime() + step.ms));
    case 'event':
      return durable.waitForExternalEvent(step.name);
    case 'all':
      return durable.Task.all(step.of.map((it) => taskOf(context, it)));
    case 'any':
      return durable.Task.any(step.of.map((it) => taskOf(context, it)));
  }
};

const firstLine = (error: unknown): string => (error as Error).message.split('\n')[0]?.trim() ?? '';

function* play(context: Context, step: Step): Play {
  const durable = context.df;
  switch (step.do) {
    case 'race': {
      const tasks = step.of.map((it) => taskOf(context, it));
      const winner: unknown = yield durable.Task.any(tasks);
      for (const task of tasks) if (!task.isCompleted && 'cancel' in task) (task as df.TimerTask).cancel();
      return tasks.findIndex((it) => it === winner);
    }
    case 'any': {
      const winner = (yield taskOf(context, step)) as df.Task;
      return winner.result ?? null;
    }
    case 'try':
      try {
        return yield* play(context, step.step);
      } catch (error: unknown) {
        return { caught: step.whole === true ? (error as Error).message : firstLine(error) };
      }
    case 'status':
      durable.setCustomStatus(step.length === undefined ? step.value : 'x'.repeat(step.length));
      return null;
    case 'continue':
      durable.continueAsNew(step.input);
      return null;
    case 'hurl':
      throw thrown[step.what];
    case 'guids': {
      const guids = [durable.newGuid('a'), durable.newGuid('a'), durable.newGuid('b')];
      return {
        distinct: new Set(guids).size,
        isGuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(guids[0] ?? ''),
      };
    }
    case 'replaying':
      return durable.isReplaying;
    case 'instance':
      return { id: durable.instanceId, parent: durable.parentInstanceId ?? null };
    case 'version':
      return (durable as { version?: unknown }).version ?? null;
    case 'clock':
      return durable.currentUtcDateTime.getTime();
    case 'give':
      return values[step.what];
    case 'activity':
    case 'child':
    case 'timer':
    case 'event':
    case 'all':
      return yield taskOf(context, step);
  }
}

df.app.orchestration('program', function* (context): Play {
  const steps: Step[] = context.df.getInput() ?? [];
  const results: unknown[] = [];
  for (const step of steps) {
    const result = yield* play(context, step);
    if (step.do === 'continue') return;
    results.push(result ?? null);
    if (step.as === 'output') return result;
  }
  return results;
});
df.app.orchestration('input', function* (context): Play {
  const input: unknown = context.df.getInput();
  yield context.df.callActivity('echo', {});
  return input === undefined ? 'undefined' : input;
});
/** Counts its rounds down, and says what it hears in each. */
df.app.orchestration('rounds', function* (context): Play {
  const { left, heard, listen }: { left: number; heard: string[]; listen?: boolean } = context.df.getInput();
  if (listen === true) heard.push(String(yield context.df.waitForExternalEvent('go')));
  else yield context.df.callActivity('echo', {});
  if (left === 0) return heard;
  context.df.continueAsNew({ left: left - 1, heard, ...(listen === undefined ? {} : { listen }) });
  return undefined;
});
