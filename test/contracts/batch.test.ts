import { describe, expect, it } from 'vitest';
import { answerCharacters, countOf, promptAt, slicesOf } from '../../src/contracts/batch.ts';
import { CompletionsSchema, promptsOf } from '../../src/lab/completions-request.ts';

describe('a batch', () => {
  it.each([1, 3, 4, 60, 99, 100, 101, 500])(
    'of %i is cut into slices that cover it once, none longer than 25',
    (total) => {
      for (const lanes of [1, 4]) {
        const slices = slicesOf(total, lanes);
        const indexes = slices.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => from + index));
        expect(indexes).toEqual(Array.from({ length: total }, (_, index) => index));
        expect(Math.max(...slices.map(({ from, to }) => to - from))).toBeLessThanOrEqual(25);
        expect(Math.min(...slices.map(({ from, to }) => to - from))).toBeGreaterThan(0);
      }
    },
  );

  it('means the same prompt by an index for ever, repeats one after the other', () => {
    const prompts = promptsOf(CompletionsSchema.parse({ prompts: ['a', { prompt: 'b', n: 1 }, 'c'], n: 2 }));
    expect(Array.from({ length: countOf(prompts) }, (_, index) => promptAt({ prompts }, index).prompt).join('')).toBe(
      'aabcc',
    );
    expect(() => promptAt({ prompts }, 5)).toThrow(RangeError);
  });

  it('lets a prompt choose for itself, and adds its tags to those of all', () => {
    const body = { prompts: ['a', { prompt: 'b', system: 'own', tags: { y: '2' } }], system: 'all', tags: { x: '1' } };
    expect(promptsOf(CompletionsSchema.parse(body))).toMatchObject([
      { prompt: 'a', system: 'all', tags: { x: '1' } },
      { prompt: 'b', system: 'own', tags: { x: '1', y: '2' } },
    ]);
  });

  it('keeps whole answers of a few and the beginnings of many', () => {
    expect([1, 60, 500].map(answerCharacters)).toEqual([1_000, 833, 100]);
  });

  it('takes no half of a surrogate pair', () => {
    expect(CompletionsSchema.safeParse({ prompt: 'a\ud800' }).success).toBe(false);
  });
});
