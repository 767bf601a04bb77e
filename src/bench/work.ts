/**
 * What a pass has to do, counted: the bytes of weights that it reads, and the operations of its products.
 * Letters as in docs/shapes.md.
 * @module
 */
import { countParameters, type GemmaConfig } from "../config.ts";
import { BYTES_PER_ELEMENT, type WeightSource } from "../tensor/stored.ts";
import { elementsOf } from "../tensor/tensor.ts";

/** Bytes of the weights as they are stored. */
export function storedBytes(weights: Iterable<WeightSource>): number {
  let bytes = 0;
  for (const { dtype, shape } of weights) bytes += elementsOf(shape) * BYTES_PER_ELEMENT[dtype];
  return bytes;
}

/**
 * Multiplications and additions of a prompt of `tokens`, fed at position 0, with the logits of its last token: two
 * for each weight of a matrix and row, and 4·H for each query head, row and position that it sees. Norms, rotations
 * and the rest are less than a hundredth of that, and not counted.
 */
export function prefillOperations(config: GemmaConfig, tokens: number): number {
  const { numHiddenLayers: layers, numAttentionHeads: N, headDim: H } = config;
  const { attention, mlp, embedding } = countParameters(config);
  const seen = (tokens * (tokens + 1)) / 2;
  return 2 * tokens * (attention + mlp) + 2 * embedding + 4 * N * H * seen * layers;
}
