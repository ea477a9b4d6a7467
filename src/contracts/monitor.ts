/** Drift beside a living lab and after it: what its monitor is told and says, and what a report keeps. */
import type { FeatureColumns } from '../drift/columns.ts';
import type { DriftReport } from '../drift/report.ts';
import type { Limits } from '../lab/limits.ts';
import type { LabRef } from '../lab/names.ts';
import type { LabPlace } from '../lab/resources.ts';

/** Input of `{id}.monitor`. */
export type MonitorInput = { lab: LabRef; limits: Limits; place: LabPlace; everyMinutes: number };

/** One look of the monitor, as small as can be: the windows can be compared again at any time. */
export type DriftLook =
  | { kind: 'lab-over' }
  /** Too few traces for a baseline so far. */
  | { kind: 'waiting'; traces: number; need: number }
  /** The first traces are the baseline from now on; `until` is the ISO time of the last of them. */
  | { kind: 'baseline'; traces: number; until: string }
  | { kind: 'nothing-new' }
  | {
      kind: 'compared';
      verdict: DriftReport['verdict']['kind'];
      /** The verdict in one sentence. */
      text: string;
      features: string[];
      knownChanges: string[];
      baseline: number;
      current: number;
      /** ISO time of the last trace of the current window. */
      until: string;
    };

/** Custom status of `{id}.monitor`. */
export type MonitorStatus = {
  /** Comparisons so far that found enough data: each one's false-alarm rate is a share of the whole. */
  looks: number;
  /** Whether the last comparison that could be judged found drift. */
  flagged: boolean;
  last?: { at: string } & DriftLook;
  nextAt?: string;
};

/** What outlives a lab's workspace: numbers and fingerprints, no prompt and no answer. */
export type KeptTraces = {
  features: FeatureColumns;
  /** The older half of the traces against the newer half; null where there are none. */
  drift: DriftReport | null;
};
