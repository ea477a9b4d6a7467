/**
 * `{id}.completions.{batch}`: works off a batch of completions through the API, a few slices side by side. It belongs to nobody's tree: a lab that ends does not wait
 * for it, and it finds the lab over and stops.
 *
 * 1. The prompts stay in its input; slices and activities are told positions.
 * 2. A slice is a sub-orchestration that returns what it came to, whatever that is; one that stopped early stops the batch after its round.
 * 3. Throttling is slept on durable timers, by each lane for itself.
 */
import type { OrchestrationContext } from 'durable-functions';
import {
  addTallies,
  answerCharacters,
  countOf,
  LANES,
  EMPTY_TALLY,
  slicesOf,
  tallyOf,
  type BatchInput,
  type BatchResult,
  type BatchStatus,
  type CompletionLine,
  type SliceInput,
  type SliceResult,
  type SliceStatus,
  type BatchStop,
} from '../contracts/batch.ts';
import { instanceIds } from '../contracts/instance-ids.ts';
import { bounded } from '../contracts/status.ts';
import { sumTokens } from '../lab/cost/ledger.ts';
import type { LabRef } from '../lab/names.ts';
import type { Ending } from '../lab/outcome.ts';
import { STEPS } from '../lab/steps.ts';
import { truncate } from '../lab/text.ts';
import { completionDimensions } from '../log.ts';
import { all, call, callSafely, child, type Flow } from './durable/call.ts';
import { isoNow, now } from './durable/clock.ts';
import { sleepUnlessEnded } from './durable/events.ts';
import { requireOwnInstance } from './durable/own-instance.ts';
import { poll } from './durable/poll.ts';
import { logOnce } from './durable/progress.ts';

/** A probe leaves a part of the deployment's token limit to everybody else. */
const PROBE_SHARE = 0.8;
const MOST_WARNINGS = 5;
/** How long one completion of a batch is tried: throttling of half an hour is waited out. */
const PATIENCE_MINUTES = 60;

export function* completions(context: OrchestrationContext): Flow<BatchResult> {
  const order = context.df.getInput<BatchInput>();
  const { lab, limits, place, prompts, kind } = order;
  const batch = instanceIds(lab).batch(order.id);
  requireOwnInstance(context, batch);
  const total = countOf(prompts);
  const lanes = kind === 'probe' ? 1 : LANES;
  const slices = slicesOf(total, lanes);
  const lines: CompletionLine[] = [];
  const publish = (running: string[]) =>
    context.df.setCustomStatus(bounded<BatchStatus>(statusOf(lines, total, running)));

  let stop: BatchStop | null = null;
  for (let first = 0; first < slices.length && stop === null; first += lanes) {
    const round = slices.slice(first, first + lanes);
    const ids = round.map((_, index) => instanceIds(lab).slice(order.id, first + index + 1));
    publish(ids);
    const results = yield* all<SliceResult[]>(
      context,
      round.map((range, index) => {
        const slice: SliceInput = {
          lab,
          limits,
          place,
          batch,
          ...range,
          answerCharacters: answerCharacters(total),
          tokensPerMinute: kind === 'probe' ? PROBE_SHARE * Math.max(1, place.deployment.capacity) * 1_000 : null,
        };
        return child(context, 'completion-slice', ids[index] ?? '', slice);
      }),
    );
    lines.push(...results.flatMap((result) => result.lines));
    stop = results.find((result) => result.stop !== null)?.stop ?? null;
    publish([]);
  }
  return { total, tally: tallyOf(lines), stop, lines, endedAt: isoNow(context) };
}

const statusOf = (lines: readonly CompletionLine[], total: number, slices: string[]): BatchStatus => ({
  tally: tallyOf(lines),
  total,
  slices,
  warnings: [...new Set(lines.flatMap((line) => line.warnings))].slice(0, MOST_WARNINGS),
});

/** Completions of one range, one after the other; then the lab is told what they used. Never throws: its siblings would be lost with it. */
export function* completionSlice(context: OrchestrationContext): Flow<SliceResult> {
  const order = context.df.getInput<SliceInput>();
  requireOwnInstance(context, { prefix: `${order.batch}.` });
  const result = yield* completeAll(context, order);
  yield* tellTokens(context, order.lab, result.lines);
  return result;
}

