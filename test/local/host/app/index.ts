// A small app that uses each thing the local host runs. `calls` lets tests count what really ran.
import { app, type HttpRequest, type HttpResponseInit, type InvocationContext, type Timer } from '@azure/functions';
import * as df from 'durable-functions';

type Context = df.OrchestrationContext;
const calls = ((globalThis as { fixtureCalls?: Record<string, number> }).fixtureCalls ??= {});
const count = (name: string): number => (calls[name] = (calls[name] ?? 0) + 1);

df.app.activity('double', {
  handler: (input: { n: number }) => {
    count('double');
    return { n: input.n * 2 };
  },
});
df.app.activity('echo', { handler: (input: unknown) => input });
df.app.activity('flaky', {
  handler: (input: { id: string; failures: number }) => {
    const attempt = count(`flaky ${input.id}`);
    if (attempt <= input.failures) throw new Error(`attempt ${attempt} of ${input.id}`);
    return { attempt };
  },
});

df.app.orchestration('child', function* (context: Context) {
  const input = context.df.getInput<{ n: number; fail?: boolean }>();
  if (input.fail) throw new Error(`child ${input.n} fails`);
  const answer = (yield context.df.callActivity('double', input)) as { n: number };
  context.df.setCustomStatus({ n: answer.n });
  return answer.n;
});

df.app.orchestration('fanOut', function* (context: Context) {
  const { width } = context.df.getInput<{ width: number }>();
  const tasks = Array.from({ length: width }, (_, n) =>
    context.df.callSubOrchestrator('child', { n }, `${context.df.instanceId}.child${n}`),
  );
  const results = (yield context.df.Task.all(tasks)) as number[];
  return { sum: results.reduce((sum, n) => sum + n, 0), version: context.df.version };
});

df.app.orchestration('childFails', function* (context: Context) {
  try {
    yield context.df.callSubOrchestrator('child', { n: 7, fail: true });
    return 'no error';
  } catch (error: unknown) {
    return (error as Error).message;
  }
});

df.app.orchestration('retry', function* (context: Context) {
  const { failures, attempts } = context.df.getInput<{ failures: number; attempts: number }>();
  const policy = new df.RetryOptions(1000, attempts);
  policy.backoffCoefficient = 2;
  const input = { id: context.df.instanceId, failures };
  try {
    const answer = (yield context.df.callActivityWithRetry('flaky', policy, input)) as { attempt: number };
    yield context.df.callActivity('echo', { after: answer.attempt });
    return { ok: answer.attempt };
  } catch (error: unknown) {
    const after = (yield context.df.callActivity('echo', { after: 'failure' })) as { after: string };
    return { failed: (error as Error).message.split('\n')[0], after: after.after };
  }
});

// A lease: each `touch` starts the wait anew, `end` ends it, silence ends it too.
df.app.orchestration('lease', function* (context: Context) {
  const { idleMinutes } = context.df.getInput<{ idleMinutes: number }>();
  let touches = 0;
  for (;;) {
    const deadline = new Date(context.df.currentUtcDateTime.getTime() + idleMinutes * 60_000);
    const timer = context.df.createTimer(deadline);
    const touch = context.df.waitForExternalEvent('touch');
    const end = context.df.waitForExternalEvent('end');
    const winner = (yield context.df.Task.any([timer, touch, end])) as df.Task;
    if (winner === timer) return { ended: 'idle', touches };
    timer.cancel();
    if (winner === end) return { ended: 'asked', touches };
    touches += 1;
    context.df.setCustomStatus({ touches });
  }
});

df.app.orchestration('forgotten', function* (context: Context) {
  const timer = context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + 3_600_000));
  const event = context.df.waitForExternalEvent('go');
  yield context.df.Task.any([timer, event]);
  return 'done'; // The timer is not cancelled: the instance stays Running until it fires.
});

df.app.orchestration('statusSize', function* (context: Context) {
  const { chars } = context.df.getInput<{ chars: number }>();
  context.df.setCustomStatus('x'.repeat(chars - 2)); // Two quotes are added.
  yield context.df.callActivity('echo', { ok: true });
  return 'fits';
});

df.app.orchestration('again', function* (context: Context) {
  const { left, sum } = context.df.getInput<{ left: number; sum: number }>();
  const answer = (yield context.df.callActivity('double', { n: left })) as { n: number };
  if (left > 0) context.df.continueAsNew({ left: left - 1, sum: sum + answer.n });
  return sum;
});

df.app.orchestration('inputs', function* (context: Context) {
  const text = (yield context.df.callActivity('echo', '5')) as string;
  const nothing = (yield context.df.callActivity('echo')) as unknown;
  const flag = (yield context.df.callActivity('echo', true)) as unknown;
  const list = (yield context.df.callActivity('echo', [1, 'a'])) as unknown;
  return { text, nothing, flag, list };
});

df.app.orchestration('unknownActivity', function* (context: Context) {
  yield context.df.callActivity('nowhere', {});
});
df.app.orchestration('entityCaller', function* (context: Context) {
  yield context.df.callEntity(new df.EntityId('counter', 'a'), 'get');
});

app.http('start', {
  route: 'start/{orchestrator}/{id?}',
  methods: ['POST'],
  authLevel: 'function',
  extraInputs: [df.input.durableClient()],
  handler: async (request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> => {
    const client = df.getClient(context);
    const { orchestrator = '', id } = request.params;
    const input = await request.json();
    try {
      const instanceId = await client.startNew(orchestrator, { input, ...(id ? { instanceId: id } : {}) });
      return client.createCheckStatusResponse(request, instanceId);
    } catch (error: unknown) {
      return { status: 409, jsonBody: { error: (error as Error).message } };
    }
  },
});

app.http('act', {
  route: 'act/{action}/{id}',
  methods: ['POST'],
  extraInputs: [df.input.durableClient()],
  handler: async (request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> => {
    const client = df.getClient(context);
    const { action, id = '' } = request.params;
    if (action === 'terminate') await client.terminate(id, 'asked');
    else if (action === 'purge') return { jsonBody: await client.purgeInstanceHistory(id) };
    else if (action === 'list') {
      const runtimeStatus = [df.OrchestrationRuntimeStatus.Running];
      return { jsonBody: (await client.getStatusBy({ runtimeStatus })).map((status) => status.instanceId) };
    } else await client.raiseEvent(id, action ?? '', { at: 'now' });
    return { status: 202 };
  },
});

app.http('hello', {
  route: 'hello/{name}/{*rest}',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: (request: HttpRequest, context: InvocationContext): HttpResponseInit => {
    context.log(`hello ${request.params['name']}`);
    return { jsonBody: { ...request.params, q: request.query.get('q'), host: new URL(request.url).pathname } };
  },
});
app.http('broken', { methods: ['GET'], handler: () => Promise.reject(new Error('broken')) });
app.http('admin', { route: 'secret', methods: ['GET'], authLevel: 'admin', handler: () => ({ body: 'secret' }) });

app.timer('sweep', {
  schedule: '%FIXTURE_SCHEDULE%',
  handler: (timer: Timer) => {
    count('sweep');
    if (timer.isPastDue) count('sweep past due');
  },
});
