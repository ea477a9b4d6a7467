import { describe, expect, test } from 'vitest';
import { createRandom, type Random } from '../../src/drift/statistics/random.ts';
import { compareTexts, words } from '../../src/drift/word-counts.ts';

function texts(count: number, random: Random, vocabulary: readonly string[]): string[] {
  return Array.from({ length: count }, () =>
    Array.from({ length: 20 }, () => vocabulary[random.below(vocabulary.length)]).join(' '),
  );
}

const SEA = ['ship', 'sail', 'wave', 'harbour', 'anchor', 'deck', 'the', 'a', 'of', 'and'];
const HILL = ['rock', 'path', 'summit', 'valley', 'snow', 'goat', 'the', 'a', 'of', 'and'];

describe('words', () => {
  test('pins: case, width and punctuation counted as differences', () => {
    expect(words('The ＳＨＩＰ, the ship!')).toEqual(['the', 'ship', 'the', 'ship']);
  });

  test('pins: a sentence without spaces counted as one word that never occurs again', () => {
    expect(words('模型answers了')).toEqual(['模', '型', 'answers', '了']);
  });

  test('pins: accents torn off their letters', () => {
    expect(words('Ação não é açaí')).toEqual(['ação', 'não', 'é', 'açaí']);
  });
});

describe('the test', () => {
  test('pins: a changed vocabulary that goes unseen', () => {
    const random = createRandom(1);
    const answer = compareTexts(texts(40, random, SEA), texts(40, random, HILL), createRandom(2));
    expect(answer.pValue).toBe(answer.smallestP);
    expect(answer.distance).toBeGreaterThan(answer.criticalDistance(0.01));
  });

  test('pins: the same texts, or texts without a shared word, called drift', () => {
    const same = Array<string>(30).fill('what is the capital of France');
    expect(compareTexts(same, same, createRandom(1)).pValue).toBe(1);
    const unique = (from: number): string[] => Array.from({ length: 30 }, (_, index) => `word${from + index}`);
    expect(compareTexts(unique(0), unique(100), createRandom(1)).pValue).toBe(1);
    expect(compareTexts(Array<string>(9).fill(''), Array<string>(9).fill('!'), createRandom(1)).pValue).toBe(1);
  });

  test('pins: words that occur in one text only (ids, names) that count as a difference', () => {
    const random = createRandom(7);
    const [a, b] = [texts(30, random, SEA), texts(30, random, SEA)];
    const marked = (window: string[], name: string): string[] => window.map((text, index) => `${text} ${name}${index}`);
    expect(compareTexts(marked(a, 'x'), marked(b, 'y'), createRandom(8)).distance).toBeCloseTo(
      compareTexts(a, b, createRandom(8)).distance,
      12,
    );
  });

  test('pins: words of one text taken for independent (each text here repeats one word)', () => {
    // A chi-squared test over these word counts would call drift nearly every time.
    let alarms = 0;
    for (let round = 0; round < 100; round++) {
      const random = createRandom(100 + round);
      const window = (): string[] =>
        Array.from({ length: 20 }, () => Array<string>(30).fill(SEA[random.below(SEA.length)]!).join(' '));
      if (compareTexts(window(), window(), random).pValue <= 0.05) alarms++;
    }
    expect(alarms).toBeLessThanOrEqual(12);
  });

  test('pins: work that grows with the window beyond the sample of 500', () => {
    const random = createRandom(3);
    const answer = compareTexts(texts(2000, random, SEA), texts(600, random, SEA), createRandom(4));
    expect([answer.baselineTexts, answer.currentTexts]).toEqual([500, 500]);
  });

  test('pins: an answer that changes from run to run', () => {
    const random = createRandom(5);
    const [a, b] = [texts(30, random, SEA), texts(30, random, SEA)];
    expect(compareTexts(a, b, createRandom(6)).pValue).toBe(compareTexts(a, b, createRandom(6)).pValue);
  });
});
