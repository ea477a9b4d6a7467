import { describe, expect, it } from 'vitest';
import {
  accountFitness,
  clusterFitness,
  deploymentFitness,
  workspaceFitness,
  type Fitness,
} from '../../../src/lab/placement/borrowed-checks.ts';

const account = {
  kind: 'OpenAI',
  provisioningState: 'Succeeded',
  subdomain: 'mine',
  publicNetworkAccess: 'Enabled',
  localAuthDisabled: false,
};
const deployment = { model: 'gpt-4o', format: 'OpenAI', provisioningState: 'Succeeded', chatCompletion: true };
const workspace = { provisioningState: 'Succeeded', computeMode: 'Hybrid', url: 'adb-1.2.azuredatabricks.net' };
const cluster = {
  state: 'RUNNING',
  runtimeKey: '18.x-cpu-ml-scala2.13',
  accessMode: 'SINGLE_USER',
  singleUser: 'app',
  userName: 'app',
};

const rows: [what: string, judged: Fitness, expected: RegExp[] | { notes: RegExp[] }][] = [
  ['account: fit', accountFitness(account), { notes: [] }],
  ['account: AI services', accountFitness({ ...account, kind: 'AIServices' }), { notes: [] }],
  ['account: keys off', accountFitness({ ...account, localAuthDisabled: true }), { notes: [/Entra token/] }],
  ['account: other kind', accountFitness({ ...account, kind: 'SpeechServices' }), [/kind SpeechServices/]],
  ['account: being deleted', accountFitness({ ...account, provisioningState: 'Deleting' }), [/state Deleting/]],
  ['account: no subdomain', accountFitness({ ...account, subdomain: undefined }), [/subdomain/]],
  ['account: private', accountFitness({ ...account, publicNetworkAccess: 'Disabled' }), [/private/]],
  [
    'account: everything wrong, said at once',
    accountFitness({
      kind: 'Face',
      provisioningState: 'Failed',
      subdomain: '',
      publicNetworkAccess: 'Disabled',
      localAuthDisabled: false,
    }),
    [/Face/, /Failed/, /subdomain/, /private/],
  ],
  ['deployment: fit', deploymentFitness(deployment), { notes: [] }],
  ['deployment: embeddings', deploymentFitness({ ...deployment, chatCompletion: false }), [/no chat model/]],
  ['deployment: other format', deploymentFitness({ ...deployment, format: 'Mistral' }), [/format Mistral/]],
  ['deployment: failed', deploymentFitness({ ...deployment, provisioningState: 'Failed' }), [/state Failed/]],
  ['workspace: fit', workspaceFitness(workspace), { notes: [] }],
  ['workspace: old, without a compute mode', workspaceFitness({ ...workspace, computeMode: undefined }), { notes: [] }],
  ['workspace: serverless', workspaceFitness({ ...workspace, computeMode: 'Serverless' }), [/serverless/]],
  ['workspace: standard tier', workspaceFitness({ ...workspace, tier: 'standard' }), [/standard tier.*premium/]],
  ['workspace: premium tier', workspaceFitness({ ...workspace, tier: 'Premium' }), { notes: [] }],
  [
    'workspace: being made',
    workspaceFitness({ ...workspace, provisioningState: 'Creating', url: undefined }),
    [/Creating/, /no address/],
  ],
  ['cluster: fit', clusterFitness(cluster), { notes: [] }],
  [
    'cluster: newer name of the access mode',
    clusterFitness({ ...cluster, accessMode: 'DATA_SECURITY_MODE_DEDICATED' }),
    { notes: [] },
  ],
  ['cluster: stopped', clusterFitness({ ...cluster, state: 'TERMINATED' }), { notes: [/started first/] }],
  [
    'cluster: oldest runtime',
    clusterFitness({ ...cluster, runtimeKey: '13.3.x-cpu-ml-scala2.12' }),
    { notes: [/upgrades/] },
  ],
  [
    'cluster: runtime too old',
    clusterFitness({ ...cluster, runtimeKey: '12.2.x-cpu-ml-scala2.12' }),
    [/older than 13\.3 LTS ML/],
  ],
  ['cluster: no ML runtime', clusterFitness({ ...cluster, runtimeKey: '18.x-scala2.13' }), [/no ML runtime/]],
  [
    'cluster: shared',
    clusterFitness({ ...cluster, accessMode: 'USER_ISOLATION' }),
    [/USER_ISOLATION, not single user/],
  ],
  ['cluster: somebody else’s', clusterFitness({ ...cluster, singleUser: 'a@b' }), [/another user/]],
  ['cluster: broken', clusterFitness({ ...cluster, state: 'ERROR' }), [/state ERROR/]],
  ['cluster: just stopping', clusterFitness({ ...cluster, state: 'TERMINATING' }), { notes: [/started first/] }],
  [
    'cluster: the same user in other case',
    clusterFitness({ ...cluster, singleUser: cluster.userName.toUpperCase() }),
    { notes: [] },
  ],
];

describe('fitness of what a request brings', () => {
  it.each(rows)('%s', (_what, judged, expected) => {
    const said = judged.fit ? judged.notes : judged.reasons;
    const wanted = Array.isArray(expected) ? expected : expected.notes;
    expect(judged.fit).toBe(!Array.isArray(expected));
    expect(said).toHaveLength(wanted.length);
    for (const [index, pattern] of wanted.entries()) expect(said[index]).toMatch(pattern);
  });
});
