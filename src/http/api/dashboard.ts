/** GET /api/dashboard: the caller's labs as a page: what lives, with phase, progress, owner, cost and time left, and what has ended. */
import { randomUUID } from 'node:crypto';
import type { HttpResponseInit } from '@azure/functions';
import { LAB_ID } from '../../lab/request.ts';
import type { Dashboard } from '../../pages/dashboard/page.ts';
import type { StartForm } from '../../pages/dashboard/forms.ts';
import { DEFAULTS } from '../../pages/dashboard/start-form.ts';
import { labIdOf } from '../../contracts/instance-ids.ts';
import { viewerOf, withProblemPages } from '../pages.ts';
import { maySee } from '../caller.ts';
import { endpoint, type Call, type Handler } from '../endpoint.ts';
import type { HttpDeps } from '../../services.ts';
import { readView } from './get-lab.ts';
import { listLive, listReports } from '../../hub/list-instances.ts';
import { findNewestFamily } from '../../hub/instances.ts';
import type { LabView } from '../../hub/lab-view.ts';
import { DONE, LANGUAGE } from '../query.ts';

/** Of ended labs the newest so many are shown: the API lists them all. */
const MOST_ENDED = 50;

export const dashboard = (deps: HttpDeps): Handler =>
  withProblemPages(
    deps.settings,
    ['html'],
    endpoint(deps, (call) => answerDashboard(deps, call, { values: DEFAULTS, faults: {} }, 200), {
      query: { ...LANGUAGE, ...DONE },
    }),
  );

/** @param form what the start form holds; a refused start shows it again with what is wrong. */
export async function answerDashboard(
  deps: HttpDeps,
  call: Call,
  form: Omit<StartForm, 'idempotencyKey'>,
  status: number,
): Promise<HttpResponseInit> {
  const [living, reports] = await Promise.all([readLiving(deps, call), listReports(call.context, deps.now())]);
  const alive = new Set(living.map((it) => it.id));
  const ended = reports.filter((it) => maySee(call.caller, it.owner) && !alive.has(it.id));
  const it: Dashboard = {
    at: deps.now().toISOString(),
    living,
    ended: ended.slice(0, MOST_ENDED),
    endedCount: ended.length,
    done: doneOf(call.request.query),
    form: call.caller.kind === 'user' ? { ...form, idempotencyKey: randomUUID() } : null,
  };
  const { dashboardPage } = await import('../../pages/dashboard/page.ts');
  return dashboardPage(it, viewerOf(call.request, call.caller, '/api/dashboard'), status);
}

/** Labs by their tagged groups, which no lost task hub can hide, and by the task hub, which knows of a lab before its group is there. */
async function readLiving(deps: HttpDeps, call: Call): Promise<LabView[]> {
  const [groups, live] = await Promise.all([call.groups(), listLive(call.context, ['lab', 'teardown'])]);
  const ids = new Set([...groups.map((it) => it.lab.id), ...live.map((it) => labIdOf(it.instanceId))]);
  const views = await Promise.all(
    [...ids].map(async (id) => {
      const family = await findNewestFamily(call, id, (owner) => maySee(call.caller, owner));
      return readView(deps, { ...call, id, family, groups: async () => groups });
    }),
  );
  return views
    .filter((it): it is LabView => it !== null && it.phase !== 'ended' && maySee(call.caller, it.owner))
    .sort((a, b) => b.startedAt.localeCompare(a.startedAt));
}

function doneOf(query: URLSearchParams): Dashboard['done'] {
  const what = (['started', 'extended', 'ending'] as const).find((it) => it === query.get('done'));
  const id = query.get('id') ?? '';
  return what !== undefined && LAB_ID.safeParse(id).success ? { what, id } : null;
}
