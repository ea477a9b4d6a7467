/**
 * The steps of a lab's life: one table, from which everything derives that lists steps. A row that is added here is asked for by the compiler wherever it must be
 * followed: the contract and the handler of its activity, and its name in each language.
 */
export const PHASES = [
  'planning',
  'provisioning',
  'connecting',
  'completing',
  'verifying',
  'watching',
  'tearing-down',
  'ended',
] as const;
export type Phase = (typeof PHASES)[number];

/** The sides of a lab; `openai` and `databricks` are provisioned side by side. */
export const LANES = ['lab', 'openai', 'databricks', 'removal'] as const;
export type Lane = (typeof LANES)[number];

/** When a step, or another call that is made again and again, is looked at, and when it is given up. */
export type PollPolicy = {
  firstSeconds: number;
  everySeconds: number;
  /** What has taken that long is polled once a minute. */
  slowAfterMinutes?: number;
  deadlineMinutes: number;
};

type StepRow = {
  phase: Phase;
  lane: Lane;
  activity: string;
  /** Whether it creates something in Azure, other than inside a workspace. */
  creates: boolean;
  /** Whether it lies on the longest way through a lab, from its request to its last deletion. */
  onCriticalPath: boolean;
  typicalSeconds: number;
  poll: PollPolicy;
};

type Timing = Pick<StepRow, 'typicalSeconds' | 'poll'>;

/** Neither service bears polls more often than every 15 seconds for long, and Databricks sends no Retry-After. */
const USUAL_SECONDS = 15;
const SLOW_AFTER_MINUTES = 10;

/** Polled first after its typical time, and once a minute when it takes more than twice as long. No first poll comes later than ten minutes, a third of the shortest lease, which is renewed between polls. */
const taking = (typicalSeconds: number, deadlineMinutes: number, poll: Partial<PollPolicy> = {}): Timing => ({
  typicalSeconds,
  poll: {
    firstSeconds: typicalSeconds,
    everySeconds: USUAL_SECONDS,
    slowAfterMinutes: Math.max(SLOW_AFTER_MINUTES, (2 * typicalSeconds) / 60),
    deadlineMinutes,
    ...poll,
  },
});

/**
 * What is being removed is billed until it is gone, and the next step waits for it. With the second look that proves an absence it is known to be gone within 15
 * seconds, unless it took less than half of its typical time or more than ten minutes.
 */
const removing = (typicalSeconds: number, firstSeconds = typicalSeconds / 2): Timing =>
  taking(typicalSeconds, 60, { firstSeconds, everySeconds: 10, slowAfterMinutes: 10 });

/**
 * Steps in the order of the Microsoft Learn lab, then those of its removal. Typical times: account 60 s and workspace under 300 s by
 * https://github.com/Azure/azure-cli-extensions/blob/main/src/databricks (recorded 2026-02) and https://github.com/Azure/azure-cli (cognitiveservices recordings,
 * 2025-10); cluster 300 to 510 s by field reports of September 2026; the rest judged from those. A sold-out size may leave a cluster PENDING without an error for
 * half an hour, as long as databricks/cli waits.
 */
