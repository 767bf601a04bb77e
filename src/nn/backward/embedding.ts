/**
 * The way back through nn/embedding.ts. A row of the table was copied to every token with its id, so it gets the sum of
 * their gradients, each times the scale that it was given:
 *
 *     dtable[id,d] += scale · Σ_{l: ids[l] = id} dx[l,d]
 *
 * This is one half of the table's gradient. The other comes from the logits, where the same table is a linear layer
 * without a scale (loss/cross-entropy-head.ts). A model that gets only one of them still learns, but not as Gemma does.
 *
 * By calculator: ids = [1, 1, 0], dx = [1, 10, 5], scale 1, a table of two rows → dtable = [5, 11].
 *
 * Kept from the forward: ids.
 * @module
 */
import { assertFinite, assertIdsBelow } from "../../check.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { assertPrecision, float32, type Precision } from "../../tensor/precision.ts";
import { assertTensor, type NdArray } from "../../tensor/tensor.ts";

/** The scale of the forward, the precision, and where the gradient goes. */
export interface EmbedBackwardOptions {
  /** What each vector was multiplied by, as in the forward. Default 1. */
  scale?: number;
  /** Where results are rounded when they are stored. Default float32. */
  precision?: Precision;
  /** [V, D]; the gradient is added to it. */
  dTable: NdArray;
}

const NAMES: OptionNames<EmbedBackwardOptions> = { scale: true, precision: true, dTable: true };

/**
 * `ids` [L] of the forward, `dx` [L, D] → dTable [V, D], with the gradient added to what it holds. Rows are added one
 * after the other, in their order, each sum rounded on store; rows of ids that do not occur are not touched.
 * @param options the scale, precision, destination: {@link EmbedBackwardOptions}
 * @throws {ArgumentError} if an id is not a row of the table.
 */
export function embedBackward(
  ids: ArrayLike<number>,
  dx: NdArray,
  options: EmbedBackwardOptions,
): NdArray {
  const op = "embedBackward";
  assertOptions(op, options, NAMES);
  const { scale = 1, precision = float32, dTable } = options;
  assertFinite(op, "scale", scale);
  assertPrecision(op, precision);
  assertTensor(op, "dTable", dTable, [undefined, undefined]);
  const [V, D] = dTable.shape;
  assertIdsBelow(op, ids, V);
  const L = ids.length;
  assertTensor(op, "dx", dx, [L, D]);

  const { round } = precision;
  const { data: DX } = dx;
  const { data: DT } = dTable;
  // #region rows
  for (let l = 0; l < L; l++) {
    const dxl = dx.offset + l * dx.stride[0];
    const dtl = dTable.offset + ids[l] * dTable.stride[0];
    for (let d = 0; d < D; d++) DT[dtl + d] = round(DT[dtl + d] + DX[dxl + d] * scale);
  }
  // #endregion
  return dTable;
}
