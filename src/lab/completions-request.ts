/** What a caller may ask of completions through the API. Apart from the batch, which orchestrators know: they need no schemas, and a cold start has no time for them. */
import { z } from 'zod';
import { PROBE_PROMPTS } from './probe-prompts.ts';
import { boundedText } from './text.ts';

/** Completions of one batch, repeats included. */
export const MOST_COMPLETIONS = 500;

/** Where the app's own tags and MLflow's begin with these, a caller's must not. */
const TAG_KEY = z.string().regex(/^(?!mlflow\.|llmops\.)[A-Za-z0-9][\w.-]{0,49}$/, {
  error: 'must be 1-50 of A-Z, a-z, 0-9, _, . and -, and begin with neither "mlflow." nor "llmops."',
});
const TAG_VALUE = z.string().regex(/^[^'"`\\\p{Cc}]{1,100}$/u, 'must be 1-100 characters without quotes');

const choices = {
  system: boundedText(4_000).optional().describe('System prompt. Left out: that of the lab.'),
  n: z.int().min(1).max(MOST_COMPLETIONS).optional().describe('How often each prompt is asked. Left out: once.'),
  sessionId: z
    .string()
    .regex(/^[\w.:-]{1,100}$/, 'must be 1-100 of A-Z, a-z, 0-9, _, ., : and -')
    .optional()
    .describe('Session of the traces, by which a window of drift can be chosen. Left out: the id of the batch.'),
  temperature: z.number().min(0).max(2).optional().describe('Left out: the model’s own.'),
  maxTokens: z
    .int()
    .min(1)
    .max(16_384)
    .optional()
    .describe('Most tokens of an answer. Left out: the model’s own limit.'),
  tags: z
    .record(TAG_KEY, TAG_VALUE)
    .refine((it) => Object.keys(it).length <= 5, 'must be at most 5')
    .optional()
    .describe('At most five tags of run and trace, by which a window of drift can be chosen.'),
};
const prompt = boundedText(8_000);

/** One prompt: a text, or a text with choices of its own. */
export const PromptSchema = z.preprocess(
  (it) => (typeof it === 'string' ? { prompt: it } : it),
  z.strictObject({ prompt: prompt.describe('What is asked.'), ...choices }),
);
export const PromptListSchema = z.array(PromptSchema).min(1).max(MOST_COMPLETIONS);

/** The body of POST …/completions where it is an object; it may as well be a list of prompts, as JSON or as lines of JSON. */
export const CompletionsSchema = z
  .strictObject({
    prompt: prompt.optional().describe('One prompt; this, or `prompts`.'),
    prompts: PromptListSchema.optional().describe(
      'Texts, or objects with `prompt` and any of the fields below, which then hold for it alone.',
    ),
    ...choices,
  })
  .refine((it) => (it.prompt === undefined) !== (it.prompts === undefined), {
    path: ['prompt'],
    message: 'or prompts must be given, and not both',
  });

export const ProbeSchema = z.strictObject({
  n: z.int().min(1).max(MOST_COMPLETIONS).default(PROBE_PROMPTS.length).describe('Questions, which are asked in turn.'),
  sessionId: choices.sessionId,
  tags: choices.tags,
});

export type Prompt = z.infer<typeof PromptSchema>;

/** A caller's choices for the whole batch, taken over by each prompt that has none of its own. */
export function promptsOf(body: z.infer<typeof CompletionsSchema>): Prompt[] {
  const { prompt: one, prompts, ...common } = body;
  const list = prompts ?? [{ prompt: one ?? '' }];
  return list.map((it) => ({ ...common, ...it, ...mergedTags(common.tags, it.tags) }));
}

const mergedTags = (common: Prompt['tags'], own: Prompt['tags']): Pick<Prompt, 'tags'> =>
  common === undefined && own === undefined ? {} : { tags: { ...common, ...own } };
