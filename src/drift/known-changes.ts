/**
 * Changes of the set-up between two windows: model version, deployment, parameters, system prompt. They are facts, not
 * findings, and are named apart from drift: an upgrade that was meant explains what the tests then see.
 */
import { compareTable } from './statistics/contingency.ts';
import { total } from './statistics/distance.ts';
import type { TraceFeatures } from './features.ts';
import type { Random } from './statistics/random.ts';

const SETTINGS = {
  model: 'model',
  deployment: 'deployment',
  parameters: 'paramsHash',
  systemPrompt: 'promptHash',
} as const;

export type Setting = keyof typeof SETTINGS;

export interface KnownChange {
  setting: Setting;
  /** `replaced`: no value in common; `mixed`: values came, went or changed their shares. */
  kind: 'replaced' | 'mixed';
  /** At most six values, the most common first, with their share (0 to 1) in each window. */
  values: { value: string; baseline: number; current: number }[];
}

const MAX_VALUES = 6;
const MAX_CHARACTERS = 100;
// Shares of values that both windows know vary by chance; beyond this they were changed.
const SAME_MIX_P = 0.001;

/** Names what differs; a setting that either window does not record is passed over. */
export function knownChanges(
  baseline: readonly TraceFeatures[],
  current: readonly TraceFeatures[],
  random: (name: string) => Random,
): KnownChange[] {
  return (Object.keys(SETTINGS) as Setting[]).flatMap((setting): KnownChange[] => {
    const field = SETTINGS[setting];
    const before = countLevels(baseline, (trace) => trace[field]);
    const after = countLevels(current, (trace) => trace[field]);
    const n = total([...before.values()]);
    const m = total([...after.values()]);
    const levels = [...new Set([...before.keys(), ...after.keys()])];
    if (n === 0 || m === 0 || levels.length < 2) return [];
    const kind = kindOfChange(before, after, levels, random(setting));
    if (kind === null) return [];
    const values = levels
      .map((value) => ({
        value: value.slice(0, MAX_CHARACTERS),
        baseline: (before.get(value) ?? 0) / n,
        current: (after.get(value) ?? 0) / m,
      }))
      .sort((a, b) => b.baseline + b.current - (a.baseline + a.current));
    return [{ setting, kind, values: values.slice(0, MAX_VALUES) }];
  });
}

function kindOfChange(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  levels: readonly string[],
  random: Random,
): KnownChange['kind'] | null {
  const common = levels.filter((level) => before.has(level) && after.has(level));
  if (common.length === 0) return 'replaced';
  if (common.length < levels.length) return 'mixed';
  const count = (counts: ReadonlyMap<string, number>): number[] => levels.map((level) => counts.get(level) ?? 0);
  return compareTable(count(before), count(after), random).pValue < SAME_MIX_P ? 'mixed' : null;
}

/** How often each value occurs among the traces; nulls are not counted. */
export function countLevels(
  traces: readonly TraceFeatures[],
  valueOf: (trace: TraceFeatures) => string | null,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (let index = 0; index < traces.length; index++) {
    const value = valueOf(traces[index]!);
    if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
}
