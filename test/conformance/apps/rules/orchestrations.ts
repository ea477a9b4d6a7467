// Short orchestrations, one per rule that durable-functions 3.x apps rely on.
import * as df from 'durable-functions';

type Context = df.OrchestrationContext;
type Orchestrator = (context: Context) => Generator<df.Task, unknown, never>;
const orchestration = (name: string, handler: Orchestrator): unknown => df.app.orchestration(name, handler);
const inSeconds = (context: Context, seconds: number): Date =>
  new Date(context.df.currentUtcDateTime.getTime() + seconds * 1000);
const messageOf = (error: unknown): string => (error as Error).message.split('\n')[0]?.trim() ?? '';

// Activities
orchestration('sequence', function* ({ df }) {
  const first = yield df.callActivity('echo', { n: 1 });
  const second = yield df.callActivity('ECHO', { n: 2 });
  return [first, second];
});
orchestration('inputs', function* ({ df }) {
  const inputs = ['5', undefined, null, 7, [1, 'a'], { a: 1 }, true];
  const seen: unknown[] = [];
  for (const input of inputs) seen.push(yield df.callActivity('typeOf', input));
  return seen;
});
orchestration('results', function* ({ df }) {
  const seen: unknown[] = [];
  for (const name of ['text', 'number', 'nothing', 'yes']) seen.push(yield df.callActivity(name, {}));
  return seen;
});
orchestration('caught', function* ({ df }) {
  try {
    return yield df.callActivity('fail', df.getInput());
  } catch (error: unknown) {
    return messageOf(error);
  }
});
orchestration('uncaught', function* ({ df }) {
  return yield df.callActivity('fail', {});
});
orchestration('retries', function* ({ df: context }) {
  const input: { failures: number; attempts: number; backoff?: number; maxMs?: number } = context.getInput();
  const policy = new df.RetryOptions(1000, input.attempts);
  if (input.backoff !== undefined) policy.backoffCoefficient = input.backoff;
  if (input.maxMs !== undefined) policy.maxRetryIntervalInMilliseconds = input.maxMs;
  try {
    const task = { key: context.instanceId, failures: input.failures };
    return yield context.callActivityWithRetry('flaky', policy, task);
  } catch (error: unknown) {
    return messageOf(error);
  }
});
orchestration('retriesAmongOthers', function* ({ df: context }) {
  const task = { key: context.instanceId, failures: 1 };
  const retried = context.callActivityWithRetry('flaky', new df.RetryOptions(1000, 3), task);
  return yield context.Task.all([retried, context.callActivity('echo', { n: 1 })]);
});
orchestration('throwsWhat', function* ({ df }) {
  try {
    return yield df.callActivity('throwWhat', df.getInput());
  } catch (error: unknown) {
    return messageOf(error);
  }
});
orchestration('notYielded', function* ({ df }) {
  df.callActivity('fail', {});
  return yield df.callActivity('echo', { n: 1 });
});

// Timers
orchestration('timer', function* (context) {
  yield context.df.createTimer(inSeconds(context, 90));
  return context.df.currentUtcDateTime.toISOString();
});
orchestration('cancelled', function* (context) {
  const timer = context.df.createTimer(inSeconds(context, 90));
  const winner: df.Task = yield context.df.Task.any([timer, context.df.callActivity('echo', { n: 1 })]);
  timer.cancel();
  return winner === timer;
});
orchestration('notCancelled', function* (context) {
  const timer = context.df.createTimer(inSeconds(context, 90));
  yield context.df.Task.any([timer, context.df.callActivity('echo', { n: 1 })]);
  return 'early';
});
orchestration('longTimer', function* (context) {
  yield context.df.createTimer(inSeconds(context, 7 * 86_400));
  return context.df.currentUtcDateTime.toISOString();
});

orchestration('longTimerCancelled', function* (context) {
  const timer = context.df.createTimer(inSeconds(context, 7 * 86_400));
  yield context.df.Task.any([timer, context.df.callActivity('echo', { n: 1 })]);
  timer.cancel();
  return 'early';
});
orchestration('pastTimer', function* (context) {
  yield context.df.createTimer(inSeconds(context, -60));
  return context.df.currentUtcDateTime.toISOString();
});

