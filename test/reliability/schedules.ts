/** A random schedule: several labs, and what happens to them and when. The same seed gives the same schedule; fast-check draws it. */
import fc from 'fast-check';
import type { FaultRule } from '../../local/cloud/core/faults.ts';
import { FAULT_KINDS } from './fault-kinds.ts';

/** Where a lab's resources go: into a group of its own, into one that the request names, or into an account and a workspace that others use. */
export type Place = 'own' | 'given-group' | 'borrowed';
export type LabPlan = {
  id: string;
  atMinute: number;
  place: Place;
  idleMinutes: number;
  maxHours: number;
  budgetUsd: number;
  monitorEveryMinutes: number | null;
};
export type Act =
  | { kind: 'crash'; commits: number; moment: 'before' | 'after' }
  | { kind: 'lose-hub' }
  | { kind: 'to-a-lab'; what: LabAct; lab: number }
  | { kind: 'sweep' }
  | { kind: 'fault'; rule: FaultRule };
/** `work`: somebody uses the lab by hand, which leaves a trace that is not the app's. */
export type LabAct = 'delete' | 'preview' | 'keepalive' | 'complete' | 'work' | 'terminate';
export type Manners = {
  /** How the first cluster starts go. */
  clusterStarts: ('quota' | 'stockout' | 'bootstrap-timeout')[];
  lagMs: number;
  nestedDeletes: 'refused' | 'allowed';
  falseDeletes: string[];
  blockedGroupDeletes: string[];
  stubbornManagedGroups: number;
  accountBusyMs: number;
};
export type Schedule = { labs: LabPlan[]; acts: { atMinute: number; act: Act }[]; manners: Manners };

/** Where a fault strikes: each family of services, and the calls on which most depends. */
const PATTERNS: readonly [service: string, pattern: string][] = [
  ['arm', '* *'],
  ['arm', 'PUT *'],
  ['arm', 'DELETE *'],
  ['arm', 'GET *deletedAccounts*'],
  ['arm', 'GET */resources'],
  ['arm', 'PATCH *'],
  ['databricks', '* *'],
  ['databricks', 'POST *clusters/create'],
  ['databricks', 'GET *clusters/*'],
  ['databricks', 'POST *runs/submit'],
  ['databricks', '* *mlflow*'],
  ['openai', '* *'],
];
const MOST_LABS = 4;
const LAST_MINUTE = 120;

const kinds = Object.keys(FAULT_KINDS);
const fault = fc
  .record({
    where: fc.constantFrom(...PATTERNS),
    kind: fc.constantFrom(...kinds),
    skip: fc.integer({ min: 0, max: 8 }),
    fire: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ where: [service, pattern], kind, skip, fire }): Act => ({
    kind: 'fault',
    rule: { fire, ...FAULT_KINDS[kind]?.of(service), service, pattern, skip } as FaultRule,
  }));

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fault },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('crash' as const),
      commits: fc.integer({ min: 1, max: 40 }),
      moment: fc.constantFrom('before' as const, 'after' as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('to-a-lab' as const),
      what: fc.constantFrom<LabAct>('delete', 'delete', 'keepalive', 'work', 'work', 'complete', 'preview'),
      lab: fc.integer({ min: 0, max: MOST_LABS - 1 }),
    }),
  },
  { weight: 2, arbitrary: fc.constant<Act>({ kind: 'sweep' }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('to-a-lab' as const),
      what: fc.constant<LabAct>('terminate'),
      lab: fc.integer({ min: 0, max: MOST_LABS - 1 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Act>({ kind: 'lose-hub' }) },
);

const sometimes = <T>(usual: T, ...others: T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });

const schedule: fc.Arbitrary<Schedule> = fc.record({
  labs: fc
    .array(
      fc.record({
        atMinute: fc.integer({ min: 0, max: 30 }),
        place: sometimes<Place>('own', 'given-group', 'borrowed'),
        monitorEveryMinutes: sometimes<number | null>(null, 15),
        // A lease is 90 minutes: a lab that may be idle for longer lives by its renewals.
        idleMinutes: fc.oneof(
          { weight: 5, arbitrary: fc.integer({ min: 5, max: 45 }) },
          { weight: 1, arbitrary: fc.integer({ min: 100, max: 200 }) },
        ),
        maxHours: fc.integer({ min: 1, max: 4 }),
        budgetUsd: fc.constantFrom(0.1, 0.5, 10),
      }),
      { minLength: 1, maxLength: MOST_LABS },
    )
    .map((labs) => labs.map((it, index): LabPlan => ({ id: `lab-${index + 1}`, ...it }))),
  acts: fc
    .array(fc.record({ atMinute: fc.integer({ min: 0, max: LAST_MINUTE }), act }), { minLength: 2, maxLength: 12 })
    .map((acts) => acts.sort((a, b) => a.atMinute - b.atMinute)),
  manners: fc.record({
    lagMs: sometimes(0, 5_000, 45_000),
    nestedDeletes: sometimes('refused' as const, 'allowed' as const),
    falseDeletes: sometimes<string[]>(
      [],
      ['Microsoft.Databricks/workspaces'],
      ['Microsoft.CognitiveServices/accounts'],
      ['Microsoft.Resources/resourceGroups'],
    ),
    blockedGroupDeletes: sometimes<string[]>([], ['*'], ['*', '*']),
    stubbornManagedGroups: sometimes(0, 1, 2),
    clusterStarts: sometimes<Manners['clusterStarts']>([], ['quota'], ['stockout'], ['bootstrap-timeout', 'quota']),
    accountBusyMs: sometimes(3_000, 30_000),
  }),
});

export const scheduleOf = (seed: number): Schedule => fc.sample(schedule, { seed, numRuns: 1 })[0] as Schedule;
