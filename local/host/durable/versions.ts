// Which instances an app takes on, by their version: host.json's defaultVersion, versionMatchStrategy and
// versionFailureStrategy (durabletask, TaskOrchestrationDispatcher.cs and VersioningSettings.cs).
import { StartError } from '../../start-error.ts';

export type VersionSettings = {
  readonly defaultVersion?: string;
  /** None, Strict or CurrentOrOlder (default), in any case. */
  readonly versionMatchStrategy?: string;
  /** Reject (default): it waits for another app; Fail: it fails. */
  readonly versionFailureStrategy?: string;
};

export type Versioning = {
  readonly defaultVersion: string | null;
  readonly accepts: (version: string | null) => boolean;
  readonly onMismatch: 'reject' | 'fail';
};

const oneOf = <T extends string>(name: string, value: string, known: readonly T[]): T => {
  const found = known.find((it) => it === value.toLowerCase());
  if (found === undefined) throw new StartError(`host.json: ${name} cannot be "${value}"`);
  return found;
};

/** Throws `StartError` for a strategy that does not exist. */
export const versioningOf = (settings: VersionSettings): Versioning => {
  const own = settings.defaultVersion ?? '';
  const { versionMatchStrategy = 'CurrentOrOlder', versionFailureStrategy = 'Reject' } = settings;
  const match = oneOf('versionMatchStrategy', versionMatchStrategy, ['none', 'strict', 'currentorolder']);
  return {
    defaultVersion: settings.defaultVersion ?? null,
    onMismatch: oneOf('versionFailureStrategy', versionFailureStrategy, ['reject', 'fail']),
    accepts: (version) =>
      match === 'none' || (match === 'strict' ? (version ?? '') === own : compareVersions(version ?? '', own) <= 0),
  };
};

/** Numbers with dots are compared as .NET versions, so that 1.10 is above 1.9; one number alone is none: "10" is below "9". */
export const compareVersions = (a: string, b: string): number => {
  const numbers = [a, b].map((text) => (/^\d+(\.\d+){1,3}$/.test(text) ? text.split('.').map(Number) : undefined));
  const [left, right] = numbers;
  if (!left || !right)
    return Math.sign(Number(a.toUpperCase() > b.toUpperCase()) - Number(a.toUpperCase() < b.toUpperCase()));
  const index = [0, 1, 2, 3].find((at) => left[at] !== right[at]) ?? 0;
  return Math.sign((left[index] ?? -1) - (right[index] ?? -1));
};
