/** What must be true when everything is over, whatever happened on the way. Each broken promise is a sentence; none: the cell passes. */
import { databricksOf } from '../../local/cloud/databricks/tables.ts';
import type { LabView } from '../../src/hub/lab-view.ts';
import type { LabReport } from '../../src/contracts/report.ts';
import type { World } from './world.ts';
import { armOf } from '../../local/cloud/arm/tables.ts';

const MINUTE_MS = 60_000;
/** Between two looks at one removal. */
const LOOK_MS = 15_000;
const SWEEP_MS = 5 * MINUTE_MS;

/** The longest chain of deletions that must follow each other, at the cloud's own latencies, and one look a link. */
function longestChainMs(world: World): number {
  const { latency } = world.cloud.state;
  const chains = [
    [latency.clusterTerminateMs, latency.workspaceDeleteMs, latency.groupDeleteMs],
    [latency.deploymentDeleteMs, latency.accountBusyMs, latency.purgeMs, latency.groupDeleteMs],
  ];
  return Math.max(...chains.map((links) => links.reduce((sum, ms) => sum + ms + LOOK_MS, 0)));
}

export type Ending = {
  id: string;
  phase: string;
  outcome: string;
  reason: string;
  /** When it was decided to end; Unix ms. */
  endAtMs: number;
  problem: string;
};

/** `met`: how often each fault rule has hit. `calls`: how many calls came until everything was over. */
export type Verdict = { broken: string[]; endings: Ending[]; extra: string[]; met: readonly number[]; calls: number };

export type Promises = {
  /** Lab time in which it may take longer than the leases promise: a fault that lasts holds everything up as long. */
  graceMs?: number;
  /** An orchestration was ended from outside: that it says so in the log is right. */
  mayBreak?: boolean;
  /** Somebody else deletes as well, or the lab does not know all that was made: the receipt need not hold everything. */
  receipt?: 'whole' | 'partial';
};

/** Lets everything end, and judges it. `bystanders`: of `bystandersOf`, before the labs. */
export async function judge(
  world: World,
  ids: readonly string[],
  bystanders: string,
  { graceMs = 0, mayBreak = false, receipt = 'whole' }: Promises = {},
): Promise<Verdict> {
  const broken: string[] = [];
  try {
    await world.settle(12 * 60 * MINUTE_MS + graceMs);
  } catch (error: unknown) {
    broken.push(
      `not over: ${String(error)}; left ${world.left().join(', ')}; live ${(await world.liveInstances()).join(', ')}`,
    );
  }
  for (const [id, { leaseMs, goneMs }] of world.made.labs) {
    const promisedMs = leaseMs + SWEEP_MS + longestChainMs(world) + graceMs;
    if (goneMs > promisedMs)
      broken.push(`${id}: gone ${Math.round((goneMs - promisedMs) / 1_000)} s later than its lease promises`);
  }
  // What is read from here on is the verdict: a fault that has met nobody must not meet it.
  const met = [...world.cloud.faults.hits];
  const calls = world.cloud.requests.length;
  world.cloud.faults.clear();
  // Nothing comes back.
  await world.until(world.clock.now() + 11 * MINUTE_MS, 12 * MINUTE_MS);
  if (world.left().length > 0) broken.push(`came back: ${world.left().join(', ')}`);

  if (bystandersOf(world) !== bystanders) broken.push('bystanders were touched');
  broken.push(...secretsIn(world), ...world.cloud.unknownRoutes.map((it) => `unknown route ${it}`));
  for (const line of world.logs.filter((it) =>
    (mayBreak ? /episode abandoned/ : /episode abandoned|^Failed: /).test(it),
  ))
    broken.push(`log: ${line.slice(0, 300)}`);

  const endings: Ending[] = [];
  for (const id of ids) {
    const response = await world.host.fetch(`/api/labs/${id}`);
    if (response.status === 404 && mayBeForgotten(world, id)) {
      endings.push({ id, phase: 'forgotten', outcome: 'forgotten', reason: '', endAtMs: NaN, problem: '' });
      continue;
    }
    const view = (await response.json()) as LabView;
    if (brokeBeforeItMade(world, id, view)) {
      endings.push({ id, phase: view.phase, outcome: 'nothing-made', reason: '', endAtMs: NaN, problem: '' });
      continue;
    }
    broken.push(...dishonest(id, response.status, view));
    const { end } = view.report ?? {};
    if (receipt === 'whole' && (end?.reason === 'lease' || end?.reason === 'left-over'))
      broken.push(`${id}: ended by the sweep (${end.reason}), though its hub is whole`);
    if (receipt === 'whole' && view.report !== undefined) broken.push(...missingOnReceipt(world, id, view.report));
    endings.push({
      id,
      phase: view.phase,
      outcome: view.report?.outcome ?? 'none',
      reason: view.report?.end.reason ?? '',
      endAtMs: Date.parse(view.report?.end.at ?? ''),
      problem: view.problem?.code ?? '',
    });
  }
  return { broken, endings, extra: world.made.extra(), met, calls };
}

