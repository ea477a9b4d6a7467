// The activities against the local cloud under a virtual clock: called as the orchestrations call them, again and again until their outcome is final.
import { readFile } from 'node:fs/promises';
import { createActivities } from '../../src/activities/create-activities.ts';
import { createClients, type Clients } from '../../src/clients/create-clients.ts';
import type { Activities, ActivityName, InputOf, OutputOf } from '../../src/contracts/activities.ts';
import type {
  ConnectionFacts,
  NotebookFacts,
  ReadyFacts,
  WorkspaceFacts,
  DeploymentFacts,
  AccountFacts,
} from '../../src/lab/resources.ts';
import { groupName, type LabRef } from '../../src/lab/names.ts';
import type { Memo, Outcome } from '../../src/lab/outcome.ts';
import type { Plan } from '../../src/lab/placement/plan.ts';
import { LabRequestSchema } from '../../src/lab/request.ts';
import { parseSettings, type Settings } from '../../src/settings.ts';
import { createClock, type Clock } from '../../local/clock.ts';
import { trustCa } from '../../local/cloud/core/certificate.ts';
import { startCloud, type Cloud } from '../../local/cloud/cloud.ts';

export const START = '2026-11-23T08:00:00.000Z';
/** How often the bench repeats what was thrown, as Durable would. */
const ATTEMPTS = 6;

export type Bench = {
  cloud: Cloud;
  clock: Clock;
  settings: Settings;
  clients: Clients;
  activities: Activities;
  lab: LabRef;
  /** Lets lab time pass. */
  pass: (ms: number) => Promise<void>;
  /** One call. */
  call: <N extends ActivityName>(name: N, input: InputOf<N>) => Promise<OutputOf<N>>;
  /** Calls until the outcome is final; every note and every thrown message is kept in `said`. @throws after an hour of lab time. */
  settle: <N extends ActivityName>(name: N, input: InputOf<N>) => Promise<Exclude<OutputOf<N>, { kind: 'pending' }>>;
  /** The value of a settled activity. @throws where it is refused. */
  value: <N extends ActivityName>(name: N, input: InputOf<N>) => Promise<Done<OutputOf<N>>>;
  said: string[];
  /** Everything that a task hub would have stored: inputs and outputs as JSON, messages of errors. */
  stored: string[];
  /** Requests that the cloud saw since the last reset, as `PUT /accounts/x`. */
  requests: (pattern: RegExp) => string[];
  reset: () => void;
};
type Done<O> = O extends { kind: 'done'; value: infer V } ? V : never;

export const labOf = (subscriptionId: string, more: Partial<LabRef> = {}): LabRef => {
  const identity = { id: 'lab-one', subscriptionId, installation: 'bench', startedAt: START, ...more };
  const group = groupName(identity);
  return { owner: 'ada@example.org', group, resourceGroup: group, ...identity };
};

export const TAG_KEY = 'a key for the bench, which guards nothing at all';

/** The cloud of this worker: the identity library asks the endpoint that it met first, for as long as the process lives. */
const key = Symbol.for('llmops-lab.test-bench');
const shared = globalThis as { [key]?: Promise<{ cloud: Cloud; clock: Clock }> };

async function startShared(): Promise<{ cloud: Cloud; clock: Clock }> {
  const clock = createClock({ kind: 'virtual', startMs: Date.parse(START) });
  clock.install();
  const cloud = await startCloud({ clock });
  trustCa(cloud.caPem);
  return { cloud, clock };
}