// Events
orchestration('event', function* ({ df }) {
  return yield df.waitForExternalEvent('go');
});
orchestration('eventsInOrder', function* (context) {
  yield context.df.createTimer(inSeconds(context, 60));
  const first = yield context.df.waitForExternalEvent('go');
  const second = yield context.df.waitForExternalEvent('go');
  return [first, second];
});
orchestration('twoWaits', function* ({ df }) {
  const older = df.waitForExternalEvent('go');
  const newer = df.waitForExternalEvent('go');
  const winner: df.Task = yield df.Task.any([older, newer]);
  return winner === newer ? 'newer' : 'older';
});
orchestration('lease', function* (context) {
  for (let touches = 0; ; touches += 1) {
    const timer = context.df.createTimer(inSeconds(context, 60));
    const touch = context.df.waitForExternalEvent('touch');
    const winner: df.Task = yield context.df.Task.any([timer, touch]);
    if (winner === timer) return touches;
    timer.cancel();
  }
});

// Sub-orchestrations
orchestration('child', function* ({ df }) {
  const input: { n: number } | undefined = df.getInput();
  const answer: { n?: number } = yield df.callActivity('echo', input ?? {});
  return { n: answer.n, parent: df.parentInstanceId, version: df.version };
});
orchestration('childFails', function* ({ df }) {
  yield df.callActivity('fail', { why: `in ${df.instanceId}` });
});
orchestration('parent', function* ({ df }) {
  const byDefault = yield df.callSubOrchestrator('child');
  const fixed = yield df.callSubOrchestrator('child', { n: 2 }, `${df.instanceId}.two`);
  const versioned = yield df.callSubOrchestrator('child', { n: 3 }, `${df.instanceId}.three`, '0.9');
  return [byDefault, fixed, versioned];
});
orchestration('parentOfTexts', function* ({ df }) {
  const seen: unknown[] = [];
  for (const input of ['5', 7, true, null]) seen.push(yield df.callSubOrchestrator('seesInput', input));
  return seen;
});
orchestration('seesInput', function* ({ df }) {
  yield df.callActivity('echo', {});
  return { input: df.getInput<unknown>() };
});
orchestration('parentOfLoop', function* ({ df }) {
  return yield df.callSubOrchestrator('loop', { left: 2 }, `${df.instanceId}.child`);
});
orchestration('parentRetriesUnnamed', function* ({ df: context }) {
  try {
    yield context.callSubOrchestratorWithRetry('childFails', new df.RetryOptions(5000, 2), {});
  } catch {
    return 'gave up';
  }
});
orchestration('parentOfNewer', function* ({ df }) {
  return yield df.callSubOrchestrator('returnsNothing', null, `${df.instanceId}.child`, '1.1');
});
orchestration('parentOfFailing', function* ({ df }) {
  try {
    return yield df.callSubOrchestrator('childFails', {}, `${df.instanceId}.child`);
  } catch (error: unknown) {
    return messageOf(error);
  }
});
orchestration('parentRetries', function* ({ df: context }) {
  const policy = new df.RetryOptions(5000, 2);
  try {
    return yield context.callSubOrchestratorWithRetry('childFails', policy, {}, `${context.instanceId}.child`);
  } catch (error: unknown) {
    return messageOf(error);
  }
});
orchestration('parentOfWaiting', function* ({ df }) {
  try {
    return yield df.callSubOrchestrator('event', null, `${df.instanceId}.child`);
  } catch (error: unknown) {
    return messageOf(error);
  }
});

