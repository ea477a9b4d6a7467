/** The one entry, and the only file with side effects: settings, and all that is registered with the Functions host. Clients and activities are loaded at their first use. */
import { readFile } from 'node:fs/promises';
import { app, type HttpMethod, type InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import { ServiceError } from './clients/service-error.ts';
import { contracts, type ActivityName } from './contracts.ts';
import type { Handler, HttpDeps } from './http/endpoint.ts';
import { endLab } from './http/end-lab.ts';
import { getLab } from './http/get-lab.ts';
import { health } from './http/health.ts';
import { keepAlive } from './http/keep-alive.ts';
import { listLabs } from './http/list-labs.ts';
import { startLab } from './http/start-lab.ts';
import { safeError } from './lab/redact.ts';
import { logActivityFailure, logEvent } from './log.ts';
import { databricksBranch } from './orchestrations/databricks-branch.ts';
import { lab } from './orchestrations/lab.ts';
import { openaiBranch } from './orchestrations/openai-branch.ts';
import { report } from './orchestrations/report.ts';
import { remove, teardown } from './orchestrations/teardown.ts';
import { parseSettings } from './settings.ts';
import { sweep } from './timers/sweep.ts';
import { answerForOpenTelemetry, inTrace } from './trace-context.ts';
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
const deps: HttpDeps = { settings, estate, plan, now };

answerForOpenTelemetry();
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
app.http('health', { methods: ['GET'], route: 'health', authLevel: 'anonymous', handler: health(deps) });

df.app.orchestration('lab', lab);
df.app.orchestration('openai', openaiBranch);
df.app.orchestration('databricks', databricksBranch);
df.app.orchestration('teardown', teardown);
df.app.orchestration('remove', remove);
df.app.orchestration('report', report);

for (const name of Object.keys(contracts) as ActivityName[]) register(name);

/** The contract's own name is the function's name, so that an orchestrator and the entry cannot disagree. What an activity throws is stored, hence made safe. */
function register(name: ActivityName): void {
  const handler = async (input: unknown, context: InvocationContext): Promise<unknown> => {
    const { activities } = await work();
    const from = performance.now();
    try {
      return await (activities[name] as (input: unknown) => Promise<unknown>)(input);
    } catch (thrown) {
      const error = thrown instanceof ServiceError ? thrown : safeError(thrown);
      logActivityFailure(context, name, input, error, Math.round(performance.now() - from));
      throw error;
    }
  };
  df.app.activity(name, { handler });
}

app.timer('sweep', { schedule: '%LAB_SWEEP_SCHEDULE%', extraInputs: [client], handler: sweep(deps) });