/** Clients and activities of their own on the worker's cloud, which is empty again. */
export async function startBench({ settings: extra }: { settings?: Record<string, string> } = {}): Promise<Bench> {
  const { cloud, clock } = await (shared[key] ??= startShared());
  cloud.reset();
  const environment = { ...cloud.settings(), LAB_INSTALLATION: 'bench', LAB_TAG_KEY: TAG_KEY, ...extra };
  Object.assign(process.env, environment);
  const settings = parseSettings(environment);
  const clients = createClients(settings);
  const notebook = () => readFile(new URL('../../notebook/llmops-lab.py', import.meta.url), 'utf8');
  const activities = createActivities({ settings, clients, notebook, now: () => new Date() });
  const said: string[] = [];
  const stored: string[] = [];

  const call = <N extends ActivityName>(name: N, input: InputOf<N>): Promise<OutputOf<N>> => {
    // As the task hub does: what crosses it is JSON.
    const text = JSON.stringify(input);
    stored.push(text);
    return (activities[name] as unknown as (it: InputOf<N>) => Promise<OutputOf<N>>)(
      JSON.parse(text) as InputOf<N>,
    ).then(
      (it) => {
        stored.push(JSON.stringify(it));
        return JSON.parse(JSON.stringify(it)) as OutputOf<N>;
      },
      (error: unknown) => {
        stored.push(error instanceof Error ? `${error.message} ${error.stack}` : String(error));
        throw error;
      },
    );
  };
  const pass = async (ms: number): Promise<void> => {
    await clock.idle();
    clock.advanceTo(clock.now() + ms);
  };
  const settle: Bench['settle'] = async (name, input) => {
    let memo: Memo | undefined;
    let thrown = 0;
    for (const until = clock.now() + 3_600_000; clock.now() < until;) {
      let outcome: Outcome<unknown>;
      try {
        outcome = (await call(
          name,
          (memo === undefined ? input : { ...(input as object), memo }) as typeof input,
        )) as Outcome<unknown>;
      } catch (error: unknown) {
        said.push(`${name} threw: ${(error as Error).message}`);
        if (++thrown >= ATTEMPTS) throw error;
        await pass(5_000);
        continue;
      }
      thrown = 0;
      if (outcome.kind !== 'pending') return outcome as never;
      memo = outcome.memo ?? memo;
      said.push(`${name}: ${outcome.note}`);
      await pass((outcome.afterSeconds ?? 15) * 1_000);
    }
    throw new Error(`${name} is not settled after an hour: ${said.slice(-3).join('; ')}`);
  };
  const bench: Bench = {
    cloud,
    clock,
    settings,
    clients,
    activities,
    lab: labOf(settings.subscriptionId),
    pass,
    call,
    settle,
    said,
    stored,
    value: async (name, input) => {
      const outcome = (await settle(name, input)) as Outcome<unknown>;
      if (outcome.kind !== 'done') throw new Error(`${name}: ${JSON.stringify(outcome)}`);
      return outcome.value as never;
    },
    requests: (pattern) => cloud.requests.map((it) => `${it.method} ${it.path}`).filter((it) => pattern.test(it)),
    reset: () => {
      cloud.reset();
      said.length = 0;
      stored.length = 0;
    },
  };
  return bench;
}

export const order = (settings: Settings, body: object = {}) => ({
  ...LabRequestSchema.parse(body),
  regions: [...settings.regions],
  regionOrder: 'regions' in body ? ('as-given' as const) : ('spread' as const),
  ...body,
});
export const inAnHour = (bench: Bench): string => new Date(bench.clock.now() + 3_600_000).toISOString();

export type Built = {
  plan: Plan;
  account: AccountFacts;
  deployment: DeploymentFacts;
  workspace: WorkspaceFacts;
  ready: ReadyFacts;
  notebook: NotebookFacts;
  clusterId: string;
  connection: ConnectionFacts;
};

export async function planOf(bench: Bench): Promise<Plan> {
  const plan = await bench.value('planLab', { lab: bench.lab, request: order(bench.settings) });
  if (plan.kind !== 'plan') throw new Error(JSON.stringify(plan));
  return plan;
}

export async function buildOpenAI(bench: Bench, plan: Plan): Promise<Pick<Built, 'account' | 'deployment'>> {
  const { lab } = bench;
  const placement = plan.openai[0]!;
  const account = await bench.value('ensureAccount', { lab, attempt: 1, region: placement.region });
  const deployment = await bench.value('ensureDeployment', { lab, account, choice: placement.choice });
  return { account, deployment };
}

export async function buildDatabricks(
  bench: Bench,
  plan: Plan,
): Promise<Pick<Built, 'workspace' | 'ready' | 'notebook' | 'clusterId'>> {
  const { lab } = bench;
  const { region, nodeType } = plan.databricks[0]!;
  const workspace = await bench.value('ensureWorkspace', { lab, attempt: 1, region, tier: 'premium' });
  const ready = await bench.value('probeWorkspace', { lab, workspace, nodeType });
  const notebook = await bench.value('importNotebook', { lab, workspace, ready });
  const { clusterId } = await bench.value('ensureCluster', {
    lab,
    workspace,
    ready,
    nodeType,
    start: 1,
    autoterminationMinutes: 20,
  });
  await bench.value('ensureLibrary', { lab, workspace, clusterId, package: 'openai' });
  return { workspace, ready, notebook, clusterId };
}

/** A whole lab, as far as the connection. */
export async function build(bench: Bench): Promise<Built> {
  const { lab } = bench;
  const plan = await planOf(bench);
  await bench.value('ensureGroup', { lab, region: plan.openai[0]!.region, lease: inAnHour(bench) });
  const openai = await buildOpenAI(bench, plan);
  const databricks = await buildDatabricks(bench, plan);
  const connection = await bench.value('connectWorkspace', { lab, ...databricks, account: openai.account });
  return { plan, ...openai, ...databricks, connection };
}

export const PROMPTS = {
  system: 'Assistant is a large language model trained by OpenAI.',
  prompt: 'Tell me a joke about animals.',
};