// All and any
orchestration('all', function* ({ df }) {
  return yield df.Task.all([1, 2, 3].map((n) => df.callActivity('echo', { n })));
});
orchestration('allFails', function* (context) {
  yield context.df.Task.all([
    context.df.callActivity('fail', {}),
    context.df.createTimer(inSeconds(context, 60)),
    context.df.callActivity('echo', { n: 1 }),
  ]);
});
orchestration('anyOfTwo', function* ({ df }) {
  const quick = df.callActivity('echo', { n: 1 });
  const winner: df.Task = yield df.Task.any([df.callActivity('stall', {}), quick]);
  return winner === quick ? 'quick' : 'slow';
});
orchestration('allOfNone', function* ({ df }) {
  yield df.Task.all([]);
});
orchestration('nested', function* ({ df }) {
  const pair = df.Task.all([df.callActivity('echo', { n: 1 }), df.callActivity('echo', { n: 2 })]);
  const event = df.waitForExternalEvent('never');
  const winner: df.Task = yield df.Task.any([event, pair]);
  return winner === pair ? winner.result : 'event';
});
orchestration('reyielded', function* ({ df }) {
  const slow = df.waitForExternalEvent('go');
  const quick = df.callActivity('echo', { n: 1 });
  yield df.Task.any([quick, slow]);
  return yield slow; // Alone, it is the same wait and not another.
});

// Continue-as-new
orchestration('loop', function* ({ df }) {
  const { left }: { left: number } = df.getInput();
  yield df.callActivity('echo', { left });
  if (left > 0) df.continueAsNew({ left: left - 1 });
  return left;
});
orchestration('loopText', function* ({ df }) {
  const input: string = df.getInput();
  yield df.callActivity('echo', {});
  if (input === 'first') df.continueAsNew('second');
  return input;
});
orchestration('loopWithTimer', function* (context) {
  const { again }: { again: boolean } = context.df.getInput();
  if (!again) return context.df.currentUtcDateTime.toISOString();
  const timer = context.df.createTimer(inSeconds(context, 60));
  yield context.df.Task.any([timer, context.df.callActivity('echo', {})]);
  context.df.continueAsNew({ again: false });
  return undefined;
});
orchestration('carries', function* ({ df }) {
  const input: { round: number } = df.getInput();
  const value: unknown = yield df.waitForExternalEvent('next');
  if (input.round === 1) df.continueAsNew({ round: 2 });
  return { round: input.round, value };
});
orchestration('loses', function* ({ df }) {
  const input: { round: number } = df.getInput();
  if (input.round === 2) return yield df.waitForExternalEvent('early');
  yield df.waitForExternalEvent('go');
  df.continueAsNew({ round: 2 });
  return undefined;
});

orchestration('statusThenAgain', function* ({ df }) {
  const { round }: { round: number } = df.getInput();
  if (round === 2) return yield df.waitForExternalEvent('go');
  df.setCustomStatus('begun');
  yield df.callActivity('echo', {});
  df.setCustomStatus('done');
  df.continueAsNew({ round: 2 });
  return undefined;
});

// Status, version, ends
orchestration('status', function* ({ df }) {
  df.setCustomStatus({ at: 'first' });
  yield df.waitForExternalEvent('go');
  df.setCustomStatus(null);
  return 'kept';
});
orchestration('statusOf', function* ({ df }) {
  const { chars }: { chars: number } = df.getInput();
  df.setCustomStatus('x'.repeat(chars - 2)); // Two quotes are added.
  yield df.callActivity('echo', {});
  return 'fits';
});
orchestration('version', function* ({ df }) {
  yield df.callActivity('echo', {});
  return df.version;
});
orchestration('stalls', function* ({ df }) {
  return yield df.callActivity('stall', {});
});
orchestration('throws', function* () {
  throw new Error('as it is');
});
orchestration('throwsAfterStatus', function* ({ df }) {
  df.setCustomStatus({ at: 'the last step' });
  yield df.callActivity('fail', {});
});
orchestration('throwsSecret', function* () {
  throw new Error('no access with AccountKey=abc123 to "it"');
});
orchestration('returnsNothing', function* ({ df }) {
  yield df.callActivity('nothing', {});
});

// Not deterministic: the test changes `mood` between two episodes.
const moods = ((globalThis as { moods?: { now: string } }).moods ??= { now: 'activity' });
orchestration('moody', function* (context) {
  const mood = moods.now;
  if (mood === 'timer') yield context.df.createTimer(inSeconds(context, 1));
  else if (mood === 'event') yield context.df.waitForExternalEvent('other');
  else yield context.df.callActivity(mood === 'activity' ? 'echo' : mood, {});
  yield context.df.waitForExternalEvent('go');
});
