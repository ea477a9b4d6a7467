import type { TraceFeatures } from '../../src/drift/features.ts';
import { createRandom, type Random } from '../../src/drift/statistics/random.ts';

/** A trace that ended well and says nothing else. */
export function trace(features: Partial<TraceFeatures> = {}): TraceFeatures {
  return {
    traceId: null,
    requestTimeMs: 0,
    state: 'OK',
    promptTokens: null,
    completionTokens: null,
    latencyMs: null,
    promptChars: null,
    responseChars: null,
    finishReason: null,
    refusal: null,
    model: null,
    deployment: null,
    paramsHash: null,
    promptHash: null,
    session: null,
    sourceRun: null,
    ...features,
  };
}

/** A standard normal number (Box and Muller). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
}

/** A window of ordinary traces, every number and rate drawn with the seed. */
export function ordinaryTraces(
  count: number,
  seed: number,
  { tokens = 200, promptTokens = 40, refusals = 0.02 } = {},
): TraceFeatures[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, index) => {
    const failed = random.uniform() < 0.02;
    const reason = random.uniform();
    return trace({
      requestTimeMs: 1_700_000_000_000 + index * 1000,
      state: failed ? 'ERROR' : 'OK',
      promptTokens: Math.round(promptTokens * Math.exp(0.3 * normal(random))),
      completionTokens: failed ? null : Math.round(tokens * Math.exp(0.5 * normal(random))),
      latencyMs: 900 * Math.exp(0.4 * normal(random)),
      finishReason: failed ? null : reason < 0.94 ? 'stop' : reason < 0.99 ? 'length' : 'content_filter',
      refusal: random.uniform() < refusals,
      model: 'gpt-4o-mini-2024-07-18',
      deployment: 'chat',
    });
  });
}

export function ascending(values: Iterable<number>): Float64Array {
  return Float64Array.from(values).sort();
}
