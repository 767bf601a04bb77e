/**
 * The logit lens of `explain`: what would come next if the model ended after a block.
 *
 *     lens[l] = norm(x after block l) · tableᵀ
 *
 * @module
 */
import type { Handles } from "../../backend/backend.ts";
import { flat } from "../../interp/describe.ts";
import { weightOf } from "../../interp/weights.ts";
import type { Model } from "../../model/model.ts";
import { linear } from "../../nn/linear.ts";
import { rmsNorm } from "../../nn/rmsnorm.ts";
import { precisionNamed, zeros } from "../../tensor/precision.ts";
import { storedFromBytes } from "../../tensor/stored.ts";
import type { FloatArray, NdArray } from "../../tensor/tensor.ts";

/** Numbers of the table that are read at a time. */
const PORTION = 2 ** 22;

/** Streams [1, D] → logits [V] of each. The table is read from the checkpoint, in portions. */
export async function lensOf<Dev extends Handles>(
  model: Model<Dev>,
  streams: readonly NdArray[],
  signal: AbortSignal,
): Promise<FloatArray[]> {
  const { config, backend, sources } = model;
  const { hiddenSize: D, vocabSize: V, rmsNormEps: eps } = config;
  const table = sources.get("model.embed_tokens.weight");
  if (streams.length === 0 || !table) return [];
  const precision = precisionNamed(backend.info.precision);
  const x = zeros([streams.length, D], precision);
  for (const [i, stream] of streams.entries()) x.data.set(flat(stream), i * D);
  const normed = rmsNorm(x, await weightOf(model, "model.norm.weight", signal), { eps, precision });
  const logits = streams.map(() => precision.alloc(V));
  const rows = Math.max(1, Math.floor(PORTION / D));
  for (let from = 0; from < V; from += rows) {
    const to = Math.min(V, from + rows);
    const bytes = await table.rows(from, to, signal);
    const part = linear(normed, storedFromBytes(bytes, table.dtype, [to - from, D]), { precision });
    for (const [i, row] of logits.entries()) {
      row.set(part.data.subarray(i * (to - from), (i + 1) * (to - from)), from);
    }
  }
  return logits;
}
