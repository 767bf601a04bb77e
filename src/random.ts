/**
 * The random numbers of sampling: xoshiro128**, by Blackman and Vigna (2018, arXiv:1805.01407), its
 * state filled from the seed by SplitMix32. The generator is named and fixed, so that a seed means the
 * same text on every machine and in every later version; it uses integers only, so that other languages
 * can repeat it.
 * @module
 */

import { brief } from "./brief.ts";
import { refusals } from "./errors.ts";

/** Uniform numbers in [0, 1). */
export type Random = () => number;

/** The four 32-bit words of a generator, not all zero: all that its later numbers depend on. */
export type RandomState = readonly [number, number, number, number];

/** A generator whose state can be read, so that another one goes on where it stands. */
export interface SeededRandom extends Random {
  /** Its words now: {@link xoshiro128From} makes a generator of them that draws the same numbers. */
  state(): RandomState;
}

/**
 * Uniform multiples of 2⁻³² in [0, 1), from a seed of 32 bits.
 */
export function xoshiro128(seed: number): SeededRandom {
  const split = splitMix32(seed);
  return xoshiro128From([split(), split(), split(), split()]);
}

/** As {@link xoshiro128}, from a state of four 32-bit words, not all zero. */
export function xoshiro128From(state: RandomState): SeededRandom {
  let [a, b, c, d] = state.map((word) => word >>> 0);
  const next = () => {
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
  const words = (): RandomState => [a >>> 0, b >>> 0, c >>> 0, d >>> 0];
  return Object.assign(next, { state: words });
}

/** @throws {ArgumentError} unless `words` are four of 32 bits, not all zero. */
export function assertRandomState(op: string, words: RandomState): void {
  const isWord = (word: number) => Number.isInteger(word) && word >= 0 && word < 2 ** 32;
  if (Array.isArray(words) && words.length === 4 && words.every(isWord) && words.some(Boolean)) {
    return;
  }
  throw refusals(op).argument("random", "four words of 32 bits, not all 0", brief(words));
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
