/** Seeded random tensors for property tests. */
import fc from "fast-check";
import type { GemmaConfig } from "../../src/config.ts";
import { GEMMA_7B } from "../../src/config.ts";
import { weightSpecs } from "../../src/model/weights/weights.ts";
import { xoshiro128 } from "../../src/random.ts";
import type { RowSource } from "../../src/tensor/stored.ts";
import { type NdArray, tensor } from "../../src/tensor/tensor.ts";

/** Uniform in ±1, exact in float32. */
export function randomTensor(shape: readonly number[], seed: number): NdArray {
  const random = xoshiro128(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Float32Array.from({ length: size }, () => 2 * random() - 1),
    shape,
  );
}

/** Configs that break assumptions: odd widths, any even head, one to all key-value heads. */
export const anyConfig: fc.Arbitrary<GemmaConfig> = fc
  .record({
    vocabSize: fc.integer({ min: 3, max: 40 }),
    hiddenSize: fc.integer({ min: 1, max: 33 }),
    intermediateSize: fc.integer({ min: 1, max: 37 }),
    numHiddenLayers: fc.integer({ min: 1, max: 2 }),
    numKeyValueHeads: fc.integer({ min: 1, max: 3 }),
    groups: fc.integer({ min: 1, max: 3 }),
    halfHead: fc.integer({ min: 1, max: 9 }),
    isTied: fc.boolean(),
  })
  .map(({ groups, halfHead, isTied, ...sizes }) => ({
    ...GEMMA_7B,
    ...sizes,
    numAttentionHeads: sizes.numKeyValueHeads * groups,
    headDim: 2 * halfHead,
    maxPositionEmbeddings: 64,
    ...(!isTied && { tieWordEmbeddings: false as const }),
  }));

/** Random float32 weights for a config, as a checkpoint would give them. */
export function randomTensors(config: GemmaConfig, seed: number): Map<string, RowSource> {
  return new Map(
    weightSpecs(config).map(({ name, shape }, i) => {
      const { data } = randomTensor(shape, seed + i);
      const bytes = new Uint8Array(data.buffer);
      const rowBytes = bytes.length / shape[0];
      const rows = async (begin: number, end: number) =>
        bytes.slice(begin * rowBytes, end * rowBytes);
      return [name, { name, shape, dtype: "float32", rows }];
    }),
  );
}
