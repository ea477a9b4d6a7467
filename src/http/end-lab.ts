/** DELETE /api/labs/{id} (also POST …/end): tears a lab down now. May be repeated at any time; also ends what a lost orchestration has left. */
import type { HttpResponseInit } from '@azure/functions';
import type { EndEvent } from '../lab/events.ts';
import { labEndpoint, type Call, type Handler, type HttpDeps } from './endpoint.ts';
import { beginTeardown } from './begin-teardown.ts';
import { isLive, raiseEnd } from './lab-instances.ts';
import { linksOf, viewOfReport } from './lab-view.ts';
import { json, notFound, problem } from './responses.ts';

export const endLab = (deps: HttpDeps): Handler =>
  labEndpoint(deps, async (call) => {
    const { id, family } = call;
    const end: EndEvent = { reason: 'asked', by: call.caller.id, at: deps.now().toISOString() };
    if (isLive(family.teardown)) return ending(call, id);
    if (isLive(family.lab)) {
      await raiseEnd(call.client, id, end);
      return ending(call, id);
    }
    const groups = (await call.groups()).filter((it) => it.lab.id === id);
    for (const { lab } of groups) await beginTeardown(call.client, lab, end, family);
    if (groups.length > 0) return ending(call, id);
    return family.report === null ? problem(notFound(id)) : json(200, viewOfReport(call.base, family.report));
  });

const ending = (call: Call, id: string): HttpResponseInit =>
  json(202, { id, status: 'ending', links: linksOf(call.base, id) });
