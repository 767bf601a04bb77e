/**
 * Gemma's backward pass: from the gradient of the final norm's output to those of every weight, on one page. It is
 * ../forward.ts read from its last line to its first: each line of that page is answered here by its twin.
 * Rumelhart, Hinton & Williams 1986, doi:10.1038/323533a0: the chain rule, step by step from the end.
 *
 *     y = x + attention(norm(x))   ⇒   dx = dy + norm′(attention′(dy))
 *
 * A residual addition has no kernel here: it hands its gradient on to both summands unchanged. So the gradient of
 * `hook_mlp_out` *is* that of `hook_resid_post`, and that of `hook_attn_out` is that of `hook_resid_mid`; along the stream
 * gradients are added to, never replaced. Where one tensor is read by several kernels, their gradients add: `normed` feeds
 * q, k and v, `normedMid` feeds gate and up.
 *
 * As the forward page, this one is synchronous and never looks inside rows, spans or tensors. `slots` are those that
 * forward.ts has filled; `gradients` of the same names are written. Letters: ../forward.ts, docs/shapes.md. For learners:
 * docs/learn/17-gradient.md has the MLP's half beside its forward.
 * @module
 */

import type { Handles, Rows, Span } from "../../backend/backend.ts";
import type { BackwardOps } from "../../backend/backward.ts";
import type { GemmaConfig } from "../../config.ts";
import { type LayerTap, type RecordedTap, streamInto } from "../taps.ts";
import type { Weights } from "../weights/weights.ts";

/** What the backward pass works with. */
export interface BackwardArguments<Dev extends Handles, G = Dev["tensor"]> {
  /** The shapes of the model. */
  readonly config: GemmaConfig;
  /** The twins that compute, or record. */
  readonly ops: BackwardOps<Dev, G>;
  /** Its weights, as the forward pass had them. */
  readonly weights: Weights<Dev["weight"]>;
  /** What the gradients of the weights are added to; undefined for a weight that does not train. */
  readonly weightGradients: Weights<G | undefined>;
  /** The intermediates of the forward pass. */
  readonly slots: (name: RecordedTap) => Dev["tensor"];
  /** The tensor for the gradient of an intermediate. That of `ln_final.hook_out` is there already. */
  readonly gradients: (name: RecordedTap) => Dev["tensor"];
  /** Ids of the tokens, a row each. */
  readonly ids: Dev["ids"];
  /** All rows of the pass. */
  readonly rows: Rows;
  /** The same rows as whole sequences. */
  readonly spans: readonly Span<Dev["kv"]>[];
  /** √D, as the forward pass had it. */
  readonly embedScale: number;
  /** Called before a block is gone through, where its intermediates have to be computed again (recompute.ts). */
  readonly enterBlock?: (layer: number) => void;
}

