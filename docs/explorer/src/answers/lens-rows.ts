/**
 * The lens: the last norm and the table, on a stream that is not at its end.
 *
 *     chances[r] = softmax(norm(x[r]) · tableᵀ)
 *
 * @module
 */
import { linear } from "../../../../src/nn/linear.ts";
import { rmsNorm } from "../../../../src/nn/rmsnorm.ts";
import { softmax } from "../../../../src/nn/softmax.ts";
import { float64 as precision } from "../../../../src/tensor/precision.ts";
import { type NdArray, tensor } from "../../../../src/tensor/tensor.ts";
import type { Chance, Token } from "../messages.ts";
import type { Subject } from "./subject.ts";

export interface LensRows {
  readonly normed: NdArray;
  /** [R, V] */
  readonly logits: NdArray;
  readonly chances: NdArray;
}

/** Streams, a row each → what would be said. */
export function lensRows(subject: Subject, streams: readonly Float64Array[]): LensRows {
  const { gemma, norm, head } = subject;
  const D = gemma.config.hiddenSize;
  const x = tensor(new Float64Array(streams.length * D), [streams.length, D]);
  for (const [r, stream] of streams.entries()) x.data.set(stream, r * D);
  const normed = rmsNorm(x, norm, { eps: gemma.config.rmsNormEps, precision });
  const logits = linear(normed, head, { precision });
  return { normed, logits, chances: softmax(logits, { precision }) };
}

/**
 * What would be said, by the model's own kernels where they do not compute in float64: those of a large model are
 * much faster than the definition, and say the same but for rounding.
 */
export async function chancesOf(
  subject: Subject,
  streams: readonly Float64Array[],
): Promise<NdArray> {
  const { model } = subject.gemma;
  const { hiddenSize: D, vocabSize: V } = model.config;
  if (subject.info.precision === "float64") return lensRows(subject, streams).chances;
  const stream = new Float32Array(streams.length * D);
  for (const [r, values] of streams.entries()) stream.set(values, r * D);
  const logits = tensor(new Float32Array(streams.length * V), [streams.length, V]);
  await model.unembed({
    op: "lens",
    stream,
    take: (rows, begin) => logits.data.set(rows, begin * V),
  });
  return softmax(logits, { precision });
}

/** The `count` most probable of row `r` of [R, V], of equal ones the lower id first. */
export function topOf(subject: Subject, chances: NdArray, r: number, count: number): Chance[] {
  const best: number[] = [];
  const at = (id: number) => chances.get(r, id);
  for (let id = 0; id < chances.shape[1]; id++) {
    if (best.length === count && at(id) <= at(best[count - 1])) continue;
    let place = best.length;
    while (place > 0 && at(id) > at(best[place - 1])) place--;
    best.splice(place, 0, id);
    best.length = Math.min(best.length, count);
  }
  return best.map((id) => ({ ...tokenOf(subject, id), chance: at(id) }));
}

export function tokenOf({ gemma }: Subject, id: number): Token {
  const isNamed = gemma.tokenizer !== undefined && id < gemma.tokenizer.vocabSize;
  return { id, piece: isNamed ? (gemma.tokenizer?.piece(id) ?? "") : `id ${id}` };
}
