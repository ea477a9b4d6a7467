/** GET /api/labs: living labs from the tagged groups, which no lost task hub can hide, and ended ones of the last month from the short of their reports. */
import type { z } from 'zod';
import { maySee } from '../caller.ts';
import { endpoint, type Handler } from '../endpoint.ts';
import type { HttpDeps } from '../../services.ts';
import { listReports } from '../../hub/list-instances.ts';
import { findInstance, isLive, isOfStart, type Instance } from '../../hub/instances.ts';
import { instanceIds } from '../../contracts/instance-ids.ts';
import { linksOf } from '../../hub/lab-view.ts';
import type { LabStatus } from '../../contracts/status.ts';
import type { Phase } from '../../lab/steps.ts';
import type { LabListSchema } from '../openapi/lab-schemas.ts';
import { json } from '../responses.ts';
import { statusOf } from '../../hub/status.ts';

export const listLabs = (deps: HttpDeps): Handler =>
  endpoint(deps, async ({ context, client, caller, base, groups: readGroups }) => {
    const [groups, all] = await Promise.all([readGroups(), listReports(context, deps.now())]);
    const reports = all.filter((it) => maySee(caller, it.owner));
    const living = await Promise.all(
      groups.map(async ({ lab, lease }) => {
        const ids = instanceIds(lab);
        const [instance, teardown] = await Promise.all([
          findInstance(client, ids.lab),
          findInstance(client, ids.teardown),
        ]);
        const status = statusOf<LabStatus>(instance);
        const lives = (it: Instance | null) => isLive(it) && isOfStart(it, lab.startedAt);
        const phase: Phase | 'lost' = lives(instance)
          ? (status.phase ?? 'planning')
          : lives(teardown)
            ? 'tearing-down'
            : 'lost';
        return { id: lab.id, owner: lab.owner, phase, startedAt: lab.startedAt, lease, links: linksOf(base, lab.id) };
      }),
    );
    const ended = reports.map((it) => ({
      id: it.id,
      owner: it.owner,
      phase: it.left === 0 ? ('ended' as const) : ('tearing-down' as const),
      outcome: it.outcome,
      startedAt: it.startedAt,
      endedAt: it.endedAt,
      left: it.left,
      links: linksOf(base, it.id),
    }));
    return json(200, { living, ended } satisfies z.infer<typeof LabListSchema>);
  });
