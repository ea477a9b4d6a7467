import { describe, expect, it } from 'vitest';
import {
  chooseRuntime,
  effectiveRuntime,
  checkRuntime,
  noRuntime,
  rankRuntimes,
  reusableRuntime,
} from '../../../src/lab/placement/choose-runtime.ts';

/** key | name | what becomes of it: its place among the fit ones (counted from 0), or why it is dropped. Keys and names as workspaces list them, and traps made alike. */
const table = `
19.x-cpu-ml-scala2.13           | 19 ML (includes Apache Spark 4.2.0, Scala 2.13)                        | 0
19.x-gpu-ml-scala2.13           | 19 ML (includes Apache Spark 4.2.0, GPU, Scala 2.13)                   | gpu
19.x-scala2.13                  | 19 (includes Apache Spark 4.2.0, Scala 2.13)                           | no ML
19.x-photon-scala2.13           | 19 Photon (includes Apache Spark 4.2.0, Scala 2.13)                    | photon
20.x-cpu-ml-scala2.13           | 20 ML (BETA) (includes Apache Spark 4.3.0, Scala 2.13)                 | beta
18.x-cpu-ml-scala2.13           | 18 LTS ML (includes Apache Spark 4.1.0, Scala 2.13)                    | 1
18.2.x-cpu-ml-scala2.13         | 18.2 ML (includes Apache Spark 4.1.0, Scala 2.13)                      | 2
18.1.x-cpu-ml-scala2.13         | 18.1 ML (includes Apache Spark 4.1.0, Scala 2.13)                      | 3
18.x-gpu-ml-scala2.13           | 18 LTS ML (includes Apache Spark 4.1.0, GPU, Scala 2.13)               | gpu
18.x-scala2.13                  | 18 LTS (includes Apache Spark 4.1.0, Scala 2.13)                       | no ML
18.x-photon-scala2.13           | 18 LTS Photon (includes Apache Spark 4.1.0, Scala 2.13)                | photon
18.x-aarch64-scala2.13          | 18 LTS aarch64 (includes Apache Spark 4.1.0, Scala 2.13)               | aarch64
18.x-aarch64-cpu-ml-scala2.13   | 18 LTS ML aarch64 (includes Apache Spark 4.1.0, Scala 2.13)            | aarch64
18.x-photon-cpu-ml-scala2.13    | 18 LTS ML Photon (includes Apache Spark 4.1.0, Scala 2.13)             | photon
18.0.x-gpu-ml-scala2.13         | 18.0 ML (includes Apache Spark 4.1.0, GPU, Scala 2.13)                 | gpu
17.3.x-cpu-ml-scala2.13         | 17.3 LTS ML (includes Apache Spark 4.0.0, Scala 2.13)                  | 4
17.3.x-gpu-ml-scala2.13         | 17.3 LTS ML (includes Apache Spark 4.0.0, GPU, Scala 2.13)             | gpu
17.3.x-scala2.13                | 17.3 LTS (includes Apache Spark 4.0.0, Scala 2.13)                     | no ML
17.1.x-scala2.13                | 17.1 (includes Apache Spark 4.0.0, Scala 2.13)                         | no ML
16.10.x-cpu-ml-scala2.12        | 16.10 ML (includes Apache Spark 3.5.2, Scala 2.12)                     | 5
16.4.x-cpu-ml-scala2.12         | 16.4 LTS ML (includes Apache Spark 3.5.2, Scala 2.12)                  | 6
16.4.x-cpu-ml-scala2.13         | 16.4 LTS ML (includes Apache Spark 3.5.2, Scala 2.13)                  | 7
16.4.x-scala2.12                | 16.4 LTS (includes Apache Spark 3.5.2, Scala 2.12)                     | no ML
15.4.x-cpu-ml-scala2.12         | 15.4 LTS ML (includes Apache Spark 3.5.0, Scala 2.12)                  | 8
15.4.x-cpu-ml-scala2.12         | 15.4 LTS ML Beta (includes Apache Spark 3.5.0, Scala 2.12)             | beta
15.4.x-gpu-ml-scala2.12         | 15.4 LTS ML (includes Apache Spark 3.5.0, GPU, Scala 2.12)             | gpu
14.3.x-cpu-ml-scala2.12         | 14.3 LTS ML (includes Apache Spark 3.5.0, Scala 2.12)                  | 9
13.3.x-cpu-ml-scala2.12         | 13.3 LTS ML (includes Apache Spark 3.4.1, Scala 2.12)                  | 10
12.2.x-cpu-ml-scala2.12         | 12.2 LTS ML (includes Apache Spark 3.3.2, Scala 2.12)                  | Spark 3.3.2
13.3.x-snapshot-scala2.12       | 13.3 Snapshot (includes Apache Spark 3.4.1, Scala 2.12)                | snapshot
10.4.x-aarch64-photon-scala2.12 | 10.4 LTS Photon aarch64 (includes Apache Spark 3.2.1, Scala 2.12)      | photon
7.3.x-hls-scala2.12             | 7.3 LTS Genomics (includes Apache Spark 3.0.1, Scala 2.12)             | hls
5.5.x-cpu-esr-ml-scala2.11      | 5.5 Extended Support ML (includes Apache Spark 2.4.3, Scala 2.11)      | Spark 2.4.3
5.0.x-rc-gpu-ml-scala2.11       | 5.0 RC ML (includes Apache Spark 2.4.0, GPU, Scala 2.11)               | gpu
apache-spark-3.5.x-scala2.12    | Light (includes Apache Spark 3.5, Scala 2.12)                          | plain
custom:snapshot__19.x-cpu-ml-scala2.13 | Custom 19 ML (includes Apache Spark 4.2.0, Scala 2.13)          | plain
dlt:18.x-cpu-ml-scala2.13       | 18 ML (includes Apache Spark 4.1.0, Scala 2.13)                        | plain
17.x-cpu-ml-scala2.13           | 17.x ML                                                                | no Spark version
9.1.x-cpu-ml-scala2.9           | 9.1 ML (includes Apache Spark 3.5.0, Scala 2.9)                        | Scala 2.9
13.2.x-cpu-ml-scala2.12         | 13.2 ML (includes Apache Spark 3.4.0, Scala 2.12)                      | Spark 3.4.0
`;

