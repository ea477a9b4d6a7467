/**
 * Ids of the task hub's instances. Nothing else builds one: whoever knows a start asks here for the instances that belong to it.
 * Ids of labs hold neither a dot nor an underscore, so the instances of two labs never meet.
 */
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

/** What the ids of all short reports begin with. */
export const REPORT_LINES = 'ended_';

export const instanceIds = ({ id }: LabStart): InstanceIds => idsOf(id);

/** Of the lab that was started last under an id, where only the id is known. */
export const latestInstanceIds = (labId: string): InstanceIds => idsOf(labId);

/** The lab whose instance, or whose teardown, this is. */
export const labIdOf = (instanceId: string): string => instanceId.split('.')[0] ?? instanceId;

const idsOf = (id: string): InstanceIds => ({
  lab: id,
  openai: `${id}.openai`,
  databricks: `${id}.databricks`,
  teardown: `${id}.teardown`,
  chain: (round, chain) => `${id}.teardown.${round}-${chain}`,
  monitor: `${id}.monitor`,
  report: `${id}.report`,
  reportLine: `${REPORT_LINES}${id}`,
  batch: (batchId) => `${id}.completions.${batchId}`,
  slice: (batchId, slice) => `${id}.completions.${batchId}.${slice}`,
});

/** The report of an earlier start that ends after a later one has reported. */
export const lateReportId = (start: LabStart, hash: string): string => `${instanceIds(start).report}.${hash}`;

/** The short report beside a report. */
export const reportLineId = (reportId: string): string => REPORT_LINES + reportId.replace('.report', '');
