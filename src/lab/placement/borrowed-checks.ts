/**
 * Whether what a request brings can serve a lab. Each check says everything that is wrong at once, so that nobody mends one fault to meet the next.
 * What is unfit is never changed: the app neither tags, resizes nor deletes what it did not create.
 */
import { reusableRuntime } from './choose-runtime.ts';

export type Fitness = { fit: true; notes: string[] } | { fit: false; reasons: string[] };

const fitness = (faults: readonly (string | false)[], notes: readonly (string | false)[] = []): Fitness => {
  const reasons = faults.filter((it) => it !== false);
  return reasons.length > 0 ? { fit: false, reasons } : { fit: true, notes: notes.filter((it) => it !== false) };
};

export type AccountToCheck = {
  kind: string;
  provisioningState: string;
  /** `properties.customSubDomainName`. */
  subdomain: string | undefined;
  publicNetworkAccess: string | undefined;
  localAuthDisabled: boolean;
};

/** An Azure OpenAI account, or an AI services account, that takes Entra tokens. */
export function accountFitness(account: AccountToCheck): Fitness {
  return fitness(
    [
      !['openai', 'aiservices'].includes(account.kind.toLowerCase()) &&
        `the account is of kind ${account.kind}, not OpenAI`,
      account.provisioningState !== 'Succeeded' && `the account is in state ${account.provisioningState}`,
      (account.subdomain ?? '') === '' && 'the account has no custom subdomain, without which Entra tokens are refused',
      account.publicNetworkAccess === 'Disabled' && 'the account accepts private connections only',
    ],
    [account.localAuthDisabled && 'keys are switched off: the notebook gets an Entra token'],
  );
}

export type DeploymentToCheck = { model: string; format: string; provisioningState: string; chatCompletion: boolean };

export function deploymentFitness(deployment: DeploymentToCheck): Fitness {
  return fitness([
    deployment.format !== 'OpenAI' && `the deployment's model has format ${deployment.format}, not OpenAI`,
    !deployment.chatCompletion && `${deployment.model} is no chat model`,
    deployment.provisioningState !== 'Succeeded' && `the deployment is in state ${deployment.provisioningState}`,
  ]);
}

export type WorkspaceToCheck = {
  provisioningState: string;
  computeMode: string | undefined;
  url: string | undefined;
  /** Pricing tier; absent where the service does not say. */
  tier?: string | undefined;
};

export function workspaceFitness(workspace: WorkspaceToCheck): Fitness {
  return fitness([
    workspace.provisioningState !== 'Succeeded' && `the workspace is in state ${workspace.provisioningState}`,
    workspace.computeMode === 'Serverless' && 'the workspace is serverless and cannot hold a cluster',
    (workspace.url ?? '') === '' && 'the workspace has no address yet',
    // https://learn.microsoft.com/azure/databricks/security/secrets/: without access control every user manages every scope.
    workspace.tier?.toLowerCase() === 'standard' &&
      'the workspace is of the standard tier, in which every user could read the secret of the lab: upgrade it to premium',
  ]);
}

export type ClusterToCheck = {
  state: string;
  runtimeKey: string;
  accessMode: string | undefined;
  singleUser: string | undefined;
  /** Who runs the notebook: the app's user name in this workspace. */
  userName: string;
  /** After how many idle minutes it ends by itself; 0: never. Absent where the service does not say. */
  autoterminationMinutes?: number | undefined;
};

const DEDICATED = ['SINGLE_USER', 'DATA_SECURITY_MODE_DEDICATED', 'LEGACY_SINGLE_USER', 'LEGACY_SINGLE_USER_STANDARD'];
const STOPPED = ['TERMINATING', 'TERMINATED'];
const USABLE = ['RUNNING', 'RESIZING', 'PENDING', 'RESTARTING', ...STOPPED];

/**
 * The lab's tip: "if you already have a cluster with a 13.3 LTS ML or later runtime". Its notes say what the lab does about it first: starting it, upgrading MLflow.
 */
export function clusterFitness(cluster: ClusterToCheck): Fitness {
  const runtime = reusableRuntime(cluster.runtimeKey);
  return fitness(
    [
      !runtime.fit && runtime.reason,
      !DEDICATED.includes(cluster.accessMode ?? '') &&
        `the access mode is ${cluster.accessMode ?? 'not set'}, not single user`,
      DEDICATED.includes(cluster.accessMode ?? '') &&
        cluster.singleUser?.toLowerCase() !== cluster.userName.toLowerCase() &&
        'the cluster belongs to another user than the app',
      !USABLE.includes(cluster.state) && `the cluster is in state ${cluster.state}`,
      // The app starts it and does not stop it: others may use it by then.
      STOPPED.includes(cluster.state) &&
        cluster.autoterminationMinutes === 0 &&
        'the cluster is stopped and, once started, would never end by itself',
    ],
    [
      STOPPED.includes(cluster.state) && 'the cluster is stopped: it is started first',
      runtime.fit &&
        !runtime.tracesOpenAI &&
        'the runtime’s MLflow cannot trace OpenAI: the notebook upgrades it first',
    ],
  );
}
