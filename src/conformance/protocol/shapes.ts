/**
 * The shapes that outputs must have.
 * @module
 */
import type { GemmaConfig } from "../../config.ts";
import { parseTap, type RecordedTap, type TapName, tapColumns } from "../../model/taps.ts";
import { elementsOf, type NdArray } from "../../tensor/tensor.ts";
import type { OpCall } from "../engine/run-op.ts";

/** Shapes by the name of the output. */
export type Shapes = ReadonlyMap<string, readonly number[]>;

/** L rows that were fed, with S positions in the cache then. */
export interface Rows {
  readonly L: number;
  readonly S: number;
}

/** The shape of any tap: [L, columns], or [N, L, S] of scores and patterns. */
export function tapShape(name: TapName, config: GemmaConfig, { L, S }: Rows): readonly number[] {
  const { hiddenSize: D, numAttentionHeads: N, numKeyValueHeads: K, headDim: H } = config;
  const { tap } = parseTap(name);
  switch (tap) {
    case "embed.hook_lookup":
    case "hook_resid_pre":
    case "ln1.hook_normalized":
    case "ln2.hook_normalized":
    case "ln_final.hook_normalized":
      return [L, D];
    case "ln1.hook_scale":
    case "ln2.hook_scale":
    case "ln_final.hook_scale":
      return [L, 1];
    case "attn.hook_qkv":
      return [L, (N + 2 * K) * H];
    case "attn.hook_attn_scores":
    case "attn.hook_pattern":
      return [N, L, S];
    case "attn.hook_result":
      return [L, N, D];
    default:
      return [L, tapColumns(name as RecordedTap, config)];
  }
}

/** The shapes of an operator's outputs; `out` is the first. */
export function opShapes({ op, attrs, inputs }: OpCall): Shapes {
  const shape = (name: string): readonly number[] => (inputs.get(name) as NdArray).shape;
  const out = (...of: readonly number[]): Shapes => new Map([["out", of]]);
  switch (op) {
    case "embed":
      return out(elementsOf(shape("ids")), shape("table")[1]);
    case "matmul":
      return out(shape("x")[0], shape("weight")[0]);
    case "attention": {
      const scores = [attrs.heads, shape("q")[0], shape("k")[0]];
      return new Map<string, readonly number[]>([
        ["out", shape("q")],
        ["scores", scores],
        ["pattern", scores],
      ]);
    }
    case "geglu":
      return out(...shape("gate"));
    case "mlp":
      return out(shape("x")[0], shape("downProj")[0]);
    case "logits":
      return out(shape("x")[0], shape("table")[0]);
    default: // rmsNorm, rope, add, softmax
      return out(...shape("x"));
  }
}

/**
 * Whether numbers of shape `given` lie as those of `expected` do: axes of size 1 do not matter (a batch), and an
 * axis may be cut in several, as [L, N, H] for [L, N·H], or all be joined in one.
 */
export function liesAs(given: readonly number[], expected: readonly number[]): boolean {
  const [parts, wholes] = [given, expected].map((shape) => shape.filter((size) => size !== 1));
  if (parts.length === 1) return parts[0] === elementsOf(expected);
  let at = 0;
  for (const whole of wholes) {
    let product = 1;
    while (product < whole && at < parts.length) product *= parts[at++];
    if (product !== whole) return false;
  }
  return at === parts.length;
}
