/** POST /api/labs/{id}/keepalive: moves the idle deadline. The hard deadline and the budget stay where they are. */
import type { LabStatus } from '../../contracts/status.ts';
import { labEndpoint, type Handler } from '../endpoint.ts';
import type { HttpDeps } from '../../services.ts';
import { inputOf, isLive, raiseKeepalive } from '../../hub/instances.ts';
import { lostLab } from '../lab-access.ts';
import { linksOf } from '../../hub/lab-view.ts';
import { json, notFound, problem } from '../responses.ts';
import type { HttpProblem } from '../../lab/http-problem.ts';
import { statusOf } from '../../hub/status.ts';

export const keepAlive = (deps: HttpDeps): Handler =>
  labEndpoint(deps, async (call) => {
    const { id, family, client, caller, base } = call;
    const instance = family.lab;
    if (isLive(family.teardown)) return problem(ENDING);
    if (!isLive(instance)) {
      const unknown = instance === null && family.report === null;
      return problem((await lostLab(call)) ?? (unknown ? notFound(id) : ENDED));
    }
    const { phase, deadlines } = statusOf<LabStatus>(instance);
    if (phase === 'tearing-down') return problem(ENDING);
    const idleAt = await raiseKeepalive(client, instance, caller.id, deps.now());
    const moved = moveOf(idleAt, { hardAt: inputOf(instance).limits.hardAt, deadlines });
    return json(202, { id, ...moved, links: linksOf(base, id) });
  });

type Move = { status: 'extended' | 'unchanged'; endsAt: string; reason?: 'deadline' | 'budget' | 'recent' };

/** What the new idle deadline does to the end of the lab: it is the earliest of three. ISO times. */
function moveOf(idleAt: string, { hardAt, deadlines }: { hardAt: string; deadlines: LabStatus['deadlines'] }): Move {
  const budgetAt = deadlines?.budgetAt ?? null;
  const ends = [
    { at: idleAt, reason: 'recent' as const },
    { at: hardAt, reason: 'deadline' as const },
    ...(budgetAt === null ? [] : [{ at: budgetAt, reason: 'budget' as const }]),
  ];
  const first = ends.reduce((earliest, it) => (Date.parse(it.at) < Date.parse(earliest.at) ? it : earliest));
  if (deadlines === undefined || Date.parse(first.at) > Date.parse(deadlines.endsAt))
    return { status: 'extended', endsAt: first.at };
  return { status: 'unchanged', endsAt: first.at, reason: first.reason };
}

const ENDED: HttpProblem = {
  status: 409,
  code: 'lab-ended',
  title: 'The lab has ended',
  detail: 'It cannot be kept any longer. Start a new one.',
};

const ENDING: HttpProblem = {
  status: 409,
  code: 'lab-ending',
  title: 'The lab is being removed',
  detail: 'A removal that has begun is not stopped. Start a new lab.',
};
