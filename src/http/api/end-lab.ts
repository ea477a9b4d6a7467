/**
 * DELETE /api/labs/{id} (also POST …/end): tears a lab down now. May be repeated at any time, which makes a teardown that waits try again; also ends what a lost
 * orchestration has left. With `?dryRun=true` it only tells what would go, and what would stay.
 */
import type { HttpResponseInit } from '@azure/functions';
import { EVENTS, type EndEvent } from '../../lab/events.ts';
import type { TeardownInput } from '../../contracts/inputs.ts';
import type { LabRef } from '../../lab/names.ts';
import { previewOf } from '../../lab/removal/preview.ts';
import { maySee } from '../caller.ts';
import { labEndpoint, type Call, type Handler, type LabCall } from '../endpoint.ts';
import type { HttpDeps } from '../../services.ts';
import { startTeardown } from '../../hub/start-teardown.ts';
import { findChains, findFamily, inputOf, isLive, raiseEnd } from '../../hub/instances.ts';
import { resumeSuspended } from '../../hub/operator-actions.ts';
import { readView } from './get-lab.ts';
import { knownOf } from '../../hub/recover-lab.ts';
import { linksOf } from '../../hub/lab-view.ts';
import { DRY_RUN } from '../query.ts';
import { json, notFound, problem } from '../responses.ts';

export const endLab = (deps: HttpDeps): Handler =>
  labEndpoint(
    deps,
    async (call) => {
      const { id, family } = call;
      if (call.request.query.get('dryRun') === 'true') return preview(deps, call);
      const end: EndEvent = { reason: 'asked', by: call.caller.id, at: deps.now().toISOString() };
      const { teardown } = family;
      if (isLive(teardown) || isLive(family.lab))
        await resumeSuspended(call.client, family, await findChains(call.client, teardown));
      if (isLive(teardown)) await call.client.raiseEvent(teardown.instanceId, EVENTS.end, end);
      if (isLive(family.lab)) await raiseEnd(call.client, inputOf(family.lab).lab, end);
      if (isLive(teardown) || isLive(family.lab)) return ending(call, id);
      const left = await leftOf(deps, call);
      for (const lab of left) await startTeardown(call.client, lab, end, await findFamily(call.client, lab));
      if (left.length > 0) return ending(call, id);
      const view = await readView(deps, call);
      return view === null ? problem(notFound(id)) : json(200, view);
    },
    { query: DRY_RUN },
  );

/** The caller's labs of that id which the subscription shows: by their group or, without one, by whatever else carries their tags. */
async function leftOf(deps: HttpDeps, call: LabCall): Promise<LabRef[]> {
  const groups = (await call.groups()).filter((it) => it.lab.id === call.id);
  if (groups.length > 0) return groups.map((it) => it.lab);
  const strays = await deps.labSurvey.listStrays();
  return strays.filter((it) => it.id === call.id && maySee(call.caller, it.owner));
}

async function preview(deps: HttpDeps, call: LabCall): Promise<HttpResponseInit> {
  const { id, family } = call;
  const teardown = family.teardown;
  const tearing = isLive(teardown) ? (teardown.input as TeardownInput).lab : undefined;
  const lab =
    (isLive(family.lab) ? inputOf(family.lab).lab : undefined) ??
    tearing ??
    (await leftOf(deps, call))[0] ??
    family.report?.lab;
  if (lab === undefined) return problem(notFound(id));
  const report = family.report?.startedAt === lab.startedAt ? family.report : null;
  const inventory = await deps.inventory({ lab, known: knownOf(report) });
  if (inventory.kind !== 'done') {
    const detail = inventory.kind === 'refused' ? inventory.problem.message : inventory.note;
    return problem(
      { status: 503, code: 'unavailable', title: 'What exists of the lab cannot be read just now', detail },
      { 'retry-after': String(inventory.kind === 'pending' ? (inventory.afterSeconds ?? 10) : 60) },
    );
  }
  return json(200, { id, dryRun: true, ...previewOf(lab, inventory.value), links: linksOf(call.base, id) });
}

const ending = (call: Call, id: string): HttpResponseInit =>
  json(202, { id, status: 'ending', links: linksOf(call.base, id) });
