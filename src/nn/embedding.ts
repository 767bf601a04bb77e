/**
 * Embedding: token ids to vectors, scaled by √D on the way in.
 * Gemma Team 2024, arXiv:2403.08295, §2: input and output embeddings share one table, so the same
 * [V, D] is also the last linear layer (Press & Wolf 2017, arXiv:1608.05859):
 *
 *     x[l,d] = table[ids[l], d] · √D           logits[l,v] = Σ_d y[l,d] · table[v,d]
 *
 * The factor √D stands in no equation of the report; it is in gemma_pytorch (gemma/model.py, 014acb7)
 * and applies to the input side only.
 * @module
 */
import { assertFinite, assertIdsBelow } from "../check.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import { float32, type Precision, resultOf } from "../tensor/precision.ts";
import { assertStored, type Stored, widenRow } from "../tensor/stored.ts";
import type { NdArray } from "../tensor/tensor.ts";

/** The scale √D, the precision, and where the result goes. */
export interface EmbedOptions {
  /** What each vector is multiplied by; `embeddingScale` of model/ gives Gemma's. Default 1. */
  scale?: number;
  /** Where results are rounded when they are stored. Default float32. */
  precision?: Precision;
  /** [L, D]; allocated when absent. */
  out?: NdArray;
}

const NAMES: OptionNames<EmbedOptions> = { scale: true, precision: true, out: true };

/**
 * `ids` [L], `table` [V, D] → x [L, D], the rows of the table times `scale`, rounded once on store.
 * @param options precision, destination: {@link EmbedOptions}
 * @throws {ArgumentError} if an id is not a row of the table.
 */
export function embed(ids: ArrayLike<number>, table: Stored, options: EmbedOptions = {}): NdArray {
  assertOptions("embed", options, NAMES);
  const { scale = 1, precision = float32, out } = options;
  assertFinite("embed", "scale", scale);
  assertStored("embed", "table", table, [undefined, undefined]);
  const [V, D] = table.shape;
  assertIdsBelow("embed", ids, V);
  const L = ids.length;
  const y = resultOf("embed", out, [L, D], precision);

  const { round } = precision;
  const { data: Y, offset, stride } = y;
  // #region rows
  const row = new Float64Array(D);
  for (let l = 0; l < L; l++) {
    widenRow(table, ids[l], row);
    const yl = offset + l * stride[0];
    for (let d = 0; d < D; d++) Y[yl + d] = round(row[d] * scale);
  }
  // #endregion
  return y;
}
