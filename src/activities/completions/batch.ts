/**
 * One completion of a batch. Its prompt is read from the batch's own input, so that no other history holds it.
 *
 * 1. A lab that is not in its watch any more is asked nothing: the batch stops.
 * 2. What it cost is told to the lab, or to its teardown once that has begun: the report is written there.
 * 3. What the service refuses (the content filter, a prompt that is too long) is a result like an answer: it is logged, and the batch goes on.
 */
import { LLMOPS_TAGS, type Chat } from '../../clients/mlflow/write-trace.ts';
import type { Activities } from '../../contracts/activities.ts';
import type { DeploymentFacts } from '../../lab/resources.ts';
import { promptAt, type BatchInput, type CompletionLine, type PromptInput } from '../../contracts/batch.ts';
import { instanceIds } from '../../contracts/instance-ids.ts';
import type { Prompt } from '../../lab/completions-request.ts';
import { EVENTS } from '../../lab/events.ts';
import { modelRule } from '../../lab/placement/choose-model.ts';
import type { LabRef } from '../../lab/names.ts';
import { done, refused, type Outcome } from '../../lab/outcome.ts';
import { truncate } from '../../lab/text.ts';
import { answer } from '../outcome-of-error.ts';
import { attemptCompletion, type CompletionOutcome, type CompletionOrder } from './completion.ts';
import type { Deps } from '../deps.ts';

export const batchActivities = (deps: Deps): Pick<Activities, 'completePrompt' | 'tellTokens' | 'tellUse'> => ({
  completePrompt: (input, hub) =>
    answer(
      async (): Promise<Outcome<CompletionLine>> => {
        if (!(await hub.isWatched(input.lab)))
          return stop('lab-over', 'The lab is ending or has ended: nothing more is asked.');
        const order = (await hub.inputOf(input.batch)) as BatchInput | undefined;
        if (order === undefined) return stop('batch-lost', 'The task hub does not know the batch any more.');
        const attempted = await attemptCompletion(deps, orderOf(order, input), input.memo);
        return attempted.kind === 'pending' ? attempted : done(lineOf(input, attempted));
      },
      { memo: input.memo },
    ),

  tellUse: ({ lab, at }, hub) =>
    answer(async () => {
      if (await hub.isWatched(lab)) await hub.tell(instanceIds(lab).lab, EVENTS.keepalive, { by: 'batch', at });
      return done(null);
    }),

  tellTokens: ({ lab, ...event }, hub) =>
    answer(async () => {
      const ids = instanceIds(lab);
      for (const counting of [ids.teardown, ids.lab]) {
        const order = (await hub.inputOf(counting)) as { lab: LabRef } | undefined;
        if (order?.lab.startedAt !== lab.startedAt) continue;
        await hub.tell(counting, EVENTS.tokens, event);
        break;
      }
      return done(null);
    }),
});

const stop = (code: string, message: string): Outcome<never> => refused({ code, message, remedy: 'none' });

function orderOf(order: BatchInput, { lab, place, batch, index }: PromptInput): CompletionOrder {
  const { prompt, system = order.system, sessionId = order.session, tags = {}, ...rest } = promptAt(order, index);
  return {
    lab,
    ...place,
    key: `${batch}|${lab.startedAt}|${index}`,
    prompts: { system, prompt },
    source: 'api',
    session: sessionId,
    tags: { ...tags, [LLMOPS_TAGS.batch]: order.id },
    parameters: parametersOf(rest, place.deployment),
  };
}

/** Each family of models has its own name for the limit on an answer. */
const parametersOf = (
  { temperature, maxTokens }: Pick<Prompt, 'temperature' | 'maxTokens'>,
  { model }: DeploymentFacts,
): Omit<Chat, 'model' | 'messages'> => ({
  ...(temperature === undefined ? {} : { temperature }),
  ...(maxTokens === undefined ? {} : { [modelRule(model).tokenParam]: maxTokens }),
});

function lineOf(
  { index, answerCharacters }: PromptInput,
  attempted: Exclude<CompletionOutcome, { kind: 'pending' }>,
): CompletionLine {
  if (attempted.kind === 'refused') {
    const { problem, runId, traceId, warnings } = attempted;
    return {
      index,
      kind: 'refused',
      code: problem.code,
      message: truncate(problem.message, 200),
      runId,
      traceId,
      warnings,
    };
  }
  const { source: _source, totalTokens: _total, runPageUrl: _page, ...facts } = attempted.facts;
  return { index, kind: 'answered', ...facts, answer: truncate(facts.answer, answerCharacters) };
}
