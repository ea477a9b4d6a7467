import { describe, expect, it } from 'vitest';
import { clusterSpec, isClusterOf } from '../../src/lab/cluster-spec.ts';

const lab = { id: 'demo', installation: 'llmops-test', startedAt: '2026-11-02T10:00:00.000Z' };
const spec = clusterSpec({
  lab,
  start: 1,
  runtimeKey: '18.x-cpu-ml-scala2.13',
  nodeType: 'Standard_D4ds_v5',
  userName: '00000000-0000-0000-0000-00000000000a',
  autoterminationMinutes: 20,
});

describe('clusterSpec', () => {
  it('is exactly the lab’s cluster: single node, single user, no Photon, no policy, 20 minutes', () => {
    expect(spec).toEqual({
      cluster_name: 'llmops-demo cluster',
      spark_version: '18.x-cpu-ml-scala2.13',
      node_type_id: 'Standard_D4ds_v5',
      driver_node_type_id: 'Standard_D4ds_v5',
      num_workers: 0,
      autotermination_minutes: 20,
      data_security_mode: 'SINGLE_USER',
      single_user_name: '00000000-0000-0000-0000-00000000000a',
      runtime_engine: 'STANDARD',
      spark_conf: { 'spark.databricks.cluster.profile': 'singleNode', 'spark.master': 'local[*, 4]' },
      custom_tags: {
        ResourceClass: 'SingleNode',
        'llmops-installation': 'llmops-test',
        'llmops-lab': 'demo',
        'llmops-started': '2026-11-02T10:00:00.000Z',
        'llmops-start': '1',
      },
      azure_attributes: { availability: 'ON_DEMAND_AZURE', first_on_demand: 1, spot_bid_max_price: -1 },
      enable_elastic_disk: true,
    });
  });

  it('sends the number of workers: JSON without it asks for a size', () => {
    expect(JSON.stringify(spec)).toContain('"num_workers":0');
  });

  it('does not mix in the newer form, which the service refuses', () => {
    for (const field of ['kind', 'is_single_node', 'use_ml_runtime', 'policy_id'])
      expect(spec).not.toHaveProperty(field);
  });

  it('recognises its own cluster, and no other lab’s, start’s or installation’s', () => {
    expect(isClusterOf(spec.custom_tags, lab)).toBe(true);
    expect(isClusterOf(spec.custom_tags, lab, 1)).toBe(true);
    expect(isClusterOf(spec.custom_tags, lab, 2)).toBe(false);
    expect(isClusterOf(spec.custom_tags, { ...lab, installation: 'other' })).toBe(false);
    expect(isClusterOf(spec.custom_tags, { ...lab, startedAt: '2026-11-03T10:00:00.000Z' })).toBe(false);
    expect(isClusterOf(undefined, lab)).toBe(false);
  });
});
