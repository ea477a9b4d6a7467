/** The one entry, and the only file with side effects: settings, clients, activities, and everything that is registered with the Functions host. */
import { readFile } from 'node:fs/promises';
import { app, type HttpMethod } from '@azure/functions';
import * as df from 'durable-functions';
import { createActivities } from './activities/create-activities.ts';
import { createClients } from './clients/create-clients.ts';
import { contracts, type Activities, type ActivityName } from './contracts.ts';
import type { Handler, HttpDeps } from './http/endpoint.ts';
import { endLab } from './http/end-lab.ts';
import { getLab } from './http/get-lab.ts';
import { health } from './http/health.ts';
import { keepAlive } from './http/keep-alive.ts';
import { listLabs } from './http/list-labs.ts';
import { startLab } from './http/start-lab.ts';
import { databricksBranch } from './orchestrations/databricks-branch.ts';
import { lab } from './orchestrations/lab.ts';
import { openaiBranch } from './orchestrations/openai-branch.ts';
import { report } from './orchestrations/report.ts';
import { remove, teardown } from './orchestrations/teardown.ts';
import { parseSettings } from './settings.ts';
import { sweep } from './timers/sweep.ts';

const settings = parseSettings(process.env);
const now = () => new Date();
const clients = createClients(settings);
// Beside `src` and beside `dist` alike: the notebook is deployed with the app.
const notebook = () => readFile(new URL('../notebook/llmops-lab.py', import.meta.url), 'utf8');
const activities = createActivities({ settings, clients, notebook, now });
const deps: HttpDeps = { settings, estate: clients.estate, now };

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

for (const name of Object.keys(contracts) as ActivityName[]) register(name, activities);

/** The contract's own name is the function's name, so that an orchestrator and the entry cannot disagree. */
function register<N extends ActivityName>(name: N, all: Activities): void {
  const handler = all[name] as (input: unknown) => Promise<unknown>;
  df.app.activity(name, { handler: (input: unknown) => handler(input) });
}

app.timer('sweep', { schedule: '%LAB_SWEEP_SCHEDULE%', extraInputs: [client], handler: sweep(deps) });
