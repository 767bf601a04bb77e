/**
 * The inside of the embedding (nn/embedding.ts): a row of the table, and times √D.
 * @module
 */
import { zeros } from "../../tensor/precision.ts";
import type { NdArray } from "../../tensor/tensor.ts";
import type { Link } from "./chain.ts";

/** ids [L] → rows of the table [L, D], read from the checkpoint. */
export const lookUp: Link = (_, __, { ids, weightRows }) =>
  weightRows("model.embed_tokens.weight", ids);

/** Rows of the table → [L, D], as they enter the stream. */
export const embedOf: Link = (before, _, { precision, embedScale }) => {
  const rows = before as NdArray;
  const [L, D] = rows.shape;
  const x = zeros([L, D], precision);
  for (let l = 0; l < L; l++) {
    for (let d = 0; d < D; d++) x.set(l, d, precision.round(rows.get(l, d) * embedScale));
  }
  return x;
};
