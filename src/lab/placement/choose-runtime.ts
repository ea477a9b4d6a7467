/**
 * Chooses the cluster's runtime: the latest ML runtime that is no beta and needs no GPU, with Scala above 2.11 and Spark above 3.4.
 *
 * 1. Versions are compared as numbers: 16.10 is later than 16.4, and Scala 2.9 is not above 2.11.
 * 2. Since 18 a key may be a bare major (`18.x-cpu-ml-scala2.13`): the umbrella of its line, preferred to any point release of it
 *    (https://github.com/databricks/databricks-sdk-go/pull/1805).
 * 3. Beta, LTS and the Spark version are only in the name, and a name changes over time on an unchanged key.
 */
import type { Problem } from '../outcome.ts';
import { FIRST_TRACING_RUNTIME, OLDEST_REUSABLE_RUNTIME } from '../catalog/cluster.ts';

export type RuntimeVersion = { key: string; name: string };

type Judged = RuntimeVersion & {
  major: number;
  /** Infinity for a bare major. */ minor: number;
  scala: [number, number];
};

const KEY = /^(\d+)(?:\.(\d+))?\.x-(?:(.+)-)?scala(\d+)\.(\d+)$/;
const SPARK = /Apache Spark (\d+)\.(\d+)(?:\.(\d+))?/;
const REFUSED_FLAVOURS = ['gpu', 'photon', 'aarch64', 'hls', 'genomics', 'snapshot', 'rc'];

/** Whether the lab may use this runtime, and if not, why. */
export function checkRuntime({ key, name }: RuntimeVersion): { fit: true } | { fit: false; reason: string } {
  const judged = judge({ key, name });
  return typeof judged === 'string' ? { fit: false, reason: judged } : { fit: true };
}

function judge({ key, name }: RuntimeVersion): Judged | string {
  const match = KEY.exec(key);
  if (match === null) return 'its key is not that of a plain runtime';
  const [, major, minor, flavour = '', scalaMajor, scalaMinor] = match;
  const tokens = flavour.split('-');
  const refused = REFUSED_FLAVOURS.find((it) => tokens.includes(it));
  if (refused !== undefined) return `it is a ${refused} runtime`;
  if (!tokens.includes('ml') || !tokens.includes('cpu')) return 'it is no ML runtime for CPUs';
  if (/\b(?:beta|preview|rc)\b/i.test(name)) return 'it is a beta';
  const spark = SPARK.exec(name)
    ?.slice(1)
    .map((it) => Number(it ?? 0));
  if (spark === undefined) return 'its name states no Spark version';
  if (compare(spark, [3, 4, 0]) <= 0) return `Spark ${spark.join('.')} is not above 3.4`;
  const scala: [number, number] = [Number(scalaMajor), Number(scalaMinor)];
  if (compare(scala, [2, 11]) <= 0) return `Scala ${scala.join('.')} is not above 2.11`;
  return { key, name, major: Number(major), minor: minor === undefined ? Infinity : Number(minor), scala };
}

const compare = (a: readonly number[], b: readonly number[]): number => {
  const at = a.findIndex((part, index) => part !== (b[index] ?? 0));
  return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
};

/** Fit runtimes, best first: major and minor descending, a bare major before its point releases; on a tie the lower Scala, as Databricks' own clients do. */
export function rankRuntimes(versions: readonly RuntimeVersion[]): RuntimeVersion[] {
  return versions
    .map(judge)
    .filter((it) => typeof it !== 'string')
    .sort((a, b) => b.major - a.major || order(b.minor, a.minor) || compare(a.scala, b.scala))
    .map(({ key, name }) => ({ key, name }));
}

/** A difference that also works for two infinities. */
const order = (a: number, b: number): number => (a === b ? 0 : a - b);

/** The runtime of the lab's cluster; null where none of the versions fits (see `noRuntime`). */
export function chooseRuntime(versions: readonly RuntimeVersion[]): RuntimeVersion | null {
  return rankRuntimes(versions)[0] ?? null;
}

/** Why no runtime fits, with what was seen, in a form that a lab can report. */
export function noRuntime(versions: readonly RuntimeVersion[]): Problem {
  const seen = versions.slice(0, 6).map((version) => {
    const check = checkRuntime(version);
    return `${version.key} (${check.fit ? 'fits' : check.reason})`;
  });
  const more = versions.length > seen.length ? ` and ${versions.length - seen.length} more` : '';
  return {
    code: 'no-runtime',
    message: `None of the workspace's ${versions.length} runtimes fits: ${seen.join(', ')}${more}.`.slice(0, 500),
    remedy: 'another-region',
    suggestion: 'The region lists no current ML runtime: allow another region.',
  };
}

/**
 * The key of the runtime that a cluster really runs. Since the form with `kind`, `spark_version` may be the plain runtime and `use_ml_runtime` asks for the ML one
 * of the same version; the service then derives the effective key (https://github.com/databricks/terraform-provider-databricks/pull/4817).
 */
export function effectiveRuntime(cluster: {
  spark_version?: string | null | undefined;
  effective_spark_version?: string | null | undefined;
  use_ml_runtime?: boolean | null | undefined;
}): string {
  const asked = cluster.spark_version ?? '';
  if (cluster.effective_spark_version) return cluster.effective_spark_version;
  const plain = /^([\d.]+\.x)-(scala[\d.]+)$/.exec(asked);
  return cluster.use_ml_runtime === true && plain !== null ? `${plain[1]}-cpu-ml-${plain[2]}` : asked;
}

/** What a borrowed cluster's runtime allows. `tracesOpenAI` false: the notebook must upgrade MLflow first. */
export function reusableRuntime(key: string): { fit: true; tracesOpenAI: boolean } | { fit: false; reason: string } {
  const match = KEY.exec(key);
  if (match === null) return { fit: false, reason: `runtime ${key} is not that of a plain runtime` };
  const [, major, minor, flavour = ''] = match;
  const tokens = flavour.split('-');
  const version = [Number(major), minor === undefined ? Infinity : Number(minor)];
  if (!tokens.includes('ml')) return { fit: false, reason: `runtime ${key} is no ML runtime` };
  const { major: oldestMajor, minor: oldestMinor } = OLDEST_REUSABLE_RUNTIME;
  if (compare(version, [oldestMajor, oldestMinor]) < 0) {
    return { fit: false, reason: `runtime ${key} is older than ${oldestMajor}.${oldestMinor} LTS ML` };
  }
  return { fit: true, tracesOpenAI: compare(version, [FIRST_TRACING_RUNTIME.major, FIRST_TRACING_RUNTIME.minor]) >= 0 };
}
