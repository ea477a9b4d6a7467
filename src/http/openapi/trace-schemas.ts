/** What the API answers about completions and traces, as schemas (see `openapi-lab.ts`). What spans hold is MLflow's, and left open. */
import { z } from 'zod';
import type { TraceComparison } from '../../lab/traces/compare.ts';
import { time } from './lab-schemas.ts';

const self = (what: string) => z.string().describe(`Address of ${what}.`);

export const BatchStartedSchema = z.object({
  id: z.string().describe('The batch.'),
  lab: z.string().describe('Its lab.'),
  status: z.enum(['started', 'already-started', 'resumed']).describe('`resumed`: it goes on where it stopped.'),
  total: z.int().describe('Completions that it asks for.'),
  links: z.object({ self: self('the batch') }).describe('Where to read on.'),
});

const tally = z
  .object({
    answered: z.int().describe('Completions that were answered.'),
    refused: z.int().describe('Completions that the service refused.'),
    promptTokens: z.int().describe('Total of all prompts.'),
    completionTokens: z.int().describe('Total of all answers.'),
    withWarnings: z.int().describe('Completions whose telemetry is not whole.'),
  })
  .describe('What it came to so far.');

export const BatchSchema = z.object({
  id: z.string().describe('The batch.'),
  lab: z.string().describe('Its lab.'),
  kind: z.enum(['completions', 'probe']).describe('What was asked for.'),
  state: z
    .enum(['running', 'done', 'stopped', 'failed'])
    .describe('`stopped`: the same request goes on from where it stopped. `failed`: its orchestration broke.'),
  session: z.string().describe('The session of its traces.'),
  total: z.int().describe('Completions that it asks for.'),
  asked: z.int().describe('Completions that have been answered or refused.'),
  tally,
  askedAt: time('When it was asked for.'),
  endedAt: time('When it ended.').optional(),
  note: z.string().optional().describe('What the service said last, while something is waited for.'),
  warnings: z.array(z.string()).optional().describe('The first few.'),
  stop: z
    .object({ code: z.string().describe('Stable.'), message: z.string().describe('In words.') })
    .optional()
    .describe('Why it stopped before its end.'),
  completions: z
    .array(
      z.object({
        index: z.int().describe('Its place in the batch, from 0.'),
        kind: z.enum(['answered', 'refused']).describe('What became of it.'),
        answer: z.string().optional().describe('Cut: the whole of it is in the trace.'),
        finishReason: z.string().optional().describe('Why the answer ended.'),
        model: z.string().optional().describe('The version that answered.'),
        promptTokens: z.int().optional().describe('Tokens of the prompt.'),
        completionTokens: z.int().optional().describe('Tokens of the answer.'),
        latencyMs: z.number().optional().describe('How long it took, in milliseconds.'),
        code: z.string().optional().describe('The code of a refusal.'),
        message: z.string().optional().describe('The message of a refusal.'),
        runId: z.string().describe('The MLflow run.'),
        traceId: z.string().nullable().describe('The MLflow trace; null: none was written.'),
        warnings: z.array(z.string()).describe('What of its telemetry is not whole.'),
      }),
    )
    .optional()
    .describe('When it has ended: one line for each.'),
  links: z
    .object({ self: self('the batch'), lab: self('its lab'), traces: self('the lab’s traces') })
    .describe('Where to read on.'),
});

const whole = (what: string) => z.int().nullable().describe(what);
const words = (what: string) => z.string().nullable().describe(what);

/** Of a listing. */
export const TraceLineSchema = z.object({
  traceId: z.string().describe('The trace.'),
  time: words('When it was asked; null, here and below: not recorded.'),
  state: z.string().describe('OK, ERROR, IN_PROGRESS or STATE_UNSPECIFIED.'),
  promptTokens: whole('Tokens of the prompt.'),
  completionTokens: whole('Tokens of the answer.'),
  latencyMs: z.number().nullable().describe('How long it took, in milliseconds.'),
  promptChars: whole('Characters of the prompt.'),
  responseChars: whole('Characters of the answer.'),
  finishReason: words('Why the answer ended: `stop`, `length`, `content_filter`, …'),
  refusal: z.boolean().nullable().describe('Whether the model or its content filter declined.'),
  model: words('The version that answered.'),
  deployment: words('The deployment that was asked.'),
  paramsHash: words('Fingerprint of the request’s parameters.'),
  promptHash: words('Fingerprint of the system prompt.'),
  errorCode: words('Code of the error with which the call failed.'),
  session: words('The session it belongs to.'),
  sourceRun: words('The MLflow run that logged it.'),
  source: words('Who made it: `app`, `api` or `notebook`; null: people.'),
  tags: z.record(z.string(), z.string()).describe('Tags that neither MLflow nor the app gives.'),
});

