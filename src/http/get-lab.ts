/** GET /api/labs/{id}: one lab's status, or its report when it has ended. */
import type { TeardownStatus } from '../lab/status.ts';
import { labEndpoint, type Handler, type HttpDeps } from './endpoint.ts';
import { findInstance, type Instance } from './lab-instances.ts';
import { viewOfFamily, viewOfGroup } from './lab-view.ts';
import { json, notFound, problem } from './responses.ts';

export const getLab = (deps: HttpDeps): Handler =>
  labEndpoint(deps, async ({ id, family, client, base, groups }) => {
    const running = (family.teardown?.customStatus ?? {}) as Partial<TeardownStatus>;
    const chains = (await Promise.all((running.chains ?? []).map((it) => findInstance(client, it)))).filter(
      (it): it is Instance => it !== null,
    );
    const view = viewOfFamily(base, id, family, chains, deps.now().getTime());
    if (view !== null && view.phase !== 'lost') return json(200, view);
    const group = (await groups()).find((it) => it.lab.id === id);
    if (view !== null) return json(200, group === undefined ? { ...view, phase: 'ended' } : view);
    return group === undefined
      ? problem(notFound(id))
      : json(200, viewOfGroup(base, { ...group.lab, lease: group.lease }));
  });
