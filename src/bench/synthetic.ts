/**
 * Weights of a Gemma that nobody trained: random numbers made in memory, so that a speed can be measured without a
 * download. Of each dtype there is one random strip of a few megabytes, and every matrix is that strip repeated from
 * a place of its own. So 17 GB of weights cost no memory of the source's and come as fast as memory is copied.
 *
 * The numbers lie around ±1/64, as large as a trained model's: each product with them keeps the size of the
 * activations, which therefore stay finite through all layers.
 * @module
 */
import type { GemmaConfig } from "../config.ts";
import { refusals } from "../errors.ts";
import { weightSpecs } from "../model/weights/weights.ts";
import { xoshiro128 } from "../random.ts";
import { float32ToFloat16 } from "../tensor/float16.ts";
import { BLOCK_FORMATS, type BlockType } from "../tensor/quantized.ts";
import { BYTES_PER_ELEMENT, type DType, type WeightSource } from "../tensor/stored.ts";
import { elementsOf } from "../tensor/tensor.ts";

/** What matrices may be made in: all but float64, in which no checkpoint is published. */
export type SyntheticDType = Exclude<DType, "float64">;

/** Units (numbers, or blocks) in a strip: a prime, so that the rows of a matrix are all different. */
const UNITS = 262_147;

/** Units by which the strip of each tensor begins later than that of the one before. */
const STEP = 7919;

/** Bits of sign and fraction that are drawn, and the exponent of 1/64 beside them. */
const EXPONENT_OF_64TH = {
  float32: { drawn: 0x807fffff, fixed: 0x3c800000 },
  bfloat16: { drawn: 0x807f807f, fixed: 0x3c803c80 },
  float16: { drawn: 0x83ff83ff, fixed: 0x24002400 },
} as const;

/**
 * The float16 numbers in a block (tensor/quantized.ts), by the byte at which each lies. With integers drawn
 * uniformly, the numbers of a block have a mean of about 0 and a deviation of about 1/43.
 */
const SCALES: Readonly<Record<BlockType, Readonly<Record<number, number>>>> = {
  q8_0: { 0: 3.2e-4 }, // d; q deviates by 74
  q4_0: { 0: 0.005 }, // d; q − 8 by 4.6
  q4_1: { 0: 0.005, 2: -0.0375 }, // d, and m = −7.5·d
  q5_0: { 0: 0.0025 }, // d; q − 16 by 9.2
  q5_1: { 0: 0.0025, 2: -0.03875 }, // d, and m = −15.5·d
  q2_k: { 80: 0.0022, 82: 0.0033 }, // d, and e = 1.5·d, as s and t have the same mean
  q3_k: { 108: 5.5e-4 }, // d; s − 32 deviates by 18.5, q − 4 by 2.3
  q4_k: { 0: 1e-4, 2: 7.5e-4 }, // d, and e = 7.5·d
  q5_k: { 0: 5e-5, 2: 7.75e-4 }, // d, and e = 15.5·d
  q6_k: { 208: 1.7e-5 }, // d; s deviates by 74, q − 32 by 18
  iq4_nl: { 0: 3.3e-4 }, // d; the numbers of the table deviate by 70
  iq4_xs: { 0: 1.8e-5 }, // d; s − 32 deviates by 18.5
};

/** A strip of random units of `dtype`, as they are stored. */
function randomStrip(dtype: SyntheticDType, seed: number): Uint8Array {
  const { unit } = unitOf(dtype);
  const words = new Uint32Array(Math.ceil((UNITS * unit) / 4));
  const random = xoshiro128(seed);
  for (let i = 0; i < words.length; i++) words[i] = random() * 2 ** 32;
  const strip = new Uint8Array(words.buffer, 0, UNITS * unit);
  if (dtype === "float32" || dtype === "bfloat16" || dtype === "float16") {
    const { drawn, fixed } = EXPONENT_OF_64TH[dtype];
    for (let i = 0; i < words.length; i++) words[i] = (words[i] & drawn) | fixed;
    return strip;
  }
  for (const [byte, value] of Object.entries(SCALES[dtype])) {
    const bits = float32ToFloat16(value);
    for (let at = Number(byte); at < strip.length; at += unit) {
      strip[at] = bits & 255;
      strip[at + 1] = bits >> 8;
    }
  }
  return strip;
}

/** The bytes that are stored together, and how many numbers they are. */
function unitOf(dtype: SyntheticDType): { readonly unit: number; readonly numbers: number } {
  if (!Object.hasOwn(BLOCK_FORMATS, dtype)) return { unit: BYTES_PER_ELEMENT[dtype], numbers: 1 };
  const { bytes, numbers } = BLOCK_FORMATS[dtype as BlockType];
  return { unit: bytes, numbers };
}

/** Copies `strip`, repeated without end, into `into`, beginning `from` bytes behind its start. */
function copyRepeated(strip: Uint8Array, from: number, into: Uint8Array): void {
  let at = from % strip.length;
  for (let done = 0; done < into.length; at = 0) {
    const part = strip.subarray(at, at + into.length - done);
    into.set(part, done);
    done += part.length;
  }
}

/**
 * All weights of `config` by their names in a checkpoint: matrices in `dtype`; norms in float32 and 0, so that
 * their gain is 1.
 * @param seed 32 bits; the same seed gives the same weights.
 * @throws {ArgumentError} if rows are not whole blocks, as those of the 2B and the 7B are.
 */
export function syntheticWeights(
  config: GemmaConfig,
  dtype: SyntheticDType,
  seed = 1,
): Map<string, WeightSource> {
  const strip = randomStrip(dtype, seed);
  const { unit, numbers } = unitOf(dtype);
  return new Map(
    weightSpecs(config).map(({ name, shape }, index) => {
      if (shape.length === 1) return [name, zeros(name, shape)];
      if (shape[1] % numbers !== 0) {
        const expected = `rows of whole blocks of ${numbers}`;
        throw refusals("syntheticWeights").argument(name, expected, shape, "choose another dtype");
      }
      const rowBytes = (shape[1] / numbers) * unit;
      const start = index * STEP * unit;
      const rowsInto = async (begin: number, _end: number, into: Uint8Array) =>
        copyRepeated(strip, start + begin * rowBytes, into);
      const rows = async (begin: number, end: number) => {
        const bytes = new Uint8Array((end - begin) * rowBytes);
        await rowsInto(begin, end, bytes);
        return bytes;
      };
      return [name, { name, dtype, shape, rows, rowsInto }];
    }),
  );
}

/** Bytes of all weights of `config` with matrices in `dtype`. */
export function syntheticBytes(config: GemmaConfig, dtype: SyntheticDType): number {
  const { unit, numbers } = unitOf(dtype);
  return weightSpecs(config).reduce((sum, { shape }) => {
    return sum + elementsOf(shape) * (shape.length === 1 ? 4 : unit / numbers);
  }, 0);
}

function zeros(name: string, shape: readonly number[]): WeightSource {
  const rows = async (begin: number, end: number) => new Uint8Array(4 * (end - begin));
  return { name, dtype: "float32", shape, rows };
}
