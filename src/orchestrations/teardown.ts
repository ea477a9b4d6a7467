/**
 * `{id}.teardown`: removes what is left of a lab, in rounds, until an inventory finds nothing. The one path for every reason to end; it may be started again at
 * any time and finds by itself what there is to do.
 *
 * 1. A round takes the inventory, removes all chains side by side, and then the group.
 * 2. What cannot be removed is said, with its reason, and tried again: after a minute at first, then ever later, up to an hour; or when somebody asks again. So is what
 *    cannot be read; all that is seen goes meanwhile, and the group, which is what a later teardown finds the lab by, stays.
 * 3. It is done only when an inventory is empty that was taken some time after the last creation: reads lag behind writes. After a day it hands over to the sweep, which
 *    starts it anew, with what is left in its answer.
 * 4. Whatever was seen or made has a line on the receipt. What lost its own is looked for twice more, and told as what it is.
 */
import type { OrchestrationContext } from 'durable-functions';
import type { TeardownInput } from '../contracts/inputs.ts';
import { instanceIds } from '../contracts/instance-ids.ts';
import { removalChains, withUnfinished, type Chain, type RemovalStepName } from '../contracts/removal-chains.ts';
import type { LabReport, Receipt } from '../contracts/report.ts';
import type { BranchStatus, TeardownStatus } from '../contracts/status.ts';
import { labCost, ledgerOf, type LabCost } from '../lab/cost/lab-cost.ts';
import { READ_LAG_MS } from '../lab/time-constants.ts';
import type { LabRef } from '../lab/names.ts';
import type { Ending } from '../lab/outcome.ts';
import type { Removal } from '../lab/removal/inventory.ts';
import { DISOWNED } from '../lab/removal/preview.ts';
import {
  itemWithId,
  itemsIn,
  itemsMade,
  unaccountedItems,
  BLIND_SPOTS,
  LOST_HISTORY,
  type ReceiptItem,
} from '../lab/removal/receipt.ts';
import { lastCreationMs, type Step } from '../lab/steps.ts';
import { all, child, one, type Flow } from './durable/call.ts';
import { isoNow, now } from './durable/clock.ts';
import { sleep, sleepUnlessEnded } from './durable/events.ts';
import { requireOwnInstance } from './durable/own-instance.ts';
import { createProgress, logOnce, type Progress } from './durable/progress.ts';
import { runStep, type StepContext } from './durable/run-step.ts';
import { withLastTokens } from './watch/budget.ts';

const GIVES_OVER_MS = 24 * 3_600_000;
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 3_600_000;
/** What has no line of its own is gone when it was not found so often, and so far apart. */
const PROVING_LOOKS = 2;
const BETWEEN_LOOKS_MS = 5_000;
/** Lists of Azure lag behind what is in them. What is listed again after that many rounds that removed it counts as left. */
const PATIENT_ROUNDS = 3;

export type ChainResult = { removals: Removal[]; left: { id: string; why: string }[]; steps: Step[] };

/** How much is left: the rest is in the report. */
export type TeardownResult = { left: number };