export const STEPS = {
  plan: {
    phase: 'planning',
    lane: 'lab',
    activity: 'planLab',
    creates: false,
    onCriticalPath: true,
    ...taking(5, 5),
  },
  providers: {
    phase: 'planning',
    lane: 'lab',
    activity: 'registerProviders',
    creates: false,
    onCriticalPath: false,
    ...taking(60, 15, { firstSeconds: 15 }),
  },
  group: {
    phase: 'provisioning',
    lane: 'lab',
    activity: 'ensureGroup',
    creates: true,
    onCriticalPath: true,
    ...taking(5, 5),
  },
  account: {
    phase: 'provisioning',
    lane: 'openai',
    activity: 'ensureAccount',
    creates: true,
    onCriticalPath: false,
    ...taking(60, 10),
  },
  deployment: {
    phase: 'provisioning',
    lane: 'openai',
    activity: 'ensureDeployment',
    creates: true,
    onCriticalPath: false,
    ...taking(5, 10),
  },
  workspace: {
    phase: 'provisioning',
    lane: 'databricks',
    activity: 'ensureWorkspace',
    creates: true,
    onCriticalPath: true,
    ...taking(180, 20),
  },
  readiness: {
    phase: 'provisioning',
    lane: 'databricks',
    activity: 'probeWorkspace',
    creates: false,
    onCriticalPath: true,
    ...taking(30, 10, { everySeconds: 10 }),
  },
  notebook: {
    phase: 'provisioning',
    lane: 'databricks',
    activity: 'importNotebook',
    creates: false,
    onCriticalPath: false,
    ...taking(5, 5),
  },
  cluster: {
    phase: 'provisioning',
    lane: 'databricks',
    activity: 'ensureCluster',
    creates: false,
    onCriticalPath: true,
    ...taking(360, 30),
  },
  'borrowed-cluster': {
    phase: 'provisioning',
    lane: 'databricks',
    activity: 'ensureBorrowedCluster',
    creates: false,
    onCriticalPath: false,
    ...taking(360, 30),
  },
  library: {
    phase: 'provisioning',
    lane: 'databricks',
    activity: 'ensureLibrary',
    creates: false,
    onCriticalPath: true,
    ...taking(60, 10),
  },
  connection: {
    phase: 'connecting',
    lane: 'lab',
    activity: 'connectWorkspace',
    creates: false,
    onCriticalPath: true,
    ...taking(10, 15),
  },
  access: {
    phase: 'connecting',
    lane: 'lab',
    activity: 'letPeopleIn',
    creates: false,
    onCriticalPath: false,
    ...taking(5, 5),
  },
  'app-completion': {
    phase: 'completing',
    lane: 'lab',
    activity: 'completeFromApp',
    creates: false,
    onCriticalPath: true,
    ...taking(10, 15),
  },
  'notebook-completion': {
    phase: 'completing',
    lane: 'lab',
    activity: 'runNotebook',
    creates: false,
    onCriticalPath: true,
    ...taking(90, 25),
  },
  'app-verification': {
    phase: 'verifying',
    lane: 'lab',
    activity: 'verifyCompletion',
    creates: false,
    onCriticalPath: false,
    ...taking(15, 5, { firstSeconds: 5, everySeconds: 10 }),
  },
  'notebook-verification': {
    phase: 'verifying',
    lane: 'lab',
    activity: 'verifyCompletion',
    creates: false,
    onCriticalPath: true,
    ...taking(15, 5, { firstSeconds: 5, everySeconds: 10 }),
  },
  'hand-over': {
    phase: 'verifying',
    lane: 'databricks',
    activity: 'handOverCluster',
    creates: false,
    onCriticalPath: false,
    ...taking(360, 30),
  },
  inventory: {
    phase: 'tearing-down',
    lane: 'removal',
    activity: 'takeInventory',
    creates: false,
    onCriticalPath: false,
    ...removing(10),
  },
  'remove-clusters': {
    phase: 'tearing-down',
    lane: 'removal',
    activity: 'removeClusters',
    creates: false,
    onCriticalPath: true,
    ...removing(60),
  },
  'remove-workspace': {
    phase: 'tearing-down',
    lane: 'removal',
    activity: 'removeWorkspace',
    creates: false,
    onCriticalPath: true,
    ...removing(240),
  },
  'remove-from-workspace': {
    phase: 'tearing-down',
    lane: 'removal',
    activity: 'removeFromWorkspace',
    creates: false,
    onCriticalPath: false,
    ...removing(10),
  },
  'remove-deployments': {
    phase: 'tearing-down',
    lane: 'removal',
    activity: 'removeDeployments',
    creates: false,
    onCriticalPath: false,
    ...removing(5, 5),
  },
  'remove-account': {
    phase: 'tearing-down',
    lane: 'removal',
    activity: 'removeAccount',
    creates: false,
    onCriticalPath: false,
    ...removing(10),
  },
  'purge-account': {
    phase: 'tearing-down',
    lane: 'removal',
    activity: 'purgeAccount',
    creates: false,
    onCriticalPath: false,
    ...removing(30),
  },
  'remove-group': {
    phase: 'tearing-down',
    lane: 'removal',
    activity: 'removeGroup',
    creates: false,
    onCriticalPath: true,
    ...removing(60),
  },
} as const satisfies Record<string, StepRow>;

export type StepName = keyof typeof STEPS;
export type ActivityOf<S extends StepName> = (typeof STEPS)[S]['activity'];
export type StepsIn<L extends Lane> = { [S in StepName]: (typeof STEPS)[S]['lane'] extends L ? S : never }[StepName];
/** Activities that steps are made of. */
export type StepActivity = ActivityOf<StepName>;

export const STEP_NAMES = Object.keys(STEPS) as StepName[];
export const CRITICAL_PATH: readonly StepName[] = STEP_NAMES.filter((name) => STEPS[name].onCriticalPath);

/**
 * Whether a failure that a fresh start may cure is tried once more in its place. What is made in Azure is made anew under another name instead, by the next attempt
 * of its branch; removals are tried again in rounds.
 */
export const isTriedAgain = (step: StepName): boolean => !STEPS[step].creates && STEPS[step].lane !== 'removal';

/** For calls that are no step of their own. */
export const QUICK_POLL: PollPolicy = taking(5, 5).poll;

/** Seconds until the next poll of what has been polled for `ageMs`. `isFirst`: it has been asked for just now. */
export const secondsToNextPoll = (
  { firstSeconds, everySeconds, slowAfterMinutes = Infinity }: PollPolicy,
  { isFirst, ageMs }: { isFirst: boolean; ageMs: number },
): number => {
  if (isFirst) return firstSeconds;
  return ageMs < slowAfterMinutes * 60_000 ? everySeconds : 60;
};

export type StepState = 'running' | 'done' | 'failed' | 'ended';

/** One step, or one attempt at it. Times are ISO. `note` is what the service said last. */
export type Step = {
  name: StepName;
  state: StepState;
  startedAt: string;
  endedAt?: string;
  region?: string;
  attempt?: number;
  /** Name or id of what the step is about, without secrets. */
  subject?: string;
  note?: string;
};

/**
 * The last time at which one of these steps may have created something, in Unix milliseconds: a creation may be the last thing that a step has done. Undefined
 * where nothing is known of them.
 */
export function lastCreationMs(steps: readonly Step[] | undefined): number | undefined {
  if (steps === undefined) return undefined;
  const ends = steps.filter((it) => STEPS[it.name].creates).map((it) => it.endedAt);
  return ends.some((it) => it === undefined) ? undefined : Math.max(0, ...ends.map((it) => Date.parse(it ?? '')));
}
