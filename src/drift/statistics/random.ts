/**
 * The seeded random numbers of the permutation tests: the same windows and the same seed give the same verdict on every
 * machine, so a report can be recomputed.
 *
 * Generator: xoshiro128** 1.1 by Blackman and Vigna (https://prng.di.unimi.it/xoshiro128starstar.c, public domain),
 * its four words filled by the 32-bit SplitMix that its authors advise for seeding (finaliser of MurmurHash3).
 */

/** A stream of random numbers that depends on nothing but its seed. */
export interface Random {
  /** A whole number in [0, 2^32). */
  nextUint32: () => number;
  /** A number in [0, 1) with 53 random bits. */
  uniform: () => number;
  /** A whole number in [0, bound), without modulo bias; `bound` is from 1 to 2^32. */
  below: (bound: number) => number;
}

const TWO_32 = 0x1_0000_0000;

/**
 * Opens a stream. `seed` is a whole number (its low 32 bits count) or the four state words themselves, not all zero.
 */
export function createRandom(seed: number | readonly [number, number, number, number]): Random {
  const state = new Uint32Array(4);
  if (typeof seed === 'number') {
    let weyl = seed >>> 0;
    for (let word = 0; word < 4; word++) {
      weyl = (weyl + 0x9e3779b9) >>> 0;
      let mixed = Math.imul(weyl ^ (weyl >>> 16), 0x85ebca6b);
      mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
      state[word] = mixed ^ (mixed >>> 16);
    }
  } else {
    state.set(seed);
  }
  let [s0, s1, s2, s3] = state as unknown as [number, number, number, number];

  const nextUint32 = (): number => {
    const scrambled = Math.imul(s1, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const shifted = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= shifted;
    s3 = (s3 << 11) | (s3 >>> 21);
    return result;
  };
  const below = (bound: number): number => {
    const limit = TWO_32 - (TWO_32 % bound);
    let drawn = nextUint32();
    while (drawn >= limit) drawn = nextUint32();
    return drawn % bound;
  };
  const uniform = (): number => ((nextUint32() >>> 5) * 0x400_0000 + (nextUint32() >>> 6)) / 0x20_0000_0000_0000;
  return { nextUint32, uniform, below };
}

/**
 * The seed of one feature's stream, so that a feature's p-value does not depend on which other features were measured
 * (FNV-1a over the UTF-16 units of the name, http://www.isthe.com/chongo/tech/comp/fnv/).
 */
export function seedFor(seed: number, name: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index++) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  return (hash ^ seed) >>> 0;
}

/** `count` distinct items drawn at random, in their original order (all of them when there are no more than that). */
export function sample<T>(items: readonly T[], count: number, random: Random): T[] {
  if (items.length <= count) return [...items];
  const chosen: T[] = [];
  let needed = count;
  for (let index = 0; needed > 0; index++) {
    // Selection sampling: Knuth, The Art of Computer Programming, volume 2, algorithm S of 3.4.2.
    if (random.uniform() * (items.length - index) < needed) {
      chosen.push(items[index]!);
      needed--;
    }
  }
  return chosen;
}