export const TraceListSchema = z.object({
  traces: z
    .array(TraceLineSchema.extend({ links: z.object({ self: self('the trace') }).describe('Where to read it whole.') }))
    .describe('Newest first.'),
  next: z.string().optional().describe('Token of the next page.'),
  links: z.object({ self: self('the list'), next: self('the next page').optional() }).describe('Where to read on.'),
});

const side = z.object({
  trace: TraceLineSchema,
  run: z
    .object({
      id: z.string().describe('The run.'),
      status: z.string().describe('As MLflow says it: FINISHED, FAILED, …'),
      params: z.record(z.string(), z.string()).describe('Its parameters.'),
      metrics: z.record(z.string(), z.number()).describe('Its metrics.'),
    })
    .nullable()
    .describe('The run that the trace belongs to.'),
  system: words('The system prompt.'),
  prompt: z.string().describe('The newest message of the user.'),
  parameters: z.record(z.string(), z.unknown()).describe('Parameters of the request, without model and messages.'),
  answer: words('What the model wrote.'),
});

const span = z.object({
  id: z.string().describe('The span.'),
  parentId: words('Null: the root.'),
  name: z.string().describe('What it is called.'),
  type: words('MLflow’s type of it: CHAT_MODEL, CHAIN, TOOL, …'),
  startMs: z.number().nullable().describe('Epoch milliseconds.'),
  endMs: z.number().nullable().describe('Epoch milliseconds.'),
  status: z.string().describe('OK, ERROR or UNSET.'),
  statusMessage: z.string().describe('The message of a failure.'),
  inputs: z.unknown().describe('As they were recorded.'),
  outputs: z.unknown().describe('As they were recorded.'),
  attributes: z.record(z.string(), z.unknown()).describe('The other attributes, decoded.'),
  events: z
    .array(
      z.object({
        name: z.string().describe('What it is called.'),
        atMs: z.number().nullable().describe('Epoch milliseconds.'),
        attributes: z.record(z.string(), z.unknown()).describe('As recorded.'),
      }),
    )
    .describe('What was recorded within it, such as an exception.'),
});

const detail = {
  spans: z.array(span).describe('What it is made of; the root has no parent.'),
  complete: z.boolean().describe('False while the trace’s data has not arrived, or is gone.'),
};
export const TraceSchema = side.extend({
  ...detail,
  links: z.object({ self: self('the trace'), traces: self('the list') }).describe('Where to read on.'),
});

const scalar = z.union([z.string(), z.number(), z.boolean()]).nullable();
export const TraceSideSchema = side.extend({ spans: detail.spans.optional(), complete: detail.complete.optional() });
export const ComparisonSchema = z.object({
  a: TraceSideSchema,
  b: TraceSideSchema,
  fields: z
    .array(
      z.object({
        field: z
          .enum([
            'prompt',
            'system',
            'parameters',
            'model',
            'deployment',
            'promptTokens',
            'completionTokens',
            'latencyMs',
            'finishReason',
            'refusal',
            'state',
            'session',
            'errorCode',
          ])
          .describe('What is compared.'),
        a: scalar.describe('The value in a.'),
        b: scalar.describe('The value in b.'),
        same: z.boolean().describe('Whether they are equal.'),
        change: z.number().nullable().describe('b - a, of numbers.'),
      }),
    )
    .describe('What was compared.'),
  answers: z
    .object({
      same: z.boolean().describe('Word for word.'),
      diff: z
        .array(
          z.object({
            kind: z.enum(['same', 'removed', 'added']).describe('`removed`: only in a; `added`: only in b.'),
            text: z.string().describe('The words.'),
          }),
        )
        .nullable()
        .describe('From a’s answer to b’s, word by word; null: an answer is missing, or they differ too much.'),
      cut: z.boolean().describe('Long answers were cut before they were compared.'),
    })
    .describe('Both answers.'),
  note: z.string().describe('Two traces are no proof of drift.'),
});

type Documents<Schema, Answer extends Schema> = Answer;
/** @public Read by the compiler alone. */
export type DocumentedTraces = Documents<z.input<typeof ComparisonSchema>, TraceComparison>;
