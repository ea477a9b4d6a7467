// Other people's things, for the app to leave alone or to borrow.
import { newAccount } from './openai/account.ts';
import type { Cluster } from './databricks/records.ts';
import { databricksOf, keyOf } from './databricks/tables.ts';
import { putGroup } from './arm/groups.ts';
import type { Account, ArmResource, Deployment, Group, Workspace } from './arm/records.ts';
import type { Tags } from './core/records.ts';
import type { CloudState } from './core/state.ts';
import { newWorkspace } from './databricks/workspace.ts';
import { fillManagedGroup, putManagedGroup } from './databricks/managed-group.ts';
import { armOf } from './arm/tables.ts';

export type Bystanders = {
  /** A group; `rg-elsewhere` in eastus2 unless named. Returns the one that exists under that name. */
  group(spec?: { name?: string; location?: string; tags?: Tags }): Group;
  /** An account in use since yesterday, with one deployment if a model is named. */
  account(spec?: {
    group?: string;
    name?: string;
    location?: string;
    tags?: Tags;
    deploy?: { name?: string; model: string; version: string; sku: string; capacity: number };
  }): Promise<Account>;
  /** A workspace in use since yesterday, with its managed group. */
  workspace(spec?: { group?: string; name?: string; location?: string; tags?: Tags; sku?: string }): Promise<Workspace>;
  /** A single-user cluster in that workspace, made by somebody for the app to use; running on the newest runtime unless told otherwise. */
  cluster(
    workspace: Workspace,
    spec?: {
      id?: string;
      name?: string;
      runtime?: string;
      /** Made in the form with `kind`: the description names the plain runtime, and asks for the ML one. */
      form?: 'classic' | 'simple';
      state?: Cluster['state'];
      accessMode?: string;
      singleUser?: string;
      autoterminationMinutes?: number;
      tags?: Tags;
    },
  ): Cluster;
  /** A person in Microsoft Entra, who has signed in nowhere yet. */
  person(spec: { objectId: string; userName: string }): void;
  /** A storage account that somebody puts into the group of that name. */
  storageIn(group: string, name?: string): ArmResource;
};

const DAY_MS = 86_400_000;

