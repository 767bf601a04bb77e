/**
 * Gradients of what lies between the tensors that the forward pass writes (interp/chains), from those of the tensors.
 *
 *     d normalized = d out · (1 + weight)           d scale[l] = −Σ_d d normalized[l,d] · normalized[l,d] / scale[l]
 *     d pattern[n,l,s] = Σ_h dz[l,n,h] · v[s,⌊n·K/N⌋,h]           d scores = pattern · (d pattern − Σ_t d pattern · pattern)
 *     d result[l,n,·] = d attn_out[l,·] of every head           d lookup = √D · d embed
 *
 * @module
 */
import type { GemmaConfig } from "../../config.ts";
import { parseTap, type RecordedTap, streamInto, type TapName } from "../../model/taps.ts";
import { softmaxBackward } from "../../nn/backward/softmax.ts";
import { softmaxInPlace } from "../../nn/softmax.ts";
import { float64, zeros } from "../../tensor/precision.ts";
import { type NdArray, tensor } from "../../tensor/tensor.ts";

/** What derived gradients are made of. */
export interface GradientContext {
  readonly config: GemmaConfig;
  /** √D, as the pass had it. */
  readonly embedScale: number;
  /** An intermediate of the forward pass, [L, columns]. */
  value(name: RecordedTap): NdArray;
  /** Its gradient. */
  gradient(name: RecordedTap): NdArray;
  /** The gain of a norm, 1 + its weight [D]. */
  gain(name: "ln_final" | `blocks.${number}.ln${1 | 2}`): Float64Array;
}

/** The gradient of any tap, recorded or derived. */
export function gradientOf(name: TapName, context: GradientContext): NdArray {
  const { layer, tap } = parseTap(name);
  const block = `blocks.${layer ?? 0}` as const;
  const { config, embedScale } = context;
  switch (tap) {
    case "embed.hook_lookup":
      return scaled(context.gradient("hook_embed"), embedScale);
    case "hook_resid_pre":
      return context.gradient(streamInto(layer ?? 0));
    case "attn.hook_qkv":
      return beside(
        (["q", "k", "v"] as const).map((x) => context.gradient(`${block}.attn.hook_${x}`)),
      );
    case "attn.hook_pattern":
      return patternGradient(block, context);
    case "attn.hook_attn_scores": {
      const [N, L] = [config.numAttentionHeads, context.gradient(`${block}.attn.hook_z`).shape[0]];
      const rows = [N * L, L] as const;
      const dPattern = tensor(patternGradient(block, context).data, rows);
      const pattern = tensor(patternOf(block, context).data, rows);
      const dScores = softmaxBackward(dPattern, pattern, { precision: float64 });
      return tensor(dScores.data, [N, L, L]);
    }
    case "attn.hook_result": {
      const dOut = context.gradient(`${block}.hook_resid_mid`);
      return ofEveryHead(dOut, config.numAttentionHeads);
    }
    case "ln1.hook_normalized":
    case "ln1.hook_scale":
      return normGradient(`${block}.ln1`, streamInto(layer ?? 0), tap, context);
    case "ln2.hook_normalized":
    case "ln2.hook_scale":
      return normGradient(`${block}.ln2`, `${block}.hook_resid_mid`, tap, context);
    case "ln_final.hook_normalized":
    case "ln_final.hook_scale":
      return normGradient("ln_final", streamInto(config.numHiddenLayers), tap, context);
    default:
      return context.gradient(name as RecordedTap);
  }
}

function scaled(x: NdArray, by: number): NdArray {
  const y = zeros(x.shape, float64);
  for (let i = 0; i < y.data.length; i++) y.data[i] = x.data[x.offset + i] * by;
  return y;
}

/** Rows of several tensors, one behind the other. */
function beside(parts: readonly NdArray[]): NdArray {
  const [L] = parts[0].shape;
  const columns = parts.reduce((sum, { shape }) => sum + shape[1], 0);
  const y = zeros([L, columns], float64);
  for (let l = 0; l < L; l++) {
    let at = l * columns;
    for (const part of parts) for (let c = 0; c < part.shape[1]; c++) y.data[at++] = part.get(l, c);
  }
  return y;
}

function ofEveryHead(dOut: NdArray, N: number): NdArray {
  const [L, D] = dOut.shape;
  const y = zeros([L, N, D], float64);
  for (let i = 0; i < L * N * D; i++) {
    y.data[i] = dOut.get(Math.floor(i / (N * D)), i % D);
  }
  return y;
}

/** Σ_h a[l,n,h] · b[s,⌊n·K/N⌋,h], [N, L, L]. */
function headProducts(a: NdArray, b: NdArray, { config }: GradientContext): NdArray {
  const { numAttentionHeads: N, numKeyValueHeads: K, headDim: H } = config;
  const [L] = a.shape;
  const y = zeros([N, L, L], float64);
  for (let n = 0; n < N; n++) {
    const kv = Math.floor((n * K) / N);
    for (let l = 0; l < L; l++) {
      for (let s = 0; s < L; s++) {
        let sum = 0;
        for (let h = 0; h < H; h++) sum += a.get(l, n * H + h) * b.get(s, kv * H + h);
        y.data[(n * L + l) * L + s] = sum;
      }
    }
  }
  return y;
}

/** Of hidden keys, too: what their value would change, were it let in. */
function patternGradient(block: `blocks.${number}`, context: GradientContext): NdArray {
  const [dz, v] = [context.gradient(`${block}.attn.hook_z`), context.value(`${block}.attn.hook_v`)];
  return headProducts(dz, v, context);
}

function patternOf(block: `blocks.${number}`, context: GradientContext): NdArray {
  const q = context.value(`${block}.attn.hook_rot_q`);
  const k = context.value(`${block}.attn.hook_rot_k`);
  const scale = 1 / Math.sqrt(context.config.headDim);
  const pattern = headProducts(scaled(q, scale), k, context);
  const [N, L] = pattern.shape;
  for (let r = 0; r < N * L; r++) {
    const row = (pattern.data as Float64Array).subarray(r * L, (r + 1) * L);
    const seen = (r % L) + 1; // the causal mask
    softmaxInPlace(row, seen, float64.round);
    row.fill(0, seen);
  }
  return pattern;
}

function normGradient(
  norm: Parameters<GradientContext["gain"]>[0],
  stream: RecordedTap,
  tap: string,
  context: GradientContext,
): NdArray {
  const x = context.value(stream);
  const dOut = context.gradient(`${norm}.hook_out` as RecordedTap);
  const gain = context.gain(norm);
  const [L, D] = x.shape;
  const isScale = tap.endsWith("scale");
  const y = zeros(isScale ? [L, 1] : [L, D], float64);
  for (let l = 0; l < L; l++) {
    let squares = 0;
    for (let d = 0; d < D; d++) squares += x.get(l, d) ** 2;
    const scale = Math.sqrt(squares / D + context.config.rmsNormEps);
    for (let d = 0; d < D; d++) {
      const dNormalized = dOut.get(l, d) * gain[d];
      if (isScale) y.data[l] -= (dNormalized * x.get(l, d)) / scale ** 2;
      else y.data[l * D + d] = dNormalized;
    }
  }
  return y;
}
