/** The short of a report, in an instance of its own beside it: lists of labs read these, and no report. */
import { z } from 'zod';
import type { LabReport } from './report.ts';

const time = z.iso.datetime();
export const ReportLineSchema = z.object({
  id: z.string(),
  owner: z.string(),
  outcome: z.enum(['healthy', 'failed', 'ended-early', 'unknown']),
  reason: z.enum(['idle', 'asked', 'deadline', 'budget', 'failed', 'lease', 'left-over']),
  startedAt: time,
  endedAt: time,
  /** How much of it is left behind. */
  left: z.int(),
  /** Null where its history was lost. */
  usd: z.number().nullable(),
  avoidedUsd: z.number().optional(),
});
export type ReportLine = z.infer<typeof ReportLineSchema>;

export const lineOf = ({ id, lab, outcome, end, startedAt, endedAt, receipt, cost }: LabReport): ReportLine => ({
  id,
  owner: lab.owner,
  outcome,
  reason: end.reason,
  startedAt,
  endedAt,
  left: receipt.left.length,
  usd: cost?.usd ?? null,
  ...(cost?.avoidedUsd === undefined ? {} : { avoidedUsd: cost.avoidedUsd }),
});