export function createBystanders(state: CloudState): Bystanders {
  const call = { params: { subscriptionId: state.subscriptionIds[0] as string } };
  const idOf = (name: string): string => `/subscriptions/${state.subscriptionIds[0]}/resourceGroups/${name}`;

  const group: Bystanders['group'] = ({ name = 'rg-elsewhere', location = 'eastus2', tags = {} } = {}) =>
    armOf(state).groups.get(idOf(name).toLowerCase()) ??
    putGroup(state, call, { name, location, tags: { ...tags }, maker: 'bystander' });

  const deploy = (
    account: Account,
    spec: { name?: string; model: string; version: string; sku: string; capacity: number },
  ): void => {
    const name = spec.name ?? spec.model;
    const deployment: Deployment = {
      id: `${account.id}/deployments/${name}`,
      accountId: account.id,
      name,
      location: account.location,
      sku: { name: spec.sku, capacity: spec.capacity },
      model: { format: 'OpenAI', name: spec.model, version: spec.version },
      versionUpgradeOption: 'OnceNewDefaultVersionAvailable',
      raiPolicyName: 'Microsoft.DefaultV2',
      tags: {},
      maker: 'bystander',
      state: 'Succeeded',
      usageName: `OpenAI.${spec.sku}.${spec.model}`,
      createdAt: account.createdAt,
      usableAt: account.createdAt,
    };
    armOf(state).deployments.put(deployment.id.toLowerCase(), deployment);
  };

  return {
    group,
    account: async (spec = {}) => {
      const { name = 'aoai-elsewhere', location = 'eastus2', tags = {} } = spec;
      const owner = group({ name: spec.group ?? 'rg-elsewhere', location });
      const made = await newAccount(state, {
        group: owner.id,
        name,
        location,
        tags,
        subdomain: name.toLowerCase(),
        maker: 'bystander',
      });
      const account: Account = { ...made, state: 'Succeeded', createdAt: state.now() - DAY_MS };
      armOf(state).accounts.put(account.id.toLowerCase(), account);
      if (spec.deploy !== undefined) deploy(account, spec.deploy);
      return account;
    },
    workspace: async (spec = {}) => {
      const { name = 'dbw-elsewhere', location = 'eastus2', tags = {}, sku = 'premium' } = spec;
      const owner = group({ name: spec.group ?? 'rg-elsewhere', location });
      const made = await newWorkspace(state, {
        ...{ group: owner.id, name, location, tags, sku, maker: 'bystander' },
        managedGroupId: idOf(`databricks-rg-${name}`),
        createdBy: {
          objectId: '0b8e1c52-0000-4000-8000-00000000feed',
          clientId: '0b8e1c52-0000-4000-8000-00000000cafe',
        },
      });
      const yesterday = state.now() - DAY_MS;
      const workspace: Workspace = { ...made, state: 'Succeeded', createdAt: yesterday, succeededAt: yesterday };
      armOf(state).workspaces.put(workspace.id.toLowerCase(), workspace);
      putManagedGroup(state, workspace);
      fillManagedGroup(state, workspace);
      return workspace;
    },
    cluster: (workspace, spec = {}) => {
      const { id = '1122-080000-theirs00', name = 'Cluster of the course', runtime = '19.x-cpu-ml-scala2.13' } = spec;
      const {
        singleUser = state.identity.clientId,
        accessMode = 'SINGLE_USER',
        autoterminationMinutes = 60,
        tags = {},
      } = spec;
      const yesterday = state.now() - DAY_MS;
      const isUp = (spec.state ?? 'RUNNING') === 'RUNNING';
      const cluster: Cluster = {
        id,
        workspaceId: workspace.workspaceId,
        spec: {
          cluster_name: name,
          ...(spec.form === 'simple'
            ? { kind: 'CLASSIC_PREVIEW', use_ml_runtime: true, spark_version: runtime.replace('-cpu-ml', '') }
            : { spark_version: runtime }),
          node_type_id: 'Standard_D4ds_v5',
          num_workers: 0,
          data_security_mode: accessMode,
          single_user_name: singleUser,
          autotermination_minutes: autoterminationMinutes,
          custom_tags: tags,
        },
        nodeType: 'Standard_D4ds_v5',
        sparkVersion: runtime,
        singleUser,
        autoterminationMinutes,
        creator: 'teacher@example.org',
        state: spec.state ?? 'RUNNING',
        stateMessage: '',
        epoch: 1,
        createdAt: yesterday,
        startedAt: yesterday,
        ...(isUp ? { runningAt: yesterday } : { terminatedAt: yesterday + 3_600_000 }),
        ...(isUp
          ? {}
          : {
              terminationReason: { code: 'INACTIVITY', type: 'SUCCESS', parameters: { inactivity_duration_min: '60' } },
            }),
        lastActivityAt: yesterday,
        sparkContextId: 7_000_000_000_000_000_001,
        libraries: [],
        events: [],
        pinned: false,
      };
      databricksOf(state).clusters.put(keyOf(workspace.workspaceId, id), cluster);
      return cluster;
    },
    person: ({ objectId, userName }) => {
      armOf(state).principals.put(objectId.toLowerCase(), { objectId: objectId.toLowerCase(), type: 'User', userName });
    },
    storageIn: (name, storage = 'stsomebodyelse') => {
      const owner = group({ name });
      const type = 'Microsoft.Storage/storageAccounts';
      const resource: ArmResource = {
        id: `${owner.id}/providers/${type}/${storage}`,
        type,
        subscriptionId: owner.subscriptionId,
        group: owner.name,
        name: storage,
        location: owner.location,
        tags: {},
        maker: 'bystander',
        properties: { provisioningState: 'Succeeded' },
        createdAt: state.now(),
      };
      armOf(state).resources.put(resource.id.toLowerCase(), resource);
      return resource;
    },
  };
}
