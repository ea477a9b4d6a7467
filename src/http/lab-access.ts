/** Whether a lab can be asked and read: built, watched, and not ending; and where. */
import type { LabInput } from '../contracts/inputs.ts';
import type { LabPlace } from '../lab/resources.ts';
import type { LabReport } from '../contracts/report.ts';
import type { LabStatus } from '../contracts/status.ts';
import { leaseEnd } from '../lab/removal/sweep-rule.ts';
import type { LabCall } from './endpoint.ts';
import { inputOf, isLive, type Family, type Instance } from '../hub/instances.ts';
import { notFound } from './responses.ts';
import type { HttpProblem } from '../lab/http-problem.ts';
import { statusOf } from '../hub/status.ts';

export type Found =
  | { kind: 'watched'; instance: Instance; input: LabInput; place: LabPlace }
  /** It has ended; its report may hold features of its traces. */
  | { kind: 'ended'; report: LabReport; problem: HttpProblem }
  | { kind: 'none'; problem: HttpProblem };

/** As the task hub knows it. Where that knows of nothing that lives, the subscription says whether the lab is lost, or not there at all. */
export async function findPlace(call: LabCall): Promise<Found> {
  const found = placeInHub(call);
  if (found.kind !== 'none' || isLive(call.family.lab) || isLive(call.family.teardown)) return found;
  const problem = await lostLab(call);
  return problem === null ? found : { kind: 'none', problem };
}

/** What answers for a lab whose resources stand while no orchestration looks after them; null where nothing stands. */
export async function lostLab({ id, family, groups }: LabCall): Promise<HttpProblem | null> {
  const group = (await groups()).find((it) => it.lab.id === id);
  if (group === undefined) return null;
  const until =
    family.lab === null
      ? `until its lease passes (${leaseEnd({ ...group, startedAt: group.lab.startedAt })}); the sweep then removes them`
      : 'until the next run of the sweep, which removes them';
  return {
    status: 409,
    code: 'lab-lost',
    title: 'The orchestration of the lab is lost',
    detail: `Its resources stand ${until}. DELETE removes them now.`,
  };
}

function placeInHub({ id, family }: { id: string; family: Family }): Found {
  const { lab, report } = family;
  const status = statusOf<LabStatus>(lab);
  if (isLive(lab)) {
    if (status.phase === 'watching' && status.place !== undefined)
      return { kind: 'watched', instance: lab, input: inputOf(lab), place: status.place };
    const ending = status.phase === 'tearing-down' || status.phase === 'ended';
    return { kind: 'none', problem: ending ? isEnding(id) : notReady(id, status.phase ?? 'planning') };
  }
  if (isLive(family.teardown)) return { kind: 'none', problem: isEnding(id) };
  if (report !== null) return { kind: 'ended', report, problem: hasEnded(id) };
  return { kind: 'none', problem: lab === null ? notFound(id) : isGone(id) };
}

const notReady = (id: string, phase: string): HttpProblem => ({
  status: 409,
  code: 'lab-not-ready',
  title: 'The lab is not ready yet',
  detail: `Lab "${id}" is ${phase}: it can be asked and read once its phase is "watching".`,
});

const isEnding = (id: string): HttpProblem => ({
  status: 409,
  code: 'lab-ending',
  title: 'The lab is ending',
  detail: `Lab "${id}" is being removed, and its workspace with it.`,
});

/** Its orchestration broke, and nothing of it is left. */
const isGone = (id: string): HttpProblem => ({
  status: 409,
  code: 'lab-ended',
  title: 'The lab has ended',
  detail: `Nothing of lab "${id}" is left, and no report tells of it.`,
});

const hasEnded = (id: string): HttpProblem => ({
  status: 409,
  code: 'lab-ended',
  title: 'The lab has ended',
  detail: `The workspace of lab "${id}" is gone. Its report holds what was kept, and drift can still be asked of that.`,
});
