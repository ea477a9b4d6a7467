/** People's access to a lab: a role on its workspace for some, and its cluster for one. What cannot be given is told by the step, and the lab goes on. */
import type { EndEvent } from '../../lab/events.ts';
import { accessSummary } from '../../lab/participants.ts';
import type { Site } from './build-lab.ts';
import type { DatabricksParts } from '../../contracts/branch-results.ts';
import { settle, type Flow } from '../durable.ts';
import { PACES } from '../durable/wait-times.ts';
import { stopsOf } from '../watch/budget.ts';

/** A lab whose people could not be let in is still a lab: the step says what was refused. @returns the end that came meanwhile. */
export function* letPeopleIn(site: Site, { workspace }: DatabricksParts): Flow<EndEvent | null> {
  const { context, input, progress, notes, lease: beside } = site;
  const { participants } = input.request;
  if (participants.length === 0) return null;
  const about = { name: 'access', subject: `${participants.length} people` } as const;
  const letIn = yield* progress.step(about, (onPending) =>
    settle(context, {
      name: 'letPeopleIn',
      input: { lab: input.lab, workspace, participants },
      pace: PACES.quick,
      stopsFor: stopsOf(site),
      onPending,
      beside,
    }),
  );
  if (letIn.kind === 'ended') return letIn.end;
  if (letIn.kind === 'failed') return null;
  notes.facts.access = letIn.value;
  progress.update({ access: accessSummary(letIn.value) });
  return null;
}

/** Last, because the app can run nothing on the cluster afterwards. @returns the end that came meanwhile. */
export function* handOver(site: Site, { workspace, clusterId }: DatabricksParts): Flow<EndEvent | null> {
  const { context, input, progress, notes, lease: beside } = site;
  const userName = input.request.handOver;
  if (userName === undefined) return null;
  const handed = yield* progress.step({ name: 'hand-over', subject: userName }, (onPending) =>
    settle(context, {
      name: 'handOverCluster',
      input: { lab: input.lab, workspace, clusterId, userName },
      pace: PACES.cluster,
      stopsFor: stopsOf(site),
      onPending,
      beside,
    }),
  );
  if (handed.kind === 'ended') return handed.end;
  if (handed.kind === 'failed') return null;
  notes.facts.access = { admitted: [], refused: [], ...notes.facts.access, handedOverTo: userName };
  progress.update({ access: { ...accessSummary(notes.facts.access), handedOverTo: userName } });
  return null;
}
