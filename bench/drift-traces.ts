/**
 * Made-up windows of traces for the measurements of drift: log-normal tokens (sigma 0.5) and latencies, finish reasons
 * 94/5/1 %, errors and refusals 2 % each, prompts and answers over a vocabulary of Zipf's kind. All drawn with the
 * seed.
 */
import type { TraceFeatures } from '../src/drift/features.ts';
import { createRandom, type Random } from '../src/drift/statistics/random.ts';

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

/** A long run of words, and where each begins. */
const CORPUS = corpus(createRandom(1), 50_000);

/** A stretch of the corpus, so that a measurement of memory counts the texts and not the making of them. */
function text(words: number, random: Random): string {
  const first = random.below(CORPUS.starts.length - words);
  return CORPUS.bytes.toString('latin1', CORPUS.starts[first], CORPUS.starts[first + words]! - 1);
}

function corpus(random: Random, words: number): { bytes: Buffer; starts: Uint32Array } {
  const starts = new Uint32Array(words);
  const drawn: string[] = [];
  for (let word = 0, at = 0; word < words; word++) {
    const next = `word${Math.floor(VOCABULARY ** random.uniform())} `;
    starts[word] = at;
    at += next.length;
    drawn.push(next);
  }
  return { bytes: Buffer.from(drawn.join(''), 'latin1'), starts };
}