export function* teardown(context: OrchestrationContext): Flow<TeardownResult> {
  const input = context.df.getInput<TeardownInput>();
  const { lab } = input;
  requireOwnInstance(context, instanceIds(lab).teardown);
  const steps = [...(input.earlierSteps ?? [])];
  const progress = createProgress<TeardownStatus>(context, lab, { round: 0, steps, chains: [], left: [] });
  const shared = { context, ref: lab, progress, stops: 'never' } as const;
  const startedAt = now(context);
  const receipt: Receipt = { removals: [...(input.removed ?? [])], foreign: [], left: [], blindTo: blindSpots(input) };
  // Of a lab whose orchestration broke nobody saw the last creation end.
  const lastCreation = input.outcome === 'unknown' ? undefined : lastCreationMs(input.facts?.steps);
  const settledAt = (lastCreation ?? startedAt) + READ_LAG_MS;
  /** What the receipt must account for. */
  const things: ReceiptItem[] = itemsMade(lab, input.known, input.facts?.steps ?? []);
  let emptyLooks = 0;
  let pauses = 0;
  /** Ids of what the round before has removed, with proof. */
  let confirmed: string[] = [];

  for (let round = 1; ; round++) {
    progress.update({ round });
    const inventory = yield* runStep(shared, 'inventory', { known: input.known }, { attempt: round });
    receipt.left = [];
    if (inventory.kind === 'ok') {
      const { unread = [] } = inventory.value;
      receipt.left.push(...unread.map((it) => ({ id: it.what, why: `unread: ${it.why}` })));
      receipt.foreign = inventory.value.foreign;
      // The group that records them goes at the end: what an earlier round saw counts.
      if (inventory.value.borrowed.length > 0) receipt.borrowed = inventory.value.borrowed;
      const unfinished = round === 1 ? (input.unfinished ?? []) : [];
      const chains = withUnfinished(removalChains(lab, inventory.value, input.known), unfinished);
      if (inventory.value.left.length + chains.length + unread.length === 0) {
        if (now(context) < settledAt) {
          yield* sleep(context, settledAt - now(context));
          continue;
        }
        const { foreign, disowned = [] } = inventory.value;
        const kept = disowned.filter((id) => !foreign.some((it) => it.id.toLowerCase() === id.toLowerCase()));
        const missing = unaccountedItems(things, receipt.removals, [...disowned, ...foreign.map((it) => it.id)]);
        if (missing.length > 0 && ++emptyLooks < PROVING_LOOKS) {
          yield* sleep(context, BETWEEN_LOOKS_MS);
          continue;
        }
        const { at } = inventory.value;
        receipt.removals.push(
          ...missing.map((it): Removal => ({ ...it, at, confirmed: UNRECORDED })),
          ...kept.map((id): Removal => ({ ...itemWithId(id), at, confirmed: `kept: ${DISOWNED}`, kept: true })),
        );
        break;
      }
      emptyLooks = 0;
      things.push(...inventory.value.left.flatMap(itemsIn));
      yield* removeRound(shared, chains, round, receipt);
      const removed = receipt.left.length === 0 ? inventory.value.left.map((it) => it.id) : [];
      if (round >= PATIENT_ROUNDS)
        receipt.left.push(...removed.filter((id) => confirmed.includes(id)).map((id) => ({ id, why: STILL_LISTED })));
      confirmed = removed;
    } else {
      receipt.left.push({ id: lab.group, why: why(inventory) });
    }
    progress.update({ left: receipt.left });
    if (receipt.left.length > 0) {
      const givesOver = now(context) - startedAt > GIVES_OVER_MS;
      for (const left of receipt.left) {
        const leftover = { subject: left.id, reason: left.why, attempt: round, handedOver: givesOver };
        logOnce(context, lab, 'lab.leftover', leftover, givesOver ? 'error' : 'warning');
      }
      if (givesOver) break;
      // Whoever has taken a lock away and asks again need not wait for the hour to pass.
      yield* sleepUnlessEnded(context, Math.min(FIRST_PAUSE_MS * 2 ** pauses++, LONGEST_PAUSE_MS));
    }
  }
  const facts = input.facts === null ? null : yield* withLastTokens(context, input.facts);
  const report: LabReport = {
    id: lab.id,
    lab,
    identity: input.identity,
    outcome: input.outcome,
    end: input.end,
    startedAt: lab.startedAt,
    endedAt: isoNow(context),
    facts,
    ...input.kept,
    teardownSteps: steps,
    receipt,
    cost: costOf({ ...input, facts }, steps, isoNow(context)),
  };
  const durationMs = now(context) - Date.parse(lab.startedAt);
  const { outcome, end } = input;
  const ended = { outcome, reason: end.reason, durationMs, left: 0, costUsd: report.cost?.usd };
  // A lab of which something is left has not ended.
  if (receipt.left.length === 0) logOnce(context, lab, 'lab.ended', ended);
  yield* one<null>(child(context, 'report', instanceIds(lab).report, report));
  return { left: receipt.left.length };
}

const blindSpots = ({ facts }: TeardownInput): string[] =>
  facts === null ? [...BLIND_SPOTS, LOST_HISTORY] : [...BLIND_SPOTS];

const UNRECORDED = 'not found by two inventories; no DELETE of ours is recorded';
const STILL_LISTED = 'still-listed: It was removed and not found, and Azure Resource Manager still lists it.';

function costOf({ lab, facts, end }: TeardownInput, teardownSteps: Step[], at: string): LabCost | null {
  if (facts === null) return null;
  const ledger = ledgerOf([...facts.steps, ...teardownSteps], facts);
  return labCost(ledger, at, { startedAt: lab.startedAt, removalAt: end.at, prices: facts.prices });
}

function* removeRound(
  shared: StepContext & { progress: Progress<TeardownStatus> },
  chains: Chain[],
  round: number,
  receipt: Receipt,
): Flow<void> {
  const { context, ref: lab, progress } = shared;
  const ids = chains.map((_, index) => instanceIds(lab).chain(round, index + 1));
  progress.update({ chains: ids });
  const results = yield* all<ChainResult[]>(
    context,
    chains.map((chain, index) => child(context, 'remove', ids[index] ?? '', { lab, chain })),
  );
  for (const result of results) {
    receipt.removals.push(...result.removals);
    receipt.left.push(...result.left);
    progress.status.steps.push(...result.steps);
  }
  progress.update({ chains: [] });
  if (receipt.left.length === 0) {
    const group = yield* runStep(shared, 'remove-group', {}, { subject: lab.group });
    if (group.kind === 'ok') receipt.removals.push(...group.value);
    else receipt.left.push({ id: lab.group, why: why(group) });
  }
}

/** One chain: each step waits for the one before it. Returns what it could not do; never throws, so that the other chains are not lost with it. */
export function* remove(context: OrchestrationContext): Flow<ChainResult> {
  const { lab, chain } = context.df.getInput<{ lab: LabRef; chain: Chain }>();
  requireOwnInstance(context, { prefix: `${instanceIds(lab).teardown}.` });
  const progress = createProgress<BranchStatus>(context, lab, { steps: [] });
  const shared = { context, ref: lab, progress, stops: 'never' } as const;
  const removals: Removal[] = [];
  for (const { step, subject, input } of chain) {
    const ending = yield* runStep<RemovalStepName>(shared, step, input, { subject });
    if (ending.kind !== 'ok')
      return { removals, left: [{ id: subject, why: why(ending) }], steps: progress.status.steps };
    removals.push(...ending.value);
  }
  return { removals, left: [], steps: progress.status.steps };
}

const why = (ending: Ending<unknown>): string =>
  ending.kind === 'failed'
    ? `${ending.problem.code}: ${ending.problem.message}${ending.problem.suggestion ? ` ${ending.problem.suggestion}` : ''}`
    : ending.kind;