/** What a lost hub knew is gone. But what a sweep found after its lease, and removed, has a report again. */
function mayBeForgotten({ hubLostMs, made }: World, id: string): boolean {
  if (hubLostMs === undefined) return false;
  const { leaseMs, goneMs } = made.labs.get(id) ?? { leaseMs: 0, goneMs: 0 };
  return goneMs <= hubLostMs || goneMs <= leaseMs + SWEEP_MS;
}

/** Its orchestration was ended before anything was made of it: there is nothing to report, and it says so. */
const brokeBeforeItMade = ({ made }: World, id: string, { phase, problem, report }: LabView): boolean =>
  !made.labs.has(id) &&
  phase === 'ended' &&
  report === undefined &&
  problem?.code === 'orchestration-terminated' &&
  problem.suggestion?.startsWith('Nothing of it is left') === true;

function dishonest(id: string, status: number, view: LabView): string[] {
  const { report } = view;
  if (status !== 200) return [`${id}: status ${status}`];
  if (view.phase !== 'ended' || view.running || report === undefined)
    return [
      `${id}: phase ${view.phase}, running ${view.running}, report ${report === undefined ? 'missing' : 'there'}`,
    ];
  const { outcome, receipt, facts } = report;
  const wrong: string[] = [];
  if (receipt.left.length > 0) wrong.push(`says that something is left: ${JSON.stringify(receipt.left)}`);
  if (outcome === 'failed' && (view.problem === undefined || view.problem.message === ''))
    wrong.push('failed without a problem');
  if (outcome === 'healthy') {
    if (facts?.completions.length !== 2 || facts.verifications.length !== 2)
      wrong.push('healthy without both completions');
    for (const it of facts?.verifications ?? [])
      if (it.param !== it.spanUsage) wrong.push('healthy with token counts that differ');
  }
  for (const step of view.steps) if (step.state === 'running') wrong.push(`the step ${step.name} still runs`);
  return wrong.map((it) => `${id}: ${it}`);
}

/** Whatever was made of a lab is on its receipt, as removed. */
function missingOnReceipt(world: World, id: string, { receipt }: Pick<LabReport, 'receipt'>): string[] {
  const removed = new Set(receipt.removals.map((it) => it.id.toLowerCase()));
  const missing = [...(world.made.labs.get(id)?.ids ?? [])].filter((it) => !removed.has(it));
  return missing.map((it) => `${id}: not on the receipt: ${it}`);
}

/** Everybody else's things, as the services keep them. When an account was last written to is the service's own note. */
export function bystandersOf(world: World): string {
  const { state } = world.cloud;
  const { clusters, scopes } = databricksOf(state);
  const rows = [
    armOf(state).groups,
    armOf(state).accounts,
    armOf(state).deployments,
    armOf(state).workspaces,
    armOf(state).resources,
  ].flatMap((table) => table.values().filter((it: { maker: string }) => it.maker === 'bystander'));
  const theirs = [...clusters.values(), ...scopes.values()].filter((it) => it.creator !== state.identity.clientId);
  return [...rows.map((it) => ({ ...it, busyUntil: 0 })), ...theirs]
    .map((it) => JSON.stringify(it))
    .sort()
    .join('\n');
}

/** Makes them: a group, an account and a workspace of somebody else, and things that carry another installation's tags. */
export async function someBystanders(world: World): Promise<string> {
  const { bystanders } = world.cloud;
  const theirs = {
    'llmops-installation': 'another',
    'llmops-lab': 'lab-1',
    'llmops-owner': 'somebody',
    'llmops-started': '2020-01-01T00:00:00.000Z',
  };
  bystanders.group();
  bystanders.group({
    name: 'rg-of-another-installation',
    tags: { ...theirs, 'llmops-lease': '2020-01-01T00:00:00.000Z' },
  });
  await bystanders.account();
  await bystanders.account({ group: 'rg-of-another-installation', name: 'aoai-theirs', tags: theirs });
  await bystanders.workspace();
  return bystandersOf(world);
}

function secretsIn(world: World): string[] {
  const text = [world.host.storeText(), ...world.logs].join('\n');
  const found: string[] = [];
  for (const secret of world.made.secrets) if (text.includes(secret)) found.push('an account key');
  if (text.includes(world.cloud.state.identityHeader)) found.push('the header of the managed identity');
  if (/\beyJ[\w-]{10,}\.[\w-]{10,}/.test(text)) found.push('a token');
  if (/bearer\s+(?!\[redacted\])[\w-]{16,}/i.test(text)) found.push('a bearer token');
  if (/[?&](?:sig|s|h|c|t)=(?!\[redacted\])[\w%+/-]{12,}/.test(text)) found.push('a signed URL');
  return found.map((it) => `in store or log: ${it}`);
}
