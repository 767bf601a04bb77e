/**
 * What stands for numbers that are too many to keep: 64 sums of a row with random signs, and the logits of 64 random
 * tokens. Both come from SplitMix64 (vectors/splitmix.ts), so that every language has the same.
 *
 *     y[j] = Σ_d ±x[d],  j < 64
 *
 * The mean of (y[j] − y'[j])² over j estimates ‖x − x'‖² without bias, within 18 % (√(2/64)): signs that are
 * independent leave nothing of the mixed terms.
 * Johnson & Lindenstrauss 1984; with signs: Achlioptas 2003, doi:10.1016/S0022-0000(03)00025-4.
 * @module
 */
import { type NdArray, tensor } from "../../tensor/tensor.ts";
import { splitMixBytes } from "../vectors/splitmix.ts";

/** Sums of a row. */
export const PROJECTIONS = 64;
/** Random tokens whose logits are kept, as far as the vocabulary goes. */
const SAMPLED = 64;
const SIGN_SEED = 1;
const TOKEN_SEED = 2;

/**
 * The signs [64, columns] of rows of that many columns: bit j · columns + d of the bytes of seed 1, the lowest of a
 * byte first, 1 for plus.
 */
export function projectionSigns(columns: number): Int8Array {
  const count = PROJECTIONS * columns;
  const bytes = splitMixBytes(SIGN_SEED, Math.ceil(count / 8));
  return Int8Array.from({ length: count }, (_, i) =>
    ((bytes[i >> 3] >> (i & 7)) & 1) === 1 ? 1 : -1,
  );
}

/** The sums of each row of `x` [L, columns] → [L, 64]. */
export function projected(x: NdArray, signs: Int8Array): NdArray {
  const [L, columns] = x.shape;
  const { data } = x;
  const y = new Float64Array(L * PROJECTIONS);
  for (let l = 0; l < L; l++) {
    const from = x.offset + l * x.stride[0];
    for (let j = 0; j < PROJECTIONS; j++) {
      let sum = 0;
      for (let d = 0; d < columns; d++) sum += signs[j * columns + d] * data[from + d];
      y[l * PROJECTIONS + j] = sum;
    }
  }
  return tensor(y, [L, PROJECTIONS]);
}

/**
 * The random tokens of a vocabulary: words of 32 bits of seed 2, little-endian, modulo its size, each token once, in
 * the order in which they come.
 */
export function sampledTokens(vocabSize: number): number[] {
  const wanted = Math.min(SAMPLED, vocabSize);
  const found = new Set<number>();
  for (let words = 4 * SAMPLED; found.size < wanted; words *= 2) {
    const view = new DataView(splitMixBytes(TOKEN_SEED, 4 * words).buffer);
    for (let i = 0; i < words && found.size < wanted; i++) {
      found.add(view.getUint32(4 * i, true) % vocabSize);
    }
  }
  return [...found];
}