const rows = table
  .trim()
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()) as [key: string, name: string, fate: string]);
const versions = rows.map(([key, name]) => ({ key, name }));

describe('chooseRuntime', () => {
  it.each(rows)('%s | %s -> %s', (key, name, fate) => {
    const judged = checkRuntime({ key, name });
    if (/^\d+$/.test(fate)) {
      expect(judged).toEqual({ fit: true });
      expect(rankRuntimes(versions)[Number(fate)]).toEqual({ key, name });
    } else {
      expect(judged).toEqual({ fit: false, reason: expect.stringContaining(fate) as string });
    }
  });

  it('takes 19 where its ML runtime is generally available (variant A)', () => {
    expect(chooseRuntime(versions)?.key).toBe('19.x-cpu-ml-scala2.13');
  });

  it('takes 18 where 19 ML is still a beta: the same key under another name (variant B)', () => {
    const earlier = versions.map((it) =>
      it.key === '19.x-cpu-ml-scala2.13' ? { ...it, name: '19 ML Beta (includes Apache Spark 4.2.0, Scala 2.13)' } : it,
    );
    expect(chooseRuntime(earlier)?.key).toBe('18.x-cpu-ml-scala2.13');
  });

  it('does not depend on the order in which the workspace lists them', () => {
    const ranked = rankRuntimes(versions);
    expect(rankRuntimes([...versions].reverse())).toEqual(ranked);
    expect(ranked).toHaveLength(11);
  });

  it('gives null and says what was seen where none fits', () => {
    const old = versions.filter((it) => /^(12|5|7)/.test(it.key));
    expect(chooseRuntime(old)).toBeNull();
    const problem = noRuntime(old);
    expect(problem).toMatchObject({ code: 'no-runtime', remedy: 'another-region' });
    expect(problem.message).toContain('12.2.x-cpu-ml-scala2.12 (Spark 3.3.2 is not above 3.4)');
    expect(noRuntime([]).message).toContain('0 runtimes');
  });
});

describe('effectiveRuntime', () => {
  const clusters: [what: string, cluster: Parameters<typeof effectiveRuntime>[0], key: string][] = [
    ['classic form', { spark_version: '18.x-cpu-ml-scala2.13' }, '18.x-cpu-ml-scala2.13'],
    ['plain runtime', { spark_version: '18.x-scala2.13', use_ml_runtime: false }, '18.x-scala2.13'],
    ['ML asked for', { spark_version: '18.x-scala2.13', use_ml_runtime: true }, '18.x-cpu-ml-scala2.13'],
    ['ML asked for, minor', { spark_version: '15.4.x-scala2.12', use_ml_runtime: true }, '15.4.x-cpu-ml-scala2.12'],
    [
      'derived by the service, with a GPU',
      { spark_version: '18.x-scala2.13', use_ml_runtime: true, effective_spark_version: '18.x-gpu-ml-scala2.13' },
      '18.x-gpu-ml-scala2.13',
    ],
    ['ML asked for, Photon', { spark_version: '18.x-photon-scala2.13', use_ml_runtime: true }, '18.x-photon-scala2.13'],
    ['nothing said', {}, ''],
  ];
  it.each(clusters)('%s', (_what, cluster, key) => expect(effectiveRuntime(cluster)).toBe(key));
});

describe('reusableRuntime', () => {
  const reusable: [key: string, outcome: 'traces' | 'upgrade' | 'unfit'][] = [
    ['19.x-cpu-ml-scala2.13', 'traces'],
    ['18.x-gpu-ml-scala2.13', 'traces'],
    ['16.10.x-cpu-ml-scala2.12', 'traces'],
    ['16.4.x-cpu-ml-scala2.12', 'traces'],
    ['16.3.x-cpu-ml-scala2.12', 'upgrade'],
    ['15.4.x-cpu-ml-scala2.12', 'upgrade'],
    ['13.3.x-cpu-ml-scala2.12', 'upgrade'],
    ['13.2.x-cpu-ml-scala2.12', 'unfit'],
    ['9.1.x-cpu-ml-scala2.12', 'unfit'],
    ['18.x-scala2.13', 'unfit'],
    ['custom:x', 'unfit'],
  ];
  it.each(reusable)('%s: %s', (key, outcome) => {
    const judged = reusableRuntime(key);
    expect(judged.fit ? (judged.tracesOpenAI ? 'traces' : 'upgrade') : 'unfit').toBe(outcome);
  });
});
