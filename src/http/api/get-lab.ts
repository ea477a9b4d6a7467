/** GET /api/labs/{id}: one lab's status, or its report when it has ended. */
import { labEndpoint, type Handler, type LabCall } from '../endpoint.ts';
import type { HttpDeps } from '../../services.ts';
import { findChains } from '../../hub/instances.ts';
import { viewOfFamily, viewOfGroup, viewOfNothingLeft, type LabView } from '../../hub/lab-view.ts';
import { json, notFound, problem } from '../responses.ts';

export const getLab = (deps: HttpDeps): Handler =>
  labEndpoint(deps, async (call) => {
    const view = await readView(deps, call);
    return view === null ? problem(notFound(call.id)) : json(200, view);
  });

/** The lab as it is now; null where nothing is known of it. */
export async function readView(
  deps: HttpDeps,
  { id, family, client, base, groups }: Pick<LabCall, 'id' | 'family' | 'client' | 'base' | 'groups'>,
): Promise<LabView | null> {
  const chains = await findChains(client, family.teardown);
  const view = viewOfFamily(base, id, family, chains, deps.now().getTime());
  if (view !== null && view.phase !== 'lost') return view;
  const group = (await groups()).find((it) => it.lab.id === id);
  if (view !== null) return group === undefined ? viewOfNothingLeft(view) : view;
  return group === undefined ? null : viewOfGroup(base, group);
}
