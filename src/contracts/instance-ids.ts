/**
 * Ids of the task hub's instances. Nothing else builds one: whoever knows a start asks here for the instances that belong to it.
 *
 * 1. A lab's own instance has the lab's id, so that an id lives once. All others carry a hash of the whole start, so that no other start, owner or installation can
 *    take their place, whatever its tags say.
 * 2. Ids of labs hold neither a dot nor an underscore, so the instances of two labs never meet.
 */
import { createHash } from 'node:crypto';
import type { LabRef } from '../lab/names.ts';

/** What tells one start of a lab from every other start of any lab. */
export type LabStart = Pick<LabRef, 'installation' | 'id' | 'owner' | 'startedAt'>;

export type InstanceIds = {
  lab: string;
  openai: string;
  databricks: string;
  teardown: string;
  /** One chain of removals; rounds and chains count from 1. */
  chain: (round: number, chain: number) => string;
  monitor: string;
  report: string;
  /** The short of the report, which lists of labs read. */
  reportLine: string;
  batch: (batchId: string) => string;
  /** One slice of a batch; slices count from 1. */
  slice: (batchId: string, slice: number) => string;
};

/** Of no lab: the instance that tells when the sweep last ran. */
export const SWEEP_MARK = 'sweep_mark';

/** What the ids of all short reports begin with. */
export const REPORT_LINES = 'ended_';

export function instanceIds(start: LabStart): InstanceIds {
  const { id } = start;
  const key = startHash(start);
  return {
    lab: id,
    openai: `${id}.${key}.openai`,
    databricks: `${id}.${key}.databricks`,
    teardown: `${id}.${key}.teardown`,
    chain: (round, chain) => `${id}.${key}.teardown.${round}-${chain}`,
    monitor: `${id}.${key}.monitor`,
    report: `${id}.${key}.report`,
    reportLine: `${REPORT_LINES}${id}.${key}`,
    batch: (batchId) => `${id}.${key}.completions.${batchId}`,
    slice: (batchId, slice) => `${id}.${key}.completions.${batchId}.${slice}`,
  };
}

/** Where only the id of a lab is known: what the ids of all instances beside the lab's own begin with. */
export const idsBesideLab = (labId: string): string => `${labId}.`;

/** The lab whose instance, or whose teardown, this is. */
export const labIdOf = (instanceId: string): string => instanceId.split('.')[0] ?? instanceId;

const startHash = ({ installation, id, owner, startedAt }: LabStart): string =>
  createHash('sha256')
    .update(JSON.stringify([installation, id, owner, startedAt]))
    .digest('hex')
    .slice(0, 12);
