// Orchestrations that break a rule: they hang or mix results in Azure, and are refused by name or warned of here.
import * as df from 'durable-functions';

type Context = df.OrchestrationContext;
type Orchestrator = (context: Context) => Generator<df.Task, unknown, never>;
const orchestration = (name: string, handler: Orchestrator): unknown => df.app.orchestration(name, handler);
const failing = { key: 'never mended', failures: 99 };

orchestration('reuses', function* ({ df }) {
  const a = df.callActivity('echo', { task: 'a' });
  const b = df.callActivity('text', { task: 'b' });
  const c = df.callActivity('number', { task: 'c' });
  yield df.Task.any([a, b]);
  return yield df.Task.all([b, c]);
});
orchestration('allOfDone', function* ({ df }) {
  const a = df.callActivity('echo', { task: 'a' });
  yield a;
  return yield df.Task.all([a]);
});
orchestration('overtakes', function* ({ df: context }) {
  try {
    const retried = context.callActivityWithRetry('flaky', new df.RetryOptions(1000, 2), failing);
    yield context.Task.all([context.callActivity('fail', {}), retried]);
  } catch {
    // Goes on while the other one still retries.
  }
  const value: unknown = yield context.callActivity('text', {});
  return { value: value ?? null };
});
orchestration('retryTimeout', function* ({ df: context }) {
  const policy = new df.RetryOptions(1000, 10);
  policy.retryTimeoutInMilliseconds = 2500;
  yield context.callActivityWithRetry('flaky', policy, failing);
});
orchestration('timestamp', function* ({ df }) {
  const { Timestamp }: { Timestamp: unknown } = df.getInput();
  yield df.callActivity('echo', {});
  return Timestamp instanceof Date ? 'a Date' : typeof Timestamp;
});
orchestration('emptyError', function* () {
  throw new Error('');
});
orchestration('unknownActivity', function* ({ df }) {
  yield df.callActivity('nowhere', {});
});
orchestration('unknownChild', function* ({ df }) {
  yield df.callSubOrchestrator('nowhere', {});
});
orchestration('callsEntity', function* ({ df: context }) {
  yield context.callEntity(new df.EntityId('counter', 'a'), 'get');
});
orchestration('signalsEntity', function* ({ df: context }) {
  context.signalEntity(new df.EntityId('counter', 'a'), 'add', 1);
  yield context.callActivity('echo', {});
});
orchestration('callsHttp', function* ({ df }) {
  yield df.callHttp({ method: 'GET', url: 'https://example.invalid/' });
});
orchestration('locks', function* ({ df: context }) {
  const lock = (context as unknown as { lock(entity: df.EntityId): df.Task }).lock(new df.EntityId('counter', 'a'));
  yield lock;
});
df.app.orchestration('asynchronous', async function* (context: Context) {
  yield context.df.callActivity('echo', {});
} as unknown as df.OrchestrationHandler);
df.app.orchestration('plain', (() => 'no generator') as unknown as df.OrchestrationHandler);
