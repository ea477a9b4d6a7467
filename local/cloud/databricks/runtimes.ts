// What a workspace offers to run clusters on: runtimes with the traps that real lists have (Beta in the name only, keys with a bare major, GPU,
// Photon, aarch64, old Scala and Spark), and node types.
// Names and keys as in https://learn.microsoft.com/azure/databricks/release-notes/runtime/ and the tests of databricks-sdk-go and terraform-provider-databricks.

export type Runtime = { readonly key: string; readonly name: string };
export type NodeType = {
  readonly id: string;
  readonly cores: number;
  readonly memoryMb: number;
  readonly family: string;
  readonly gpus: number;
};

const runtime = (key: string, name: string): Runtime => ({ key, name });

/** Answer of spark-versions. By the lab's rule the winner is `19.x-cpu-ml-scala2.13`. */
export const RUNTIMES: readonly Runtime[] = [
  runtime('19.x-cpu-ml-scala2.13', '19 ML (includes Apache Spark 4.2.0, Scala 2.13)'),
  runtime('19.x-gpu-ml-scala2.13', '19 ML (includes Apache Spark 4.2.0, GPU, Scala 2.13)'),
  runtime('19.x-scala2.13', '19 (includes Apache Spark 4.2.0, Scala 2.13)'),
  runtime('19.x-photon-scala2.13', '19 Photon (includes Apache Spark 4.2.0, Scala 2.13)'),
  runtime('20.x-cpu-ml-scala2.13', '20 ML (BETA) (includes Apache Spark 4.3.0, Scala 2.13)'),
  runtime('18.x-cpu-ml-scala2.13', '18 LTS ML (includes Apache Spark 4.1.0, Scala 2.13)'),
  runtime('18.2.x-cpu-ml-scala2.13', '18.2 ML (includes Apache Spark 4.1.0, Scala 2.13)'),
  runtime('18.1.x-cpu-ml-scala2.13', '18.1 ML (includes Apache Spark 4.1.0, Scala 2.13)'),
  runtime('18.x-gpu-ml-scala2.13', '18 LTS ML (includes Apache Spark 4.1.0, GPU, Scala 2.13)'),
  runtime('18.x-scala2.13', '18 LTS (includes Apache Spark 4.1.0, Scala 2.13)'),
  runtime('18.x-photon-scala2.13', '18 LTS Photon (includes Apache Spark 4.1.0, Scala 2.13)'),
  runtime('18.x-aarch64-scala2.13', '18 LTS aarch64 (includes Apache Spark 4.1.0, Scala 2.13)'),
  runtime('18.x-aarch64-cpu-ml-scala2.13', '18 LTS ML aarch64 (includes Apache Spark 4.1.0, Scala 2.13)'),
  runtime('18.x-photon-cpu-ml-scala2.13', '18 LTS ML Photon (includes Apache Spark 4.1.0, Scala 2.13)'),
  runtime('18.0.x-gpu-ml-scala2.13', '18.0 ML (includes Apache Spark 4.1.0, GPU, Scala 2.13)'),
  runtime('17.3.x-cpu-ml-scala2.13', '17.3 LTS ML (includes Apache Spark 4.0.0, Scala 2.13)'),
  runtime('17.3.x-gpu-ml-scala2.13', '17.3 LTS ML (includes Apache Spark 4.0.0, GPU, Scala 2.13)'),
  runtime('17.3.x-scala2.13', '17.3 LTS (includes Apache Spark 4.0.0, Scala 2.13)'),
  runtime('17.1.x-scala2.13', '17.1 (includes Apache Spark 4.0.0, Scala 2.13)'),
  runtime('17.x-cpu-ml-scala2.13', '17.x ML'),
  runtime('16.10.x-cpu-ml-scala2.12', '16.10 ML (includes Apache Spark 3.5.2, Scala 2.12)'),
  runtime('16.4.x-cpu-ml-scala2.12', '16.4 LTS ML (includes Apache Spark 3.5.2, Scala 2.12)'),
  runtime('16.4.x-cpu-ml-scala2.13', '16.4 LTS ML (includes Apache Spark 3.5.2, Scala 2.13)'),
  runtime('16.4.x-scala2.12', '16.4 LTS (includes Apache Spark 3.5.2, Scala 2.12)'),
  runtime('15.4.x-cpu-ml-scala2.12', '15.4 LTS ML (includes Apache Spark 3.5.0, Scala 2.12)'),
  runtime('15.4.x-gpu-ml-scala2.12', '15.4 LTS ML (includes Apache Spark 3.5.0, GPU, Scala 2.12)'),
  runtime('14.3.x-cpu-ml-scala2.12', '14.3 LTS ML (includes Apache Spark 3.5.0, Scala 2.12)'),
  runtime('13.3.x-cpu-ml-scala2.12', '13.3 LTS ML (includes Apache Spark 3.4.1, Scala 2.12)'),
  runtime('13.3.x-snapshot-scala2.12', '13.3 Snapshot (includes Apache Spark 3.4.1, Scala 2.12)'),
  runtime('12.2.x-cpu-ml-scala2.12', '12.2 LTS ML (includes Apache Spark 3.3.2, Scala 2.12)'),
  runtime('10.4.x-aarch64-photon-scala2.12', '10.4 LTS Photon aarch64 (includes Apache Spark 3.2.1, Scala 2.12)'),
  runtime('7.3.x-hls-scala2.12', '7.3 LTS Genomics (includes Apache Spark 3.0.1, Scala 2.12)'),
  runtime('5.5.x-cpu-esr-ml-scala2.11', '5.5 Extended Support ML (includes Apache Spark 2.4.3, Scala 2.11)'),
  runtime('5.0.x-rc-gpu-ml-scala2.11', '5.0 RC ML (includes Apache Spark 2.4.0, GPU, Scala 2.11)'),
  runtime('apache-spark-3.5.x-scala2.12', 'Light (includes Apache Spark 3.5, Scala 2.12)'),
  runtime('custom:snapshot__19.x-cpu-ml-scala2.13', 'Custom 19 ML (includes Apache Spark 4.2.0, Scala 2.13)'),
];

