// One orchestration that uses everything that is committed: activities, a retry, timers, a race against an event,
// sub-orchestrations in parallel, continue-as-new. `moment` is where the crash tests end the process.
import { appendFileSync } from 'node:fs';
import * as df from 'durable-functions';

type Context = df.OrchestrationContext;
type Orchestrator = (context: Context) => Generator<df.Task, unknown, never>;
const journey = globalThis as { moment?: (name: string) => void; effects?: string };
const inSeconds = (context: Context, seconds: number): Date =>
  new Date(context.df.currentUtcDateTime.getTime() + seconds * 1000);

/** Leaves a trace outside of the store, as a call to another service would, between two moments. */
df.app.activity('act', {
  handler: async ({ what, fails }: { what: string; fails?: boolean }) => {
    journey.moment?.('activity started');
    await new Promise((resolve) => setImmediate(resolve));
    appendFileSync(journey.effects ?? '', `${what}\n`);
    journey.moment?.('activity acted');
    if (fails) throw new Error(`${what} fails`);
    return { what };
  },
});

const retrying: Orchestrator = function* ({ df: context }) {
  const { name } = context.getInput<{ name: string }>();
  const policy = new df.RetryOptions(5000, 2);
  try {
    yield context.callActivityWithRetry('act', policy, { what: `${name} retried`, fails: true });
  } catch {
    yield context.callActivity('act', { what: `${name} made up for` });
  }
  context.setCustomStatus({ name });
  return name;
};
df.app.orchestration('retrying', retrying);

const wholeJourney: Orchestrator = function* (context) {
  const { round } = context.df.getInput<{ round: number }>();
  yield context.df.callActivity('act', { what: `round ${round} begun` });
  yield context.df.createTimer(inSeconds(context, 30));
  if (round === 1) {
    context.df.setCustomStatus('waiting');
    const timer = context.df.createTimer(inSeconds(context, 600));
    const go = context.df.waitForExternalEvent('go');
    yield context.df.Task.any([timer, go]);
    timer.cancel();
    context.df.setCustomStatus('gone');
    context.df.continueAsNew({ round: 2 });
    return undefined;
  }
  const children = ['left', 'right'].map((name) =>
    context.df.callSubOrchestrator('retrying', { name }, `${context.df.instanceId}.${name}`),
  );
  const names: unknown = yield context.df.Task.all(children);
  const last = yield context.df.callSubOrchestrator('retrying', { name: 'last' });
  return { names, last };
};
df.app.orchestration('journey', wholeJourney);
