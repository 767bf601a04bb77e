/**
 * Gemma's forward pass: from token ids to logits, on one page.
 * Gemma Team 2024, arXiv:2403.08295, §2: a decoder of equal blocks around a residual stream x,
 *
 *     x = embed(ids) · √D
 *     x = x + attention(norm(x))     \  once for
 *     x = x + mlp(norm(x))           /  each block
 *     logits = norm(x) · tableᵀ       (the table of embed, unless a fine-tune has a matrix of its own)
 *
 * Each line `ops.…` is one kernel of the backend: it writes its first argument (`kvWrite` the caches) and reads
 * the others. The comment beside it names the file of nn/ that defines it; the comment beside a buffer is its
 * shape. The function is synchronous and never looks inside rows, spans or tensors, so that a GPU can take it as
 * a list of commands and a recorder as a tape (backend/record.ts). Where each result goes is up to `slots`, which
 * is asked by tap name: for inference the slots share eleven buffers, for a trace each name has its own.
 *
 * Letters: L rows (the tokens of all sequences in this pass), D stream, N query heads, K key-value heads,
 * H head, F MLP, V vocabulary (docs/shapes.md).
 * @module
 */
import type { Handles, Ops, Rows, Span } from "../backend/backend.ts";
import type { GemmaConfig } from "../config.ts";
import type { LayerTap, RecordedTap } from "./taps.ts";
import type { Weights } from "./weights/weights.ts";

/** What the forward pass works with. */
export interface ForwardArguments<Dev extends Handles> {
  /** The shapes of the model. */
  readonly config: GemmaConfig;
  /** The kernels that compute, or record. */
  readonly ops: Ops<Dev>;
  /** Its weights, as handles of the backend. */
  readonly weights: Weights<Dev["weight"]>;
  /** The tensor that holds an intermediate. */
  readonly slots: (name: RecordedTap) => Dev["tensor"];
  /** Ids of the tokens, a row each. */
  readonly ids: Dev["ids"];
  /** All rows of the pass. */
  readonly rows: Rows;
  /** The same rows as stretches of sequences, each with its position and its cache, to which it is added. */
  readonly spans: readonly Span<Dev["kv"]>[];
  /** The rows whose logits are wanted: the last of each sequence, all, or none. */
  readonly logitRows: readonly Rows[];
  /** √D, exact or rounded: see `embeddingScale` in embedding-scale.ts. */
  readonly embedScale: number;
}

/** Records one pass. Nothing is returned: the logits are in their slot. */
export function forward<Dev extends Handles>(args: ForwardArguments<Dev>): void {
  const { config, ops, weights, slots, ids, rows, spans, logitRows, embedScale } = args;
  const { numAttentionHeads: N, numKeyValueHeads: K, headDim: H, rmsNormEps, ropeTheta } = config;

  let x = slots("hook_embed"); // [L, D], the residual stream
  ops.embed(x, weights.embedTokens, ids, rows, embedScale); // nn/embedding.ts

  weights.layers.forEach((w, layer) => {
    const tap = (name: LayerTap) => slots(`blocks.${layer}.${name}`);

    // Attention: each token looks back at those before it.
    const normed = tap("ln1.hook_out"); // [L, D]
    ops.rmsNorm(normed, x, w.inputLayernorm, rows, rmsNormEps); // nn/rmsnorm.ts

    // #region projections
    const q = tap("attn.hook_q"); // [L, N·H]
    const k = tap("attn.hook_k"); // [L, K·H]
    const v = tap("attn.hook_v"); // [L, K·H]
    ops.matmul(q, normed, w.qProj, rows); // nn/linear.ts
    ops.matmul(k, normed, w.kProj, rows);
    ops.matmul(v, normed, w.vProj, rows);
    // #endregion

    const rotQ = tap("attn.hook_rot_q"); // [L, N·H]
    const rotK = tap("attn.hook_rot_k"); // [L, K·H]
    ops.rope(rotQ, q, spans, N, H, ropeTheta); // nn/rope.ts
    ops.rope(rotK, k, spans, K, H, ropeTheta);
    ops.kvWrite(layer, rotK, v, spans); // from here on later tokens see these keys and values

    // #region mixed
    const z = tap("attn.hook_z"); // [L, N·H]
    ops.attention(z, rotQ, layer, spans, 1 / Math.sqrt(H)); // nn/attention.ts

    const attnOut = tap("hook_attn_out"); // [L, D]
    ops.matmul(attnOut, z, w.oProj, rows);
    // #endregion

    const mid = tap("hook_resid_mid"); // [L, D]
    ops.add(mid, x, attnOut, rows); // nn/residual.ts

    // #region mlp
    // MLP: each token by itself.
    const normedMid = tap("ln2.hook_out"); // [L, D]
    ops.rmsNorm(normedMid, mid, w.postAttentionLayernorm, rows, rmsNormEps);

    const gate = tap("mlp.hook_pre"); // [L, F]
    const up = tap("mlp.hook_pre_linear"); // [L, F]
    ops.matmul(gate, normedMid, w.gateProj, rows);
    ops.matmul(up, normedMid, w.upProj, rows);

    const gated = tap("mlp.hook_post"); // [L, F]
    ops.geglu(gated, gate, up, rows); // nn/geglu.ts

    const mlpOut = tap("hook_mlp_out"); // [L, D]
    ops.matmul(mlpOut, gated, w.downProj, rows);

    x = tap("hook_resid_post"); // [L, D]
    ops.add(x, mid, mlpOut, rows);
    // #endregion
  });

  // #region logits
  // The embedding table again, now as the output projection; a fine-tune may have untied the two.
  const head = weights.lmHead ?? weights.embedTokens; // [V, D]
  const final = slots("ln_final.hook_out"); // [L, D]
  const logits = slots("logits"); // [rows of logitRows, V]
  ops.rmsNorm(final, x, weights.norm, rows, rmsNormEps);
  for (const some of logitRows) ops.matmul(logits, final, head, some);
  // #endregion
}
