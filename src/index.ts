/** The one entry, and the only file with side effects: settings, and all that is registered with the Functions host. Clients and activities are loaded at their first use. */
import { readFile } from 'node:fs/promises';
import { app, type HttpMethod, type InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import { ServiceError } from './clients/service-error.ts';
import { contracts, HUB_ACTIVITIES, type ActivityName } from './contracts/activities.ts';
import type { Handler } from './http/endpoint.ts';
import { hubOf } from './hub/activity-hub.ts';
import type { TaskHub } from './contracts/task-hub.ts';
import { safeError } from './lab/redact.ts';
import { logActivityFailure, logEvent } from './log.ts';
import { completions, completionSlice } from './orchestrations/completions.ts';
import { databricksBranch } from './orchestrations/provisioning/databricks-branch.ts';
import { lab } from './orchestrations/lab.ts';
import { monitor } from './orchestrations/monitor.ts';
import { openaiBranch } from './orchestrations/provisioning/openai-branch.ts';
import { report, reportLine } from './orchestrations/report.ts';
import { remove, teardown } from './orchestrations/teardown.ts';
import { sweepMark } from './orchestrations/sweep-mark.ts';
import { parseSettings } from './settings.ts';
import { followTraces, inTrace } from './trace-context.ts';
import type { HttpDeps, Work } from './services.ts';

const client = df.input.durableClient();
/**
 * Registered before the settings are parsed: a worker whose entry point fails fails the start with that message only if it has registered a function by then.
 * Without one the host starts, finds no function, and answers 404 for everything.
 * https://github.com/Azure/azure-functions-nodejs-worker/blob/v3.x/src/startApp.ts
 */
openHttp('health', 'health', async () => (await import('./http/api/health.ts')).health);

const settings = parseSettings(process.env);
const now = () => new Date();
// Beside `src` and beside `dist` alike: the notebook is deployed with the app.
const notebook = () => readFile(new URL('../notebook/llmops-lab.py', import.meta.url), 'utf8');
let loading: Promise<Work> | undefined;
const work = () => (loading ??= import('./services.ts').then((it) => it.createWork({ settings, notebook, now })));
const labSurvey: HttpDeps['labSurvey'] = {
  listLabGroups: async () => (await work()).clients.labSurvey.listLabGroups(),
  listStrays: async () => (await work()).clients.labSurvey.listStrays(),
  survey: async () => (await work()).clients.labSurvey.survey(),
};
const plan: HttpDeps['plan'] = async (input) => (await work()).activities.planLab(input);
const traces: HttpDeps['traces'] = async (place) => (await work()).traces(place);
const inventory: HttpDeps['inventory'] = async (input) => (await work()).activities.takeInventory(input);
const prices: HttpDeps['prices'] = async (region) => (await work()).prices(region);
const deps: HttpDeps = { settings, labSurvey, plan, traces, inventory, prices, now };

followTraces();
app.hook.preInvocation((hook) => {
  const { functionHandler, invocationContext } = hook;
  hook.functionHandler = (...given): unknown =>
    inTrace(invocationContext.traceContext, (): unknown => functionHandler(...given));
});
// There is a log only inside an invocation, so that the first one tells of the start.
const first = app.hook.preInvocation(({ invocationContext }) => {
  first.dispose();
  logEvent(invocationContext, 'app.started', {
    installation: settings.installation,
    node: process.version,
    dryRun: settings.sweepDryRun,
  });
});

// With sign-in the platform has turned strangers away before a request arrives; a key on top would keep people's browsers out.
const authLevel = settings.signIn ? 'anonymous' : 'function';
const http = (name: string, method: HttpMethod, route: string, load: () => Promise<(deps: HttpDeps) => Handler>) =>
  app.http(name, { methods: [method], route, authLevel, extraInputs: [client], handler: later(load) });

/** A handler is read when its first request comes: a cold start reads the one that is asked for, and an instance that runs orchestrations reads none. */
function later(load: () => Promise<(deps: HttpDeps) => Handler>): Handler {
  let loading: Promise<Handler> | undefined;
  return async (request, context) => (await (loading ??= load().then((it) => it(deps))))(request, context);
}

http('startLab', 'POST', 'labs', async () => (await import('./http/api/start-lab.ts')).startLab);
http('listLabs', 'GET', 'labs', async () => (await import('./http/api/list-labs.ts')).listLabs);
http('getLab', 'GET', 'labs/{id}', async () => (await import('./http/api/get-lab.ts')).getLab);
http('keepLabAlive', 'POST', 'labs/{id}/keepalive', async () => (await import('./http/api/keep-alive.ts')).keepAlive);
http('endLab', 'DELETE', 'labs/{id}', async () => (await import('./http/api/end-lab.ts')).endLab);
http('endLabByPost', 'POST', 'labs/{id}/end', async () => (await import('./http/api/end-lab.ts')).endLab);
http(
  'completeLab',
  'POST',
  'labs/{id}/completions',
  async () => (await import('./http/api/start-completions.ts')).completeLab,
);
http(
  'getCompletions',
  'GET',
  'labs/{id}/completions/{batch}',
  async () => (await import('./http/api/get-completions.ts')).getCompletions,
);
http('probeLab', 'POST', 'labs/{id}/probe', async () => (await import('./http/api/start-probe.ts')).probeLab);
http('listTraces', 'GET', 'labs/{id}/traces', async () => (await import('./http/api/list-traces.ts')).listTraces);
// Routes are tried in the order of the functions' names: this one must come before `getTrace`.
http(
  'compareTraces',
  'GET',
  'labs/{id}/traces/compare',
  async () => (await import('./http/api/compare-traces.ts')).compareTraces,
);
http('getTrace', 'GET', 'labs/{id}/traces/{traceId}', async () => (await import('./http/api/get-trace.ts')).getTrace);
http('getDrift', 'GET', 'labs/{id}/drift', async () => (await import('./http/api/get-drift.ts')).getDrift);
http('reportLab', 'GET', 'labs/{id}/report', async () => (await import('./http/api/get-report.ts')).reportLab);
http('dashboard', 'GET', 'dashboard', async () => (await import('./http/api/dashboard.ts')).dashboard);
const actions = () => import('./http/api/dashboard-actions.ts');
http('startFromPage', 'POST', 'dashboard/labs', async () => (await actions()).startFromPage);
http('extendFromPage', 'POST', 'dashboard/labs/{id}/extend', async () => (await actions()).extendFromPage);
http('endFromPage', 'POST', 'dashboard/labs/{id}/end', async () => (await actions()).endFromPage);
http('openapi', 'GET', 'openapi.json', async () => (await import('./http/openapi/document.ts')).openapi);
openHttp('assets', 'assets/{file}', async () => {
  const { assets } = await import('./http/api/dashboard-assets.ts');
  return () => assets;
});

df.app.orchestration('lab', lab);
df.app.orchestration('openai', openaiBranch);
df.app.orchestration('databricks', databricksBranch);
df.app.orchestration('teardown', teardown);
df.app.orchestration('remove', remove);
df.app.orchestration('report', report);
df.app.orchestration('report-line', reportLine);
df.app.orchestration('completions', completions);
df.app.orchestration('completion-slice', completionSlice);
df.app.orchestration('monitor', monitor);
df.app.orchestration('sweep-mark', sweepMark);

for (const name of Object.keys(contracts) as ActivityName[]) register(name);

function openHttp(name: string, route: string, load: () => Promise<(deps: HttpDeps) => Handler>): void {
  app.http(name, { methods: ['GET'], route, authLevel: 'anonymous', extraInputs: [client], handler: later(load) });
}

/** The contract's own name is the function's name, so that an orchestrator and the entry cannot disagree. What an activity throws is stored, hence made safe. */
function register(name: ActivityName): void {
  const readsHub = HUB_ACTIVITIES.some((it) => it === name);
  const handler = async (input: unknown, context: InvocationContext): Promise<unknown> => {
    const { activities } = await work();
    const hub = readsHub ? hubOf(df.getClient(context)) : undefined;
    const from = performance.now();
    try {
      return await (activities[name] as (input: unknown, hub?: TaskHub) => Promise<unknown>)(input, hub);
    } catch (thrown) {
      const error = thrown instanceof ServiceError ? thrown : safeError(thrown);
      logActivityFailure(context, name, input, error, Math.round(performance.now() - from));
      throw error;
    }
  };
  df.app.activity(name, { ...(readsHub ? { extraInputs: [client] } : {}), handler });
}

app.timer('sweep', {
  schedule: '%LAB_SWEEP_SCHEDULE%',
  extraInputs: [client],
  handler: async (timer, context) => {
    const { sweep } = await import('./timers/sweep.ts');
    return sweep(deps)(timer, context);
  },
});
