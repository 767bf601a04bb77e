/**
 * The taps that are functions of recorded taps. They are computed here with nn/, in the model's precision, so
 * that a backend need not keep (or even have) a matrix of scores.
 * @module
 */
import type { GemmaConfig } from "../config.ts";
import { type DerivedTap, parseTap, type RecordedTap } from "../model/taps.ts";
import { attention } from "../nn/attention.ts";
import { type Precision, zeros } from "../tensor/precision.ts";
import { type NdArray, tensor } from "../tensor/tensor.ts";

/** How a derived tap is computed. */
export interface Derivation {
  /** The recorded taps it is computed from. */
  readonly from: readonly RecordedTap[];
  /** Computes the tap from those, given in the same order. */
  compute(recorded: readonly NdArray[], config: GemmaConfig, precision: Precision): NdArray;
}

/**
 * The derivation of `name`. (`embed.hook_lookup` is read from the table, by trace.ts.)
 * @param config of the model
 */
export function derivationOf(
  name: Exclude<DerivedTap, "embed.hook_lookup">,
  { numHiddenLayers }: GemmaConfig,
): Derivation {
  const { layer = numHiddenLayers, tap } = parseTap(name);
  const block = `blocks.${layer}` as const;
  const streamIn: RecordedTap = layer === 0 ? "hook_embed" : `blocks.${layer - 1}.hook_resid_post`;
  switch (tap) {
    case "hook_resid_pre":
      return { from: [streamIn], compute: ([x]) => x };
    case "ln1.hook_scale":
    case "ln_final.hook_scale":
      return { from: [streamIn], compute: normScale };
    case "ln1.hook_normalized":
    case "ln_final.hook_normalized":
      return { from: [streamIn], compute: normalized };
    case "ln2.hook_scale":
      return { from: [`${block}.hook_resid_mid`], compute: normScale };
    case "ln2.hook_normalized":
      return { from: [`${block}.hook_resid_mid`], compute: normalized };
    case "attn.hook_qkv":
      return {
        from: [`${block}.attn.hook_q`, `${block}.attn.hook_k`, `${block}.attn.hook_v`],
        compute: sideBySide,
      };
    default: {
      const kind = tap === "attn.hook_pattern" ? "pattern" : "scores";
      return {
        from: [`${block}.attn.hook_rot_q`, `${block}.attn.hook_rot_k`],
        compute: (recorded, config, precision) => attentionMap(kind, recorded, config, precision),
      };
    }
  }
}

/** √(mean_d(x[l,d]²) + ε): [L, D] → [L, 1]. */
function normScale([x]: readonly NdArray[], config: GemmaConfig, precision: Precision): NdArray {
  const [L, D] = x.shape;
  const scale = zeros([L, 1], precision);
  for (let l = 0; l < L; l++) {
    let sumOfSquares = 0;
    for (let d = 0; d < D; d++) sumOfSquares += x.get(l, d) ** 2;
    scale.set(l, 0, precision.round(Math.sqrt(sumOfSquares / D + config.rmsNormEps)));
  }
  return scale;
}

/** x[l,d] divided by its scale, before the gain: [L, D] → [L, D]. */
function normalized(
  recorded: readonly NdArray[],
  config: GemmaConfig,
  precision: Precision,
): NdArray {
  const [x] = recorded;
  const [L, D] = x.shape;
  const scale = normScale(recorded, config, precision);
  const y = zeros([L, D], precision);
  for (let l = 0; l < L; l++) {
    for (let d = 0; d < D; d++) y.set(l, d, precision.round(x.get(l, d) / scale.get(l, 0)));
  }
  return y;
}

/** Tensors of equal L concatenated along their last axis. */
function sideBySide(parts: readonly NdArray[], _: GemmaConfig, precision: Precision): NdArray {
  const [L] = parts[0].shape;
  const columns = parts.reduce((total, part) => total + part.shape[1], 0);
  const whole = zeros([L, columns], precision);
  for (let l = 0; l < L; l++) {
    let at = l * columns;
    for (const part of parts) {
      for (let d = 0; d < part.shape[1]; d++) whole.data[at++] = part.get(l, d);
    }
  }
  return whole;
}

/** Scores or pattern [N, L, L] from the rotated queries and keys of a whole sequence. */
function attentionMap(
  kind: "scores" | "pattern",
  [rotQ, rotK]: readonly NdArray[],
  config: GemmaConfig,
  precision: Precision,
): NdArray {
  const { numAttentionHeads: N, numKeyValueHeads: K, headDim: H } = config;
  const [L] = rotQ.shape;
  const q = tensor(rotQ.data, [L, N, H]);
  const k = tensor(rotK.data, [L, K, H]);
  const map = zeros([N, L, L], precision);
  if (kind === "scores") map.data.fill(Number.NEGATIVE_INFINITY); // stays where the mask hides
  attention(q, k, k, { precision, [kind]: map });
  return map;
}
