/**
 * MinHash (Broder 1997) with bands (Leskovec, Rajaraman, Ullman: Mining of Massive Datasets, §3.4): texts that are probably alike,
 * without comparing all with all. Of each text the smallest value of each of many hash functions is kept; two texts agree in
 * one with the probability J, their Jaccard similarity. Texts that agree in all `rows` of some band are a pair to be looked at:
 *
 *     P(pair) = 1 − (1 − J^rows)^bands
 *
 *     J             0.3     0.4     0.5     0.6     0.7
 *     64 bands × 3  0.83    0.985   0.9998  1.0000  1.0000
 *     32 bands × 4  0.23    0.56    0.873   0.988   0.9998
 *     14 bands × 8  0.0009  0.009   0.053   0.21    0.57     (datatrove's)
 * @module
 */
import { xoshiro128 } from "../../../random.ts";
import { mixed } from "../text/hash.ts";
import type { Shingles } from "./shingles.ts";

/** How the hash functions are grouped. */
export interface Bands {
  readonly bands: number;
  /** Hash functions a band. */
  readonly rows: number;
  /** From which the hash functions follow. */
  readonly seed: number;
}

/** Gives the bands × rows smallest values of a text. */
export function minHasher({ bands, rows, seed }: Bands): (shingles: Shingles) => Uint32Array {
  const random = xoshiro128(seed);
  const keys = Uint32Array.from({ length: bands * rows }, () => random() * 2 ** 32);
  return (shingles) => {
    const smallest = new Uint32Array(keys.length).fill(0xffffffff);
    for (const shingle of shingles) {
      const low = (shingle % 2 ** 32) | 0;
      const high = (shingle / 2 ** 32) | 0;
      for (let k = 0; k < keys.length; k++) {
        const value = mixed(low ^ keys[k]) ^ Math.imul(high, keys[k] | 1);
        if (value >>> 0 < smallest[k]) smallest[k] = value >>> 0;
      }
    }
    return smallest;
  };
}

/** The texts that agree in one band, by groups of two and more: their places in `signatures`. */
export function* bucketsOf(
  signatures: readonly Uint32Array[],
  band: number,
  rows: number,
): Generator<readonly number[]> {
  const buckets = new Map<string, number[]>();
  signatures.forEach((signature, i) => {
    const key = signature.subarray(band * rows, (band + 1) * rows).join();
    const bucket = buckets.get(key);
    if (bucket) bucket.push(i);
    else buckets.set(key, [i]);
  });
  for (const bucket of buckets.values()) if (bucket.length > 1) yield bucket;
}
