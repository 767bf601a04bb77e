/**
 * Gemma's forward pass: from token ids to logits, on one page.
 * Gemma Team 2024, arXiv:2403.08295, §2: a decoder of equal blocks around a residual stream x,
 *
 *     x = embed(ids) · √D
 *     x = x + attention(norm(x))     \  once for
 *     x = x + mlp(norm(x))           /  each block
 *     logits = norm(x) · tableᵀ
 *
 * Each line below is one kernel of the backend: the first argument is written, the others are read.
 * The function is synchronous and never looks at a number of its span, so that a GPU can take it as a
 * list of commands and a recorder as a tape (backend/record.ts). Where each result goes is up to
 * `slots`, which is asked by tap name: for inference the slots share eleven buffers, for a trace each
 * name has its own.
 *
 * Letters: L tokens of the span, D stream, N query heads, K key-value heads, H head, F MLP, V
 * vocabulary (docs/shapes.md).
 * @module
 */
import type { Handles, Ops, Rows, Span } from "../backend/backend.ts";
import type { GemmaConfig } from "../config.ts";
import type { RecordedTap } from "./taps.ts";
import type { Weights } from "./weights.ts";

/** What the forward pass works with. */
export interface ForwardArguments<H extends Handles> {
  readonly config: GemmaConfig;
  readonly ops: Ops<H>;
  readonly weights: Weights<H["weight"]>;
  /** The tensor that holds an intermediate. */
  readonly slots: (name: RecordedTap) => H["tensor"];
  /** Keys and values of the tokens before the span; those of the span are added. */
  readonly kv: H["kv"];
  /** Ids of the span's tokens. */
  readonly ids: H["ids"];
  readonly span: Span;
  /** The rows of the span whose logits are wanted: the last one, all, or none. */
  readonly logitRows: Rows;
  /** √D, exact or rounded: see `embeddingScale` in nn/embedding.ts. */
  readonly embedScale: number;
}

/** Records one pass over the tokens of `span`. Nothing is returned: the logits are in their slot. */
export function forward<H extends Handles>(args: ForwardArguments<H>): void {
  const { config, ops, weights, slots, kv, ids, span, logitRows, embedScale } = args;
  const { numAttentionHeads: N, numKeyValueHeads: K, headDim: H, rmsNormEps, ropeTheta } = config;

  let x = slots("hook_embed"); // [L, D], the residual stream
  ops.embed(x, weights.embedTokens, ids, span, embedScale);

  weights.layers.forEach((w, l) => {
    // Attention: each token looks back at those before it.
    const normed = slots(`blocks.${l}.ln1.hook_out`); // [L, D]
    ops.rmsNorm(normed, x, w.inputLayernorm, span, rmsNormEps);

    const q = slots(`blocks.${l}.attn.hook_q`); // [L, N·H]
    const k = slots(`blocks.${l}.attn.hook_k`); // [L, K·H]
    const v = slots(`blocks.${l}.attn.hook_v`); // [L, K·H]
    ops.matmul(q, normed, w.qProj, span);
    ops.matmul(k, normed, w.kProj, span);
    ops.matmul(v, normed, w.vProj, span);

    const rotQ = slots(`blocks.${l}.attn.hook_rot_q`); // [L, N·H]
    const rotK = slots(`blocks.${l}.attn.hook_rot_k`); // [L, K·H]
    ops.rope(rotQ, q, span, N, H, ropeTheta);
    ops.rope(rotK, k, span, K, H, ropeTheta);
    ops.kvWrite(kv, l, rotK, v, span);

    const z = slots(`blocks.${l}.attn.hook_z`); // [L, N·H]
    ops.attention(z, rotQ, kv, l, span, 1 / Math.sqrt(H));

    const attnOut = slots(`blocks.${l}.hook_attn_out`); // [L, D]
    ops.matmul(attnOut, z, w.oProj, span);

    const mid = slots(`blocks.${l}.hook_resid_mid`); // [L, D]
    ops.add(mid, x, attnOut, span);

    // MLP: each token by itself.
    const normedMid = slots(`blocks.${l}.ln2.hook_out`); // [L, D]
    ops.rmsNorm(normedMid, mid, w.postAttentionLayernorm, span, rmsNormEps);

    const gate = slots(`blocks.${l}.mlp.hook_pre`); // [L, F]
    const up = slots(`blocks.${l}.mlp.hook_pre_linear`); // [L, F]
    ops.matmul(gate, normedMid, w.gateProj, span);
    ops.matmul(up, normedMid, w.upProj, span);

    const gated = slots(`blocks.${l}.mlp.hook_post`); // [L, F]
    ops.geglu(gated, gate, up, span);

    const mlpOut = slots(`blocks.${l}.hook_mlp_out`); // [L, D]
    ops.matmul(mlpOut, gated, w.downProj, span);

    x = slots(`blocks.${l}.hook_resid_post`); // [L, D]
    ops.add(x, mid, mlpOut, span);
  });

  // The embedding table again, now as the output projection.
  const final = slots("ln_final.hook_out"); // [L, D]
  const logits = slots("logits"); // [rows of logitRows, V]
  ops.rmsNorm(final, x, weights.norm, span, rmsNormEps);
  ops.matmul(logits, final, weights.embedTokens, logitRows);
}
