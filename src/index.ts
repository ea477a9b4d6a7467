/** The one entry, and the only file with side effects: settings, and all that is registered with the Functions host. Clients and activities are loaded at their first use. */
import { readFile } from 'node:fs/promises';
import { app, type HttpMethod, type InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import { ServiceError } from './clients/service-error.ts';
import { contracts, HUB_ACTIVITIES, type ActivityName } from './contracts.ts';
import { compareTraces } from './http/compare-traces.ts';
import { completeLab } from './http/complete-lab.ts';
import { getCompletions } from './http/complete-lab-status.ts';
import { dashboard } from './http/dashboard.ts';
import { endFromPage, extendFromPage, startFromPage } from './http/dashboard-actions.ts';
import { assets } from './http/dashboard-assets.ts';
import type { Handler, HttpDeps } from './http/endpoint.ts';
import { endLab } from './http/end-lab.ts';
import { getDrift } from './http/get-drift.ts';
import { getLab } from './http/get-lab.ts';
import { getTrace } from './http/get-trace.ts';
import { health } from './http/health.ts';
import { keepAlive } from './http/keep-alive.ts';
import { hubOf } from './http/lab-hub.ts';
import { listLabs } from './http/list-labs.ts';
import { listTraces } from './http/list-traces.ts';
import { probeLab } from './http/probe-lab.ts';
import { reportLab } from './http/report-lab.ts';
import { startLab } from './http/start-lab.ts';
import type { Hub } from './lab/hub.ts';
import { safeError } from './lab/redact.ts';
import { logActivityFailure, logEvent } from './log.ts';
import { completions, completionSlice } from './orchestrations/completions.ts';
import { databricksBranch } from './orchestrations/databricks-branch.ts';
import { lab } from './orchestrations/lab.ts';
import { monitor } from './orchestrations/monitor.ts';
import { openaiBranch } from './orchestrations/openai-branch.ts';
import { report } from './orchestrations/report.ts';
import { remove, teardown } from './orchestrations/teardown.ts';
import { parseSettings } from './settings.ts';
import { sweep } from './timers/sweep.ts';
import { followTraces, inTrace } from './trace-context.ts';
import type { Work } from './work.ts';

const settings = parseSettings(process.env);
const now = () => new Date();
// Beside `src` and beside `dist` alike: the notebook is deployed with the app.
const notebook = () => readFile(new URL('../notebook/llmops-lab.py', import.meta.url), 'utf8');
let loading: Promise<Work> | undefined;
const work = () => (loading ??= import('./work.ts').then((it) => it.createWork({ settings, notebook, now })));
const estate: HttpDeps['estate'] = {
  listLabGroups: async () => (await work()).clients.estate.listLabGroups(),
  listStrays: async () => (await work()).clients.estate.listStrays(),
};
const plan: HttpDeps['plan'] = async (input) => (await work()).activities.planLab(input);
const traces: HttpDeps['traces'] = async (place) => (await work()).traces(place);
const inventory: HttpDeps['inventory'] = async (input) => (await work()).activities.takeInventory(input);
const prices: HttpDeps['prices'] = async (region) => (await work()).prices(region);
const deps: HttpDeps = { settings, estate, plan, traces, inventory, prices, now };

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
const client = df.input.durableClient();
const http = (name: string, method: HttpMethod, route: string, handler: Handler) =>
  app.http(name, { methods: [method], route, authLevel, extraInputs: [client], handler });

http('startLab', 'POST', 'labs', startLab(deps));
http('listLabs', 'GET', 'labs', listLabs(deps));
http('getLab', 'GET', 'labs/{id}', getLab(deps));
http('keepLabAlive', 'POST', 'labs/{id}/keepalive', keepAlive(deps));
http('endLab', 'DELETE', 'labs/{id}', endLab(deps));
http('endLabByPost', 'POST', 'labs/{id}/end', endLab(deps));
http('completeLab', 'POST', 'labs/{id}/completions', completeLab(deps));
http('getCompletions', 'GET', 'labs/{id}/completions/{batch}', getCompletions(deps));
http('probeLab', 'POST', 'labs/{id}/probe', probeLab(deps));
http('listTraces', 'GET', 'labs/{id}/traces', listTraces(deps));
// Routes are tried in the order of the functions' names: this one must come before `getTrace`.
http('compareTraces', 'GET', 'labs/{id}/traces/compare', compareTraces(deps));
http('getTrace', 'GET', 'labs/{id}/traces/{traceId}', getTrace(deps));
http('getDrift', 'GET', 'labs/{id}/drift', getDrift(deps));
http('reportLab', 'GET', 'labs/{id}/report', reportLab(deps));
http('dashboard', 'GET', 'dashboard', dashboard(deps));
http('startFromPage', 'POST', 'dashboard/labs', startFromPage(deps));
http('extendFromPage', 'POST', 'dashboard/labs/{id}/extend', extendFromPage(deps));
http('endFromPage', 'POST', 'dashboard/labs/{id}/end', endFromPage(deps));
app.http('assets', { methods: ['GET'], route: 'assets/{file}', authLevel: 'anonymous', handler: assets });
// A description that is seldom read must not slow down every cold start.
http('openapi', 'GET', 'openapi.json', async (request, context) =>
  (await import('./http/openapi.ts')).openapi(deps)(request, context),
);
app.http('health', { methods: ['GET'], route: 'health', authLevel: 'anonymous', handler: health(deps) });

df.app.orchestration('lab', lab);
df.app.orchestration('openai', openaiBranch);
df.app.orchestration('databricks', databricksBranch);
df.app.orchestration('teardown', teardown);
df.app.orchestration('remove', remove);
df.app.orchestration('report', report);
df.app.orchestration('completions', completions);
df.app.orchestration('completion-slice', completionSlice);
df.app.orchestration('monitor', monitor);

for (const name of Object.keys(contracts) as ActivityName[]) register(name);

/** The contract's own name is the function's name, so that an orchestrator and the entry cannot disagree. What an activity throws is stored, hence made safe. */
function register(name: ActivityName): void {
  const readsHub = HUB_ACTIVITIES.some((it) => it === name);
  const handler = async (input: unknown, context: InvocationContext): Promise<unknown> => {
    const { activities } = await work();
    const hub = readsHub ? hubOf(df.getClient(context)) : undefined;
    const from = performance.now();
    try {
      return await (activities[name] as (input: unknown, hub?: Hub) => Promise<unknown>)(input, hub);
    } catch (thrown) {
      const error = thrown instanceof ServiceError ? thrown : safeError(thrown);
      logActivityFailure(context, name, input, error, Math.round(performance.now() - from));
      throw error;
    }
  };
  df.app.activity(name, { ...(readsHub ? { extraInputs: [client] } : {}), handler });
}

app.timer('sweep', { schedule: '%LAB_SWEEP_SCHEDULE%', extraInputs: [client], handler: sweep(deps) });
