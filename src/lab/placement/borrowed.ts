/**
 * What a request brings instead of having it made: an Azure OpenAI account, a deployment, a workspace, a cluster. Judged before anything is created.
 *
 * 1. The app uses it as it is: never tagged, resized or deleted. What the app puts into it carries the lab's own names and tags, and is taken out again.
 * 2. Which account and workspace that are stands on the lab's own group, so that the sweep can take it out when the orchestration is lost.
 * 3. What another lab of this installation made is no loan: it goes with that lab.
 */
import type { Borrowed, BorrowedCluster, BorrowedIds } from '../resources.ts';
import type { ModelFact } from './facts.ts';
import { closedBecause, modelRule } from './choose-model.ts';
import {
  accountFitness,
  clusterFitness,
  deploymentFitness,
  workspaceFitness,
  type AccountToCheck,
  type ClusterToCheck,
  type DeploymentToCheck,
  type Fitness,
  type WorkspaceToCheck,
} from './borrowed-checks.ts';
import type { Reason } from './blockers.ts';
import type { PlanRequest } from './plan.ts';
import { reusableRuntime } from './choose-runtime.ts';
import { TAGS } from '../tags.ts';
import { ACCOUNT_TYPE, WORKSPACE_TYPE, accountId, armIdOf, parseArmId, workspaceId } from '../arm-ids.ts';

type Tags = Readonly<Record<string, string>>;

export const borrowedIds = ({ account, workspace }: Borrowed): BorrowedIds => ({
  ...(account === undefined ? {} : { account: account.id }),
  ...(workspace === undefined ? {} : { workspace: workspace.id }),
});

const ID_OF = { account: accountId, workspace: workspaceId };
const TAG_OF = { account: TAGS.borrowedAccount, workspace: TAGS.borrowedWorkspace } as const;
const TYPE_OF = { account: ACCOUNT_TYPE, workspace: WORKSPACE_TYPE } as const;
const KINDS = ['account', 'workspace'] as const;

/** `{subscription}/{group}/{name}`: a whole resource id may be longer than the 256 characters of a tag's value. */
export function borrowedTags(ids: BorrowedIds): Tags {
  const entries = KINDS.flatMap((kind) => {
    const id = ids[kind];
    if (id === undefined) return [];
    const { subscriptionId, group, name } = parseArmId(id);
    return [[TAG_OF[kind], [subscriptionId, group, name].join('/')] as const];
  });
  return Object.fromEntries(entries);
}

export function borrowedFromTags(tags: Tags): BorrowedIds {
  const entries = KINDS.flatMap((kind) => {
    const value = Object.entries(tags).find(([name]) => name.toLowerCase() === TAG_OF[kind])?.[1];
    const [subscription, group, name, ...more] = value?.split('/') ?? [];
    if (!subscription || !group || !name || more.length > 0) return [];
    const id = ID_OF[kind](subscription, group, name);
    return armIdOf(TYPE_OF[kind]).test(id) ? [[kind, id] as const] : [];
  });
  return Object.fromEntries(entries);
}

/** What a read found. `refused`: the service did not let the app look. */
export type Lookup<T> = { kind: 'found'; value: T } | { kind: 'absent' } | { kind: 'refused'; reason: string };

export type ClusterFound = Omit<ClusterToCheck, 'userName'> & {
  id: string;
  name: string;
  /** The lab that made it, if one of this app did. */
  madeFor: string | undefined;
};

/** Everything that was read of what the request brings; parts that it does not bring are absent. */
export type BorrowedLookups = {
  account?: {
    id: string;
    found: Lookup<AccountToCheck & { name: string; region: string; endpoint: string | undefined; tags: Tags }>;
    /** Rights in it that the app lacks. */
    missingRights: string[];
    deployment?: {
      name: string;
      found: Lookup<DeploymentToCheck & { version: string; sku: string; capacity: number }>;
      /** The catalogue of the account's region. */
      models: ModelFact[];
    };
  };
  workspace?: {
    id: string;
    found: Lookup<WorkspaceToCheck & { name: string; region: string; managedGroupId: string | undefined; tags: Tags }>;
    /** Who the app is there; absent where the workspace could not be asked at all. */
    userName?: Lookup<string>;
    /** The one that the request names, or all of them where it asks for any that is fit. */
    clusters?: Lookup<ClusterFound[]>;
    clusterId?: string;
  };
};

