/**
 * The random numbers of sampling: xoshiro128**, by Blackman and Vigna (2018, arXiv:1805.01407), its
 * state filled from the seed by SplitMix32. The generator is named and fixed, so that a seed means the
 * same text on every machine and in every later version; it uses integers only, so that other languages
 * can repeat it.
 * @module
 */

/** Uniform numbers in [0, 1). */
export type Random = () => number;

/**
 * Uniform multiples of 2⁻³² in [0, 1), from a seed of 32 bits.
 */
export function xoshiro128(seed: number): Random {
  const split = splitMix32(seed);
  return xoshiro128From([split(), split(), split(), split()]);
}

/** As {@link xoshiro128}, from a state of four 32-bit words, not all zero. */
export function xoshiro128From(state: readonly [number, number, number, number]): Random {
  let [a, b, c, d] = state.map((word) => word >>> 0);
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return result / 2 ** 32;
  };
}

function splitMix32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
}

function rotateLeft(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}