export const NODE_TYPES: readonly NodeType[] = [
  { id: 'Standard_D4ds_v5', cores: 4, memoryMb: 16_384, family: 'standardDDSv5Family', gpus: 0 },
  { id: 'Standard_D8ds_v5', cores: 8, memoryMb: 32_768, family: 'standardDDSv5Family', gpus: 0 },
  { id: 'Standard_D4ads_v5', cores: 4, memoryMb: 16_384, family: 'standardDADSv5Family', gpus: 0 },
  { id: 'Standard_DS3_v2', cores: 4, memoryMb: 14_336, family: 'standardDSv2Family', gpus: 0 },
  { id: 'Standard_E4ds_v5', cores: 4, memoryMb: 32_768, family: 'standardEDSv5Family', gpus: 0 },
  { id: 'Standard_NC6s_v3', cores: 6, memoryMb: 114_688, family: 'standardNCSv3Family', gpus: 1 },
];

/** The MLflow that a runtime's image carries; null where it carries none. Runtimes for machine learning only. */
export function mlflowVersionOf(sparkVersion: string): string | null {
  const [, major = '0', minor] = /^(\d+)(?:\.(\d+))?\.x-(?:.+-)?ml-/.exec(sparkVersion) ?? [];
  if (major === '0') return null;
  if (Number(major) >= 19) return '3.12.0';
  if (major === '18') return '3.8.1';
  if (major === '17') return '3.0.1';
  if (major === '16') return '2.21.3';
  if (major === '15') return '2.13.1';
  return major === '14' && minor === '3' ? '2.9.2' : '2.5.0';
}
