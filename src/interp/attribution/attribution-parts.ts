/**
 * The parts of a model, each with what it puts into a logit: see attribution.ts. `toLogit` [D] is the direction that a
 * stream is multiplied by, the scale of the norm included.
 * @module
 */
import type { Handles } from "../../backend/backend.ts";
import type { Model } from "../../model/model.ts";
import type { TapName } from "../../model/taps.ts";
import type { FloatArray } from "../../tensor/tensor.ts";
import type { ActivationCache } from "../run/activation-cache.ts";
import { weightOf } from "../run/weights.ts";

/** A part of the model, and what it contributed. */
export interface LogitPart {
  /** `embed`, `L0H3` (block 0, head 3), `L0 mlp`, `L0N17` (block 0, neuron 17). */
  readonly label: string;
  /** Where its output is found in a run. */
  readonly tap: TapName;
  /** Undefined of the embedding. */
  readonly layer?: number;
  /** The query head, of a head's part. */
  readonly head?: number;
  /** The neuron, of a neuron's part. */
  readonly neuron?: number;
  /** What it put into the logit, or into the difference. */
  readonly contribution: number;
}

/** A tensor that is added to the stream as it is. */
export function streamPart(
  cache: ActivationCache,
  label: string,
  tap: TapName,
  toLogit: Float64Array,
): LogitPart {
  return { label, tap, contribution: dot(rowOf(cache, tap), toLogit) };
}

/** What each head adds to the stream is its z times its columns of o_proj; here the columns meet the direction first. */
export async function headParts<Dev extends Handles>(
  model: Model<Dev>,
  cache: ActivationCache,
  layer: number,
  toLogit: Float64Array,
  signal: AbortSignal | undefined,
): Promise<LogitPart[]> {
  const { numAttentionHeads: N, headDim: H } = model.config;
  const name = `model.layers.${layer}.self_attn.o_proj.weight`;
  const columns = await columnsTimes(model, name, toLogit, signal); // [N·H]
  const z = rowOf(cache, `blocks.${layer}.attn.hook_z`); // [N·H]
  return Array.from({ length: N }, (_, head) => {
    const [from, to] = [head * H, (head + 1) * H];
    const contribution = dot(z.subarray(from, to), columns.subarray(from, to));
    const tap = `blocks.${layer}.attn.hook_result` as const;
    return { label: `L${layer}H${head}`, tap, layer, head, contribution };
  });
}

/** Largest contributions first, whatever their sign. */
export async function neuronParts<Dev extends Handles>(
  model: Model<Dev>,
  cache: ActivationCache,
  layer: number,
  toLogit: Float64Array,
  signal: AbortSignal | undefined,
): Promise<LogitPart[]> {
  const name = `model.layers.${layer}.mlp.down_proj.weight`;
  const columns = await columnsTimes(model, name, toLogit, signal); // [F]
  const tap = `blocks.${layer}.mlp.hook_post` as const;
  const post = rowOf(cache, tap); // [F]
  const parts = Array.from(columns, (column, neuron) => {
    const contribution = post[neuron] * column;
    return { label: `L${layer}N${neuron}`, tap, layer, neuron, contribution };
  });
  return parts.sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
}

/** Σ_d weight[d,f] · x[d] of each column: [F]. */
async function columnsTimes<Dev extends Handles>(
  model: Model<Dev>,
  name: string,
  x: Float64Array,
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  const { data, shape, offset } = await weightOf(model, name, signal);
  const [D, F] = shape;
  const sums = new Float64Array(F);
  for (let d = 0; d < D; d++) {
    const row = offset + d * F;
    for (let f = 0; f < F; f++) sums[f] += data[row + f] * x[d];
  }
  return sums;
}

/** The one row that was kept of a tap. */
export function rowOf(cache: ActivationCache, name: TapName): FloatArray {
  const { data, offset, shape } = cache.get(name);
  const columns = shape.slice(1).reduce((a, b) => a * b, 1);
  return data.subarray(offset, offset + columns);
}

function dot(x: FloatArray, y: Float64Array): number {
  let sum = 0;
  for (let d = 0; d < x.length; d++) sum += x[d] * y[d];
  return sum;
}
