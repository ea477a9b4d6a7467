/**
 * Made-up windows of traces for the measurements of drift: log-normal tokens (sigma 0.5) and latencies, finish reasons
 * 94/5/1 %, errors and refusals 2 % each, prompts and answers over a vocabulary of Zipf's kind. All drawn with the seed.
 */
import type { TraceFeatures } from '../src/drift/features.ts';
import type { Random } from '../src/drift/random.ts';

export interface Shape {
  /** Request time of the first trace; the others follow second by second. */
  startMs?: number;
  /** Factor on the tokens of the answers. */
  tokens?: number;
  refusals?: number;
  /** Words per prompt and answer; 0: no text. */
  words?: number;
}

const VOCABULARY = 400;
const WORDS = Array.from({ length: VOCABULARY }, (_, index) => `word${index} `);
export const EPOCH_MS = 1_700_000_000_000;

export function makeWindow(
  count: number,
  random: Random,
  { startMs = EPOCH_MS, tokens = 1, refusals = 0.02, words = 12 }: Shape = {},
) {
  const traces: TraceFeatures[] = [];
  for (let index = 0; index < count; index++) {
    const failed = random.uniform() < 0.02;
    const reason = random.uniform();
    const trace: TraceFeatures = {
      traceId: null,
      requestTimeMs: startMs + index * 1000,
      state: failed ? 'ERROR' : 'OK',
      promptTokens: Math.round(60 * Math.exp(0.5 * normal(random))),
      completionTokens: failed ? null : Math.round(200 * tokens * Math.exp(0.5 * normal(random))),
      latencyMs: Math.round(900 * Math.exp(0.5 * normal(random))),
      promptChars: null,
      responseChars: null,
      finishReason: failed ? null : reason < 0.94 ? 'stop' : reason < 0.99 ? 'length' : 'content_filter',
      refusal: random.uniform() < refusals,
      model: 'gpt-4o-mini-2024-07-18',
      deployment: 'chat',
      paramsHash: 'p',
      promptHash: 's',
      session: null,
      sourceRun: null,
    };
    if (words > 0) {
      trace.promptText = text(words, random);
      trace.responseText = text(words, random);
    }
    traces.push(trace);
  }
  return traces;
}

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
}

const scratch = Buffer.alloc(4096);

/** Written into one buffer, so that a measurement of memory does not count the making of the texts. */
function text(words: number, random: Random): string {
  let end = 0;
  for (let word = 0; word < words; word++)
    end += scratch.write(WORDS[Math.floor(VOCABULARY ** random.uniform())]!, end);
  return scratch.toString('latin1', 0, end - 1);
}
