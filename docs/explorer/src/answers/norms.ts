/**
 * The norms, in the order in which they come: 2i and 2i + 1 are those of layer i, the last is that before the logits. Norm
 * n reads the stream at depth n.
 * @module
 */
import type { NdArray } from "../../../../src/tensor/tensor.ts";
import { rowOf } from "./rows.ts";
import { streamTap } from "./streams.ts";
import type { Run, Subject } from "./subject.ts";

const WITHIN = ["hook_scale", "hook_normalized", "hook_out"] as const;
const NAMES = ["ln1", "ln2", "ln_final"].flatMap((ln) => WITHIN.map((tap) => `${ln}.${tap}`));

export interface NormTaps {
  readonly read: string;
  readonly scale: string;
  readonly normalized: string;
  readonly out: string;
}

export function normTaps(norm: number, layers: number): NormTaps {
  const ln = norm === 2 * layers ? "ln_final" : `blocks.${norm >> 1}.ln${(norm % 2) + 1}`;
  const [scale, normalized, out] = WITHIN.map((tap) => `${ln}.${tap}`);
  return { read: streamTap(norm), scale, normalized, out };
}

/** What a norm does at one token. */
export interface NormRow {
  readonly taps: NormTaps;
  /** [D] */
  readonly x: Float64Array;
  readonly scale: number;
  readonly normalized: Float64Array;
  readonly weight: NdArray;
  readonly out: Float64Array;
}

export async function normRow(
  subject: Subject,
  run: Run,
  pos: number,
  norm: number,
): Promise<NormRow> {
  const { layers } = subject.info;
  const taps = normTaps(norm, layers);
  const cache = await run.more(...NAMES);
  return {
    taps,
    x: rowOf(run.cache.get(taps.read), pos),
    scale: cache.get(taps.scale).get(pos, 0),
    normalized: rowOf(cache.get(taps.normalized), pos),
    weight: await subject.weight(weightName(norm, layers)),
    out: rowOf(cache.get(taps.out), pos),
  };
}

function weightName(norm: number, layers: number): string {
  if (norm === 2 * layers) return "model.norm.weight";
  const which = norm % 2 === 0 ? "input" : "post_attention";
  return `model.layers.${norm >> 1}.${which}_layernorm.weight`;
}

/** 1 + weight, [D]. */
export const gainOf = (weight: NdArray): Float64Array =>
  Float64Array.from({ length: weight.shape[0] }, (_, d) => 1 + weight.get(d));