export type BorrowedCheck = {
  /** Empty: everything is fit. */
  reasons: Reason[];
  notes: string[];
  borrowed: Borrowed;
  existing: NonNullable<PlanRequest['existing']>;
  /** Who the app is in the borrowed workspace. */
  workspaceUser?: string;
};

/** @param at ISO time of the reading. */
export function checkBorrowed(reading: BorrowedLookups, at: string): BorrowedCheck {
  const check: BorrowedCheck = { reasons: [], notes: [], borrowed: {}, existing: {} };
  if (reading.account !== undefined) checkAccount(reading.account, at, check);
  if (reading.workspace !== undefined) checkWorkspace(reading.workspace, check);
  return check;
}

export const LIST_KEYS = 'Microsoft.CognitiveServices/accounts/listKeys/action';

type What = 'account' | 'deployment' | 'workspace' | 'cluster';
const INSTEAD: Readonly<Record<What, string>> = {
  account: 'name another account, or leave `openai` out: the lab then makes its own',
  deployment: 'name another deployment, or leave it out: the lab then makes its own in the account',
  workspace: 'name another workspace, or leave it out: the lab then makes its own',
  cluster: 'name another cluster, or leave it out: the lab then makes its own in the workspace',
};

/** The value, where it was found and is fit; else undefined, and the reasons are told. */
function take<T>(
  check: BorrowedCheck,
  what: What,
  id: string,
  found: Lookup<T>,
  fitness: (value: T) => Fitness,
): T | undefined {
  if (found.kind === 'absent') {
    check.reasons.push({
      code: `no-such-${what}`,
      message: `The ${what} ${id} does not exist.`,
      suggestion: `Check its id; ${INSTEAD[what]}.`,
    });
    return undefined;
  }
  if (found.kind === 'refused') {
    const right =
      what === 'account' || what === 'deployment' ? 'Reader on the account' : 'Contributor on the workspace';
    check.reasons.push({
      code: `unreadable-${what}`,
      message: `The ${what} ${id} could not be read: ${found.reason}`,
      suggestion: `Give the app ${right}; or ${INSTEAD[what]}.`,
    });
    return undefined;
  }
  const verdict = fitness(found.value);
  if (verdict.fit) {
    check.notes.push(...verdict.notes);
    return found.value;
  }
  check.reasons.push({
    code: `unfit-${what}`,
    message: `The ${what} ${id} is not fit: ${verdict.reasons.join('; ')}.`,
    suggestion: `Mend that; or ${INSTEAD[what]}.`,
  });
  return undefined;
}

/** Which lab is nobody's business: it may be another owner's. */
const andNotOfALab = (fitness: Fitness, lab: string | undefined): Fitness => {
  if (lab === undefined) return fitness;
  const reason = 'it belongs to a lab, and goes with it';
  return { fit: false, reasons: fitness.fit ? [reason] : [...fitness.reasons, reason] };
};
const madeFor = (tags: Tags): string | undefined =>
  Object.entries(tags).find(([name]) => name.toLowerCase() === TAGS.lab)?.[1];

function checkAccount(reading: NonNullable<BorrowedLookups['account']>, at: string, check: BorrowedCheck): void {
  const account = take(check, 'account', reading.id, reading.found, (found) =>
    andNotOfALab(accountFitness(found), madeFor(found.tags)),
  );
  for (const action of reading.missingRights) {
    // Where keys are switched off none is asked for: the notebook gets a token.
    if (action === LIST_KEYS && account?.localAuthDisabled === true) continue;
    check.reasons.push({
      code: 'missing-right',
      message: `The app may not do ${action} in the account ${reading.id}.`,
      suggestion: `Grant ${action} on the account; or ${INSTEAD.account}.`,
    });
  }
  if (account === undefined) return;
  const { name, region, endpoint = '' } = account;
  check.borrowed.account = { id: reading.id, name, region, endpoint, borrowed: true };
  check.existing.openai = { region };
  if (reading.deployment === undefined) return;

  const { name: deploymentName, models } = reading.deployment;
  const deployment = take(check, 'deployment', deploymentName, reading.deployment.found, (found) => {
    const listed = models.find((one) => one.name === found.model && one.version === found.version);
    const closed = listed === undefined ? null : closedBecause(listed, { at, deployedModels: [found.model] });
    const fitness = deploymentFitness(found);
    return fitness.fit && closed !== null
      ? { fit: false, reasons: [`its model ${found.model} ${found.version}: ${closed}`] }
      : fitness;
  });
  if (deployment === undefined) return;
  const { model, version, sku, capacity } = deployment;
  const { apiVersion } = modelRule(model);
  check.borrowed.deployment = { name: deploymentName, model, version, sku, capacity, apiVersion, borrowed: true };
  check.existing.openai = { region, deployment: { model, version, sku, capacity } };
}