/** Records the backward of one pass. */
export function backward<Dev extends Handles, G = Dev["tensor"]>(
  args: BackwardArguments<Dev, G>,
): void {
  const { config, ops, weights, weightGradients, slots, gradients, ids, rows, spans } = args;
  const { numAttentionHeads: N, numKeyValueHeads: K, headDim: H, rmsNormEps, ropeTheta } = config;
  const last = config.numHiddenLayers - 1;
  /** A matmul's two gradients; that of its input is written, or added to. */
  const matmul = (
    dx: Dev["tensor"],
    dy: Dev["tensor"],
    x: Dev["tensor"],
    weight: Dev["weight"],
    dWeight: G | undefined,
    add = false,
  ) => {
    ops.matmulInput(dx, dy, weight, rows, add); // nn/backward/linear.ts
    if (dWeight !== undefined) ops.matmulWeight(dWeight, dy, x, spans);
  };

  // The norm before the logits. What lies behind it is the loss's: nn/loss/cross-entropy-head.ts.
  ops.rmsNorm(
    gradients(streamInto(last + 1)), // [L, D]
    gradients("ln_final.hook_out"),
    slots(streamInto(last + 1)),
    weights.norm,
    spans,
    rmsNormEps,
    { dWeight: weightGradients.norm },
  ); // nn/backward/rmsnorm.ts

  for (let layer = last; layer >= 0; layer--) {
    args.enterBlock?.(layer);
    const w = weights.layers[layer];
    const dw = weightGradients.layers[layer];
    const tap = (name: LayerTap) => slots(`blocks.${layer}.${name}`);
    const d = (name: LayerTap) => gradients(`blocks.${layer}.${name}`);

    // #region mlp
    // MLP. Through the residual addition, dOut is the gradient of the stream and of the MLP's output alike.
    const dOut = d("hook_resid_post"); // [L, D]
    const dGated = d("mlp.hook_post"); // [L, F]
    matmul(dGated, dOut, tap("mlp.hook_post"), w.downProj, dw.downProj);

    const dGate = d("mlp.hook_pre"); // [L, F]
    const dUp = d("mlp.hook_pre_linear"); // [L, F]
    ops.geglu(dGate, dUp, dGated, tap("mlp.hook_pre"), tap("mlp.hook_pre_linear"), rows); // nn/backward/geglu.ts

    const normedMid = tap("ln2.hook_out");
    const dNormedMid = d("ln2.hook_out"); // [L, D], from both branches
    matmul(dNormedMid, dGate, normedMid, w.gateProj, dw.gateProj);
    matmul(dNormedMid, dUp, normedMid, w.upProj, dw.upProj, true);

    const dMid = d("hook_resid_mid"); // [L, D]
    const mid = tap("hook_resid_mid");
    ops.rmsNorm(dMid, dNormedMid, mid, w.postAttentionLayernorm, spans, rmsNormEps, {
      dWeight: dw.postAttentionLayernorm,
      plus: dOut,
    });
    // #endregion

    // Attention. dMid is the gradient of the stream and of the attention's output alike.
    const dz = d("attn.hook_z"); // [L, N·H]
    matmul(dz, dMid, tap("attn.hook_z"), w.oProj, dw.oProj);

    const dRotQ = d("attn.hook_rot_q"); // [L, N·H]
    const dRotK = d("attn.hook_rot_k"); // [L, K·H]
    const dv = d("attn.hook_v"); // [L, K·H]
    const q = tap("attn.hook_rot_q");
    const k = tap("attn.hook_rot_k");
    const v = tap("attn.hook_v");
    const z = tap("attn.hook_z");
    ops.attention(dRotQ, dRotK, dv, dz, { q, k, v, z }, spans, H, 1 / Math.sqrt(H)); // nn/backward/attention.ts

    const dq = d("attn.hook_q"); // [L, N·H]
    const dk = d("attn.hook_k"); // [L, K·H]
    ops.rope(dq, dRotQ, spans, N, H, ropeTheta); // nn/backward/rope.ts
    ops.rope(dk, dRotK, spans, K, H, ropeTheta);

    const normed = tap("ln1.hook_out");
    const dNormed = d("ln1.hook_out"); // [L, D], from queries, keys and values
    matmul(dNormed, dq, normed, w.qProj, dw.qProj);
    matmul(dNormed, dk, normed, w.kProj, dw.kProj, true);
    matmul(dNormed, dv, normed, w.vProj, dw.vProj, true);

    ops.rmsNorm(
      gradients(streamInto(layer)),
      dNormed,
      slots(streamInto(layer)),
      w.inputLayernorm,
      spans,
      rmsNormEps,
      { dWeight: dw.inputLayernorm, plus: dMid },
    );
  }

  // The table's input half. Its output half, or the gradient of a head of its own, came with the loss.
  if (weightGradients.embedTokens !== undefined) {
    ops.embed(weightGradients.embedTokens, ids, gradients("hook_embed"), rows, args.embedScale); // nn/backward/embedding.ts
  }
}
