/**
 * The backward twins of the kernels: what each input of a kernel adds to a loss, given what its output adds.
 * A backend that trains has this second table, beside `Ops`; the rules of backend.ts hold for it too (record, never
 * wait; only the rows named). model/backward/backward.ts is the program over it.
 *
 * dX stands for ∂loss/∂X and has the shape of X. Gradients of activations are written. Gradients of weights are *added
 * to*, span by span in the order of the list, and rounded once for each span: so a batch that is cut into several passes,
 * at the borders of its sequences, gives the same bits as one pass.
 * @module
 */
import type { Backend, Handles, Rows, Span } from "./backend.ts";

/** What the backward of a normalisation may be given besides. */
export interface NormBackward<Dev extends Handles, G> {
  /** [D], added to: the gradient of the weight. Absent where it does not train. */
  readonly dWeight?: G | undefined;
  /** [R, D], the gradient that came past the norm along the residual stream: added. May be `dx`. */
  readonly plus?: Dev["tensor"];
}

/** What the backward of attention reads, as the forward pass left it. */
export interface AttentionForward<Dev extends Handles> {
  /** Rotated queries [R, N·H]. */
  readonly q: Dev["tensor"];
  /** Rotated keys [R, K·H]. */
  readonly k: Dev["tensor"];
  /** Values [R, K·H]. */
  readonly v: Dev["tensor"];
  /** The mixed values [R, N·H]. */
  readonly z: Dev["tensor"];
}

/** What the loss at the end of a pass reads and writes. */
export interface HeadBackward<Dev extends Handles, G> {
  /** The final norm's output [R, D]. */
  readonly final: Dev["tensor"];
  /** The table [V, D], or the head where the two are not tied. */
  readonly table: Dev["weight"];
  /** The token that each row should have foretold. Rows of weight 0 may have any. */
  readonly targets: Int32Array;
  /** How much each row counts: m / M. */
  readonly weights: Float64Array;
  /** The coefficient of the z-loss. */
  readonly zLoss: number;
  /** [R, D], written: the gradient of `final`, 0 in rows of weight 0. Absent where only the loss is wanted. */
  readonly dFinal?: Dev["tensor"];
  /** [V, D], added to: the output half of the table's gradient. */
  readonly dTable?: G | undefined;
  /** Filled by the next `read`: log p of each target; rows of weight 0 are left alone. */
  readonly logprobs: Float64Array;
  /** Filled by the next `read`: log Σ exp of the logits of each row. */
  readonly logSumExp: Float64Array;
}

/**
 * The backward twins, for R rows. `G` is what gradients of weights are added to; by default a tensor with a row for each
 * row of the weight.
 */
export interface BackwardOps<Dev extends Handles, G = Dev["tensor"]> {
  /** dx[r,d] = Σ_f dy[r,f] · weight[f,d], or added to `dx`. `dy` [R, F] → `dx` [R, D]. nn/backward/linear.ts. */
  matmulInput(
    dx: Dev["tensor"],
    dy: Dev["tensor"],
    weight: Dev["weight"],
    rows: Rows,
    add?: boolean,
  ): void;
  /** dWeight[f,d] += Σ_r dy[r,f] · x[r,d], the sum over the rows of one span at a time. nn/backward/linear.ts. */
  matmulWeight(
    dWeight: G,
    dy: Dev["tensor"],
    x: Dev["tensor"],
    spans: readonly Span<Dev["kv"]>[],
  ): void;
  /** The gradient of `x` [R, D], and of the weight. nn/backward/rmsnorm.ts. */
  rmsNorm(
    dx: Dev["tensor"],
    dy: Dev["tensor"],
    x: Dev["tensor"],
    weight: Dev["weight"],
    spans: readonly Span<Dev["kv"]>[],
    eps: number,
    more: NormBackward<Dev, G>,
  ): void;
  /** The rotation back: `dy` → `dx` [R, heads·H], which may be one tensor. nn/backward/rope.ts. */
  rope(
    dx: Dev["tensor"],
    dy: Dev["tensor"],
    spans: readonly Span<Dev["kv"]>[],
    heads: number,
    headDim: number,
    theta: number,
  ): void;
  /**
   * Gradients of rotated queries [R, N·H], rotated keys and values [R, K·H], for spans that are whole sequences (`pos` 0).
   * nn/backward/attention.ts.
   */
  attention(
    dq: Dev["tensor"],
    dk: Dev["tensor"],
    dv: Dev["tensor"],
    dz: Dev["tensor"],
    forward: AttentionForward<Dev>,
    spans: readonly Span<Dev["kv"]>[],
    headDim: number,
    scale: number,
  ): void;
  /** Gradients of both branches, [R, F]. nn/backward/geglu.ts. */
  geglu(
    dGate: Dev["tensor"],
    dUp: Dev["tensor"],
    dy: Dev["tensor"],
    gate: Dev["tensor"],
    up: Dev["tensor"],
    rows: Rows,
  ): void;
  /** dTable[ids[r], d] += dx[r,d] · scale: the input half of the table's gradient. nn/backward/embedding.ts. */
  embed(dTable: G, ids: Dev["ids"], dx: Dev["tensor"], rows: Rows, scale: number): void;
  /**
   * Logits, loss and their gradient, a few rows at a time so that no pass holds [R, V]. Sums of `dTable` are over the rows
   * of one span at a time. nn/loss/cross-entropy-head.ts.
   */
  head(args: HeadBackward<Dev, G>, spans: readonly Span<Dev["kv"]>[]): void;
}

/** A backend by which models are trained. */
export interface TrainingBackend<Dev extends Handles = Handles> extends Backend<Dev> {
  /** The twins of its kernels. */
  readonly backward: BackwardOps<Dev>;
}
