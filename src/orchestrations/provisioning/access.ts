/** Access to a lab: a role on its workspace for its participants, and its cluster for one of them. What cannot be given is told by the step, and the lab goes on. */
import type { DatabricksParts } from '../../contracts/branch-results.ts';
import type { EndEvent } from '../../lab/events.ts';
import { accessSummary } from '../../lab/participants.ts';
import type { Flow } from '../durable/call.ts';
import { runStep } from '../durable/run-step.ts';
import type { LabContext } from './context.ts';

/** @returns the end that came meanwhile. */
export function* grantAccess(lab: LabContext, { workspace }: DatabricksParts): Flow<EndEvent | null> {
  const { input, progress, record } = lab;
  const { participants } = input.request;
  if (participants.length === 0) return null;
  const about = { subject: `${participants.length} people` };
  const granted = yield* runStep(lab, 'access', { workspace, participants }, about);
  if (granted.kind === 'ended') return granted.end;
  if (granted.kind === 'failed') return null;
  record.facts.access = granted.value;
  progress.update({ access: accessSummary(granted.value) });
  return null;
}

/** Last, because the app can run nothing on the cluster afterwards. @returns the end that came meanwhile. */
export function* handOver(lab: LabContext, { workspace, clusterId }: DatabricksParts): Flow<EndEvent | null> {
  const { input, progress, record } = lab;
  const userName = input.request.handOver;
  if (userName === undefined) return null;
  const handed = yield* runStep(lab, 'hand-over', { workspace, clusterId, userName }, { subject: userName });
  if (handed.kind === 'ended') return handed.end;
  if (handed.kind === 'failed') return null;
  record.facts.access = { admitted: [], refused: [], ...record.facts.access, handedOverTo: userName };
  progress.update({ access: { ...accessSummary(record.facts.access), handedOverTo: userName } });
  return null;
}