/** A lab that does not hear of it counts its cost without them: no reason to lose the answers. */
function* tellTokens(context: OrchestrationContext, lab: LabRef, lines: CompletionLine[]): Flow<void> {
  const tokens = sumTokens(lines.filter((it) => it.kind === 'answered'));
  if (tokens.length === 0) return;
  try {
    yield* call(context, 'tellTokens', { lab, part: context.df.instanceId, tokens });
  } catch {
    return;
  }
}

function* completeAll(context: OrchestrationContext, order: SliceInput): Flow<SliceResult> {
  const { from, to, tokensPerMinute, limits, ...input } = order;
  const lines: CompletionLine[] = [];
  let tally = EMPTY_TALLY;
  const publish = (note?: string) =>
    context.df.setCustomStatus({
      tally,
      ...(note === undefined ? {} : { note: truncate(note, 200) }),
    } satisfies SliceStatus);
  publish();
  const tellUse = useTeller(context, input.lab);
  for (let index = from; index < to; index++) {
    const ending = yield* poll(context, {
      name: 'completePrompt',
      input: { ...input, index },
      policy: { ...STEPS['app-completion'].poll, deadlineMinutes: PATIENCE_MINUTES },
      stops: limits,
      onPending: publish,
      meanwhile: tellUse,
    });
    const stop = stopOf(ending);
    if (stop !== null || ending.kind !== 'ok') return { lines, stop };
    lines.push(ending.value);
    tally = addTallies([tally, tallyOf([ending.value])]);
    publish();
    log(context, input, ending.value);
    yield* tellUse();
    if (tokensPerMinute === null || index + 1 === to) continue;
    const end = yield* sleepUnlessEnded(context, pauseMs(ending.value, tokensPerMinute));
    if (end !== null) return { lines, stop: { code: 'lab-over', message: 'The lab was asked to end.' } };
  }
  return { lines, stop: null };
}

/** Well within the shortest idle time: a batch that waits for its turn keeps its lab. */
const TELL_USE_MS = 90_000;

/** Tells the lab, no more often than it must, that its batch goes on. A lab that does not hear of it sees the next completion. */
function useTeller(context: OrchestrationContext, lab: LabRef): () => Flow<void> {
  let dueAt = now(context) + TELL_USE_MS;
  return function* () {
    if (now(context) < dueAt) return;
    dueAt = now(context) + TELL_USE_MS;
    yield* callSafely(context, 'tellUse', { lab, at: isoNow(context) });
  };
}

/** Each 1,000 tokens a minute bring that many requests a minute. https://learn.microsoft.com/azure/ai-foundry/openai/how-to/quota */
const REQUESTS_PER_1000_TOKENS = 6;

/** How long to wait after a completion so that neither of the two limits is reached. */
function pauseMs(line: CompletionLine, tokensPerMinute: number): number {
  const tokens = line.kind === 'answered' ? line.promptTokens + line.completionTokens : 0;
  return Math.ceil((60_000 * Math.max(tokens, 1_000 / REQUESTS_PER_1000_TOKENS)) / tokensPerMinute);
}

/** Why the rest is not asked: the lab is over, its time is up, or the service has been silent for as long as a completion is waited for. */
function stopOf(ending: Ending<CompletionLine>): BatchStop | null {
  switch (ending.kind) {
    case 'ok':
      return null;
    case 'ended':
      return { code: 'lab-over', message: `The lab has ended (${ending.end.reason}).` };
    case 'failed':
      return { code: ending.problem.code, message: truncate(ending.problem.message, 300) };
  }
}

function log(
  context: OrchestrationContext,
  { lab, place }: Pick<SliceInput, 'lab' | 'place'>,
  line: CompletionLine,
): void {
  const told =
    line.kind === 'answered'
      ? completionDimensions({ ...line, source: 'api' }, place.deployment, place.account.region)
      : { source: 'api', region: place.account.region, runId: line.runId, reason: line.code };
  logOnce(context, lab, 'completion.logged', { ...told, outcome: line.kind });
}
