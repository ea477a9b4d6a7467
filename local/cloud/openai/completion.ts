// A completion by the built-in responder, as Azure OpenAI words it: with content-filter results, usage by real token counts, or as a stream.
import { randomBytes } from 'node:crypto';
import { reportedModel, type ModelTraits } from './models.ts';
import { respond } from './responder.ts';
import { countPrompt, type Tokenizer } from './token-count.ts';
import type { ChatRequest } from './wire.ts';
import type { Deployment } from '../arm/records.ts';
import type { Reply } from '../core/router.ts';

/** A prompt with this word is refused by the content filter. */
export const CONTENT_FILTER_TRIGGER = 'filter-this-prompt';

const REASONING_TOKENS = 64;
const SAFE = { filtered: false, severity: 'safe' };
const CLEAN = { hate: SAFE, self_harm: SAFE, sexual: SAFE, violence: SAFE };

export type Usage = {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details: { audio_tokens: number; cached_tokens: number };
  completion_tokens_details: {
    accepted_prediction_tokens: number;
    audio_tokens: number;
    reasoning_tokens: number;
    rejected_prediction_tokens: number;
  };
};
export type Completion = { reply: Reply; usage: Usage };

export const filtered = (messages: ChatRequest['messages']): boolean =>
  messages.some((message) => message.content.includes(CONTENT_FILTER_TRIGGER));

/** The refusal of the content filter. https://learn.microsoft.com/azure/ai-services/openai/concepts/content-filter */
export const filterRefusal = (): Reply => ({
  status: 400,
  json: {
    error: {
      message:
        "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry. To learn more about our content filtering policies please read our documentation: https://go.microsoft.com/fwlink/?linkid=2198766",
      type: null,
      param: 'prompt',
      code: 'content_filter',
      status: 400,
      innererror: {
        code: 'ResponsibleAIPolicyViolation',
        content_filter_result: { ...CLEAN, violence: { filtered: true, severity: 'medium' } },
      },
    },
  },
});

/** Completes `request` on `deployment`. */
export function complete(
  request: ChatRequest,
  deployment: Deployment,
  traits: ModelTraits,
  tokenizer: Tokenizer,
  now: number,
): Completion {
  const reasoning = traits.thinks ? REASONING_TOKENS : 0;
  const room = request.maxTokens === undefined ? Number.POSITIVE_INFINITY : Math.max(0, request.maxTokens - reasoning);
  const answers = Array.from({ length: request.choices }, (_, index) => {
    const said = untilStop(respond(request.messages, index), request.stop);
    const whole = request.json ? JSON.stringify({ answer: said }) : said;
    const isCut = tokenizer.count(whole) > room;
    return { text: isCut ? tokenizer.cut(whole, room) : whole, finish: isCut ? 'length' : 'stop' };
  });
  const spent = answers.reduce(
    (sum, { text }) => sum + tokenizer.count(text) + Math.min(reasoning, request.maxTokens ?? reasoning),
    0,
  );
  const prompt = countPrompt(tokenizer, request.messages);
  const usage: Usage = {
    prompt_tokens: prompt,
    completion_tokens: spent,
    total_tokens: prompt + spent,
    prompt_tokens_details: { audio_tokens: 0, cached_tokens: 0 },
    completion_tokens_details: {
      accepted_prediction_tokens: 0,
      audio_tokens: 0,
      reasoning_tokens: reasoning * request.choices,
      rejected_prediction_tokens: 0,
    },
  };
  const head = {
    id: `chatcmpl-${randomBytes(14).toString('hex')}`,
    created: Math.floor(now / 1_000),
    model: reportedModel(deployment),
    system_fingerprint: 'fp_local00000',
  };
  // What the service took for it: read by the simulated kernel, whose time it moves.
  const headers = { 'openai-processing-ms': String(240 + spent * 12), 'x-ms-region': deployment.location };
  if (request.stream) {
    const text = streamOf(request, head, answers, tokenizer, usage);
    return { usage, reply: { status: 200, headers: { ...headers, 'content-type': 'text/event-stream' }, text } };
  }
  const json = {
    ...head,
    object: 'chat.completion',
    choices: answers.map(({ text, finish }, index) => ({
      index,
      finish_reason: finish,
      logprobs: null,
      message: { role: 'assistant', content: text, refusal: null, annotations: [] },
      content_filter_results: CLEAN,
    })),
    prompt_filter_results: [{ prompt_index: 0, content_filter_results: CLEAN }],
    usage,
  };
  return { usage, reply: { status: 200, headers, json } };
}

/** The text before the first of the stop sequences. */
const untilStop = (text: string, stop: readonly string[]): string => {
  const places = stop.map((it) => text.indexOf(it)).filter((place) => place >= 0);
  return text.slice(0, Math.min(text.length, ...places));
};

const streamOf = (
  request: ChatRequest,
  head: object,
  answers: readonly { text: string; finish: string }[],
  tokenizer: Tokenizer,
  usage: Usage,
): string => {
  const chunk = (choices: object[], more: object = {}): string =>
    `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices, ...more })}\n\n`;
  const filter = { prompt_filter_results: [{ prompt_index: 0, content_filter_results: CLEAN }] };
  const parts = [chunk([], filter)];
  for (const [index, { text, finish }] of answers.entries()) {
    parts.push(chunk([{ index, delta: { role: 'assistant', content: '' }, finish_reason: null }]));
    for (const piece of tokenizer.pieces(text)) {
      parts.push(chunk([{ index, delta: { content: piece }, finish_reason: null, content_filter_results: CLEAN }]));
    }
    parts.push(chunk([{ index, delta: {}, finish_reason: finish }]));
  }
  if (request.includeUsage) parts.push(chunk([], { usage }));
  return `${parts.join('')}data: [DONE]\n\n`;
};