function checkWorkspace(reading: NonNullable<BorrowedLookups['workspace']>, check: BorrowedCheck): void {
  const workspace = take(check, 'workspace', reading.id, reading.found, (found) =>
    andNotOfALab(workspaceFitness(found), madeFor(found.tags)),
  );
  if (workspace === undefined || reading.userName === undefined) return;
  const userName = take(check, 'workspace', reading.id, reading.userName, () => ({ fit: true, notes: [] }));
  if (userName === undefined) return;
  check.workspaceUser = userName;
  const { name, region, url = '', managedGroupId = '' } = workspace;
  check.borrowed.workspace = { id: reading.id, name, region, url, managedGroupId, borrowed: true };
  const cluster = pickCluster(reading, userName, check);
  if (cluster !== undefined) check.borrowed.cluster = cluster;
  check.existing.databricks = { region, cluster: cluster !== undefined };
}

const fitnessOf = (cluster: ClusterFound, userName: string): Fitness =>
  andNotOfALab(clusterFitness({ ...cluster, userName }), cluster.madeFor);

/** The cluster that the request names, or the best fit one; undefined where the lab makes its own. */
function pickCluster(
  { clusters, clusterId }: NonNullable<BorrowedLookups['workspace']>,
  userName: string,
  check: BorrowedCheck,
): BorrowedCluster | undefined {
  if (clusters === undefined) return undefined;
  if (clusterId !== undefined) {
    const named: Lookup<ClusterFound> =
      clusters.kind === 'found'
        ? clusters.value[0] === undefined
          ? { kind: 'absent' }
          : { kind: 'found', value: clusters.value[0] }
        : clusters;
    const cluster = take(check, 'cluster', clusterId, named, (found) => fitnessOf(found, userName));
    return cluster && borrow(cluster, userName);
  }
  const found = take(check, 'workspace', 'with its clusters', clusters, () => ({ fit: true, notes: [] })) ?? [];
  // Clusters of other labs are not even named: they may be another owner's.
  const all = found.filter((it) => it.madeFor === undefined);
  const judgedAll = all.map((cluster) => ({ cluster, fitness: fitnessOf(cluster, userName) }));
  const [best] = judgedAll.filter((one) => one.fitness.fit).sort((a, b) => byMerit(a.cluster, b.cluster));
  if (best?.fitness.fit === true) {
    check.notes.push(`the cluster ${best.cluster.name} (${best.cluster.id}) is fit and used`, ...best.fitness.notes);
    return borrow(best.cluster, userName);
  }
  const why = judgedAll
    .slice(0, 3)
    .map((one) => `${one.cluster.name}: ${one.fitness.fit ? '' : one.fitness.reasons.join(', ')}`);
  check.notes.push(
    `none of the workspace’s ${all.length} clusters is fit${why.length === 0 ? '' : ` (${why.join('; ')})`}: the lab makes its own`,
  );
  return undefined;
}

/** One that runs costs nothing more; then the newest runtime; then the id, so that the order is total. */
const byMerit = (a: ClusterFound, b: ClusterFound): number =>
  Number(b.state === 'RUNNING') - Number(a.state === 'RUNNING') ||
  runtimeRank(b) - runtimeRank(a) ||
  (a.id < b.id ? -1 : 1);

const runtimeRank = ({ runtimeKey }: ClusterFound): number => {
  const [, major = '0', minor] = /^(\d+)(?:\.(\d+))?\.x/.exec(runtimeKey) ?? [];
  return Number(major) * 1_000 + (minor === undefined ? 999 : Number(minor));
};

function borrow({ id, runtimeKey }: ClusterFound, userName: string): BorrowedCluster {
  const runtime = reusableRuntime(runtimeKey);
  return {
    id,
    ready: { userName, runtime: { key: runtimeKey, name: runtimeKey } },
    upgradesMlflow: runtime.fit && !runtime.tracesOpenAI,
  };
}
