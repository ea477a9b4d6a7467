import { expect, test } from 'vitest';
import { createRandom, sample, seedFor } from '../../../src/drift/statistics/random.ts';

test('pins: a generator that is not xoshiro128** (outputs of the authors’ C code from the state 1, 2, 3, 4)', () => {
  const random = createRandom([1, 2, 3, 4]);
  expect(Array.from({ length: 10 }, () => random.nextUint32())).toEqual([
    11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
  ]);
});

test('pins: a seed that does not fix the stream, or neighbouring seeds with the same stream', () => {
  const stream = (seed: number): number[] => {
    const random = createRandom(seed);
    return Array.from({ length: 20 }, () => random.nextUint32());
  };
  expect(stream(7)).toEqual(stream(7));
  expect(stream(7)).not.toEqual(stream(8));
  expect(stream(0)).not.toEqual(Array(20).fill(0));
  expect(seedFor(7, 'latencyMs')).not.toBe(seedFor(7, 'promptTokens'));
});

test('pins: numbers out of range or unevenly spread', () => {
  const random = createRandom(3);
  const counts = Array<number>(6).fill(0);
  let sum = 0;
  for (let round = 0; round < 60_000; round++) {
    counts[random.below(6)]!++;
    const uniform = random.uniform();
    expect(uniform).toBeGreaterThanOrEqual(0);
    expect(uniform).toBeLessThan(1);
    sum += uniform;
  }
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(450);
  expect(sum / 60_000).toBeCloseTo(0.5, 2);
});

test('pins: a sample with doubles, of the wrong size, or that favours one end', () => {
  const items = Array.from({ length: 50 }, (_, index) => index);
  const drawn = Array<number>(50).fill(0);
  const random = createRandom(5);
  for (let round = 0; round < 5000; round++) {
    const chosen = sample(items, 10, random);
    expect(new Set(chosen).size).toBe(10);
    for (const item of chosen) drawn[item]!++;
  }
  for (const count of drawn) expect(Math.abs(count - 1000)).toBeLessThan(150);
  expect(sample(items, 80, random)).toEqual(items);
});
