/**
 * Has the wording changed? A permutation test on word counts.
 *
 * 1. The statistic is the Jensen-Shannon divergence of the two windows' word counts, each window weighted by its words:
 *    the mixture is then the pooled count, which no permutation changes, so that a round needs sums of c·ln c only (Lin
 *    1991, https://doi.org/10.1109/18.61115; it is the G statistic over twice the number of words).
 * 2. Whole texts are permuted, never words: words of one text hang together, and a curve that takes them for
 *    independent cries wolf.
 * 3. Bounded: at most 500 texts a window, drawn with the seed, 4,000 characters a text, words that occur in two texts
 *    at least (a word of one text cannot tell windows apart), the 5,000 most common of those.
 */
import { sample, type Random } from './statistics/random.ts';

export interface TextTest {
  pValue: number;
  /** The smallest p-value this many permutations can give. */
  smallestP: number;
  /** Weighted Jensen-Shannon distance √JSD in base 2, 0 (same wording) to 1 (no word in common). */
  distance: number;
  /** The distance that permutations exceed with chance `alpha`: a larger one would have been called drift. */
  criticalDistance: (alpha: number) => number;
  /** Texts compared, after sampling. */
  baselineTexts: number;
  currentTexts: number;
}

const MAX_TEXTS = 500;
const MAX_CHARACTERS = 4000;
const MAX_WORDS = 5000;
const PERMUTATIONS = 999;

// Scripts written without spaces count by character, everything else by runs of letters and digits.
const WORD =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]|(?:(?![\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}])[\p{L}\p{M}\p{N}])+/gu;

/** The words of a text: NFKC, lower case. */
export function words(text: string): string[] {
  return text.slice(0, MAX_CHARACTERS).normalize('NFKC').toLowerCase().match(WORD) ?? [];
}

/** Compares the texts of two windows, both non-empty. */
export function compareTexts(baseline: readonly string[], current: readonly string[], random: Random): TextTest {
  const before = sample(baseline, MAX_TEXTS, random);
  const after = sample(current, MAX_TEXTS, random);
  const table = countWords([...before, ...after]);
  const order = Uint32Array.from({ length: before.length + after.length }, (_, index) => index);
  const divergenceOf = divergence(table, before.length);

  const observed = divergenceOf(order);
  const permuted = new Float64Array(PERMUTATIONS);
  for (let round = 0; round < PERMUTATIONS; round++) {
    // Fisher-Yates, only as far as the first window reaches.
    for (let index = 0; index < before.length; index++) {
      const other = index + random.below(order.length - index);
      const moved = order[index]!;
      order[index] = order[other]!;
      order[other] = moved;
    }
    permuted[round] = divergenceOf(order);
  }
  permuted.sort();
  const limit = observed - 1e-12;
  const atLeast = permuted.reduce((count, each) => (each >= limit ? count + 1 : count), 1);
  const toDistance = (bits: number): number => Math.sqrt(Math.min(1, Math.max(0, bits)));
  return {
    pValue: atLeast / (PERMUTATIONS + 1),
    smallestP: 1 / (PERMUTATIONS + 1),
    distance: toDistance(observed),
    criticalDistance: (alpha) => {
      const exceeding = Math.max(1, Math.floor(alpha * (PERMUTATIONS + 1)));
      return toDistance(permuted[PERMUTATIONS - exceeding]!);
    },
    baselineTexts: before.length,
    currentTexts: after.length,
  };
}

/** Sparse counts: the words of text t are `word[start[t]..start[t + 1])`, each `times` times. */
interface WordTable {
  start: Uint32Array;
  word: Uint32Array;
  times: Uint32Array;
  /** How often each word occurs in all texts. */
  pooled: Float64Array;
}

function countWords(texts: readonly string[]): WordTable {
  const perText = texts.map((text) => {
    const counts = new Map<string, number>();
    for (const word of words(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
    return counts;
  });
  const spread = new Map<string, number>();
  for (const counts of perText) for (const word of counts.keys()) spread.set(word, (spread.get(word) ?? 0) + 1);
  const kept = [...spread]
    .filter(([, inTexts]) => inTexts >= 2)
    .sort((a, b) => b[1] - a[1])
    .slice(0, MAX_WORDS);
  const numberOf = new Map(kept.map(([word], index) => [word, index]));

  const start = new Uint32Array(texts.length + 1);
  const word: number[] = [];
  const times: number[] = [];
  const pooled = new Float64Array(kept.length);
  for (const [text, counts] of perText.entries()) {
    for (const [each, count] of counts) {
      const index = numberOf.get(each);
      if (index === undefined) continue;
      word.push(index);
      times.push(count);
      pooled[index]! += count;
    }
    start[text + 1] = word.length;
  }
  return { start, word: Uint32Array.from(word), times: Uint32Array.from(times), pooled };
}

/** The divergence, in bits, between the first `first` texts of an order and the rest. */
function divergence(table: WordTable, first: number): (order: Uint32Array) => number {
  const { start, word, times, pooled } = table;
  const allWords = pooled.reduce((sum, count) => sum + count, 0);
  const largest = pooled.reduce((most, count) => Math.max(most, count), 0);
  const countTimesLn = Float64Array.from({ length: largest + 1 }, (_, count) => timesLn(count));
  const pooledTerm = pooled.reduce((sum, count) => sum + countTimesLn[count]!, 0);
  const counts = new Float64Array(pooled.length);
  return (order) => {
    if (allWords === 0) return 0;
    counts.fill(0);
    let firstWords = 0;
    for (let index = 0; index < first; index++) {
      const text = order[index]!;
      for (let entry = start[text]!; entry < start[text + 1]!; entry++) {
        counts[word[entry]!]! += times[entry]!;
        firstWords += times[entry]!;
      }
    }
    let split = 0;
    for (let index = 0; index < counts.length; index++) {
      split += countTimesLn[counts[index]!]! + countTimesLn[pooled[index]! - counts[index]!]!;
    }
    const nats = split - pooledTerm + timesLn(allWords) - timesLn(firstWords) - timesLn(allWords - firstWords);
    return nats / allWords / Math.LN2;
  };
}

function timesLn(count: number): number {
  return count > 0 ? count * Math.log(count) : 0;
}
