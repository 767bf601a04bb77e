/**
 * The pluggable backend: a small table of synchronous kernels over opaque handles.
 *
 * The library owns the program (model/forward.ts), the scratch tensors and the bookkeeping of
 * lengths; a backend owns memory and arithmetic. What it guarantees (backend/checks.ts watches over
 * shapes, rows, aliasing and what lies behind each tensor while you develop one):
 *
 * 1. *Record, never wait.* Kernels are synchronous: they may compute at once (a CPU) or only note
 *    what is to be done (a GPU). Order of recording is order of effect, and {@link Backend.read}, the
 *    only await per token, sees everything recorded before it.
 * 2. *Destination passing.* A kernel writes into the `dst` it is given and allocates nothing visible.
 *    `dst` may be the very tensor `x` in {@link Ops.rope} and {@link Ops.add}, row by row; nothing
 *    else aliases.
 * 3. *Only the rows named.* Rows outside {@link Rows} stay untouched.
 * 4. *Lengths are the caller's.* A cache is rewound by writing at an earlier position again.
 * 5. *Unsupported means it says so*, by a typed error with the reason; nothing falls back silently.
 * @module
 */
import type { GemmaConfig } from "../config.ts";
import type { PrecisionName } from "../tensor/precision.ts";
import type { WeightSource } from "../tensor/stored.ts";
import type { FloatArray } from "../tensor/tensor.ts";

/** The handle types of one backend. Those of another do not type-check against them. */
export interface Handles {
  /** A scratch tensor of activations [maxRows, columns]. */
  tensor: unknown;
  /** A weight, in whatever layout, dtype and chunks the backend likes. */
  weight: unknown;
  /** The keys and values of all layers. */
  kv: unknown;
  /** Token ids on the device. */
  ids: unknown;
}

/** The rows a position-blind kernel works on. */
export interface Rows {
  /** First row of the sources. */
  readonly from: number;
  readonly count: number;
  /** First row of `dst`; `from` when absent. */
  readonly into?: number;
}

/** Rows that are consecutive tokens of a sequence. */
export interface Span extends Rows {
  /** Absolute position of row `from`; the first token of a sequence (BOS) is at 0. */
  readonly pos: number;
  /** Which sequence of the cache. Always 0 so far: the place where batching will go. */
  readonly seq: number;
}

/** The eight kernels. Shapes in the letters of `docs/shapes.md`, R rows of `rows` or `span`. */
export interface Ops<H extends Handles> {
  /** dst[r, :] = table[ids[r], :] · scale, r a row of `rows`. `table` [V, D] → `dst` [R, D]. */
  embed(dst: H["tensor"], table: H["weight"], ids: H["ids"], rows: Rows, scale: number): void;

  /** dst = x / √(mean(x²) + eps) · (normOffset + weight). `x`, `dst` [R, D], `weight` [D]. */
  rmsNorm(dst: H["tensor"], x: H["tensor"], weight: H["weight"], rows: Rows, eps: number): void;

  /** dst = x · weightᵀ. `x` [R, D], `weight` [F, D] → `dst` [R, F]. Also the tied logits. */
  matmul(dst: H["tensor"], x: H["tensor"], weight: H["weight"], rows: Rows): void;

  /** Rotates `heads` heads of size `headDim`, pairing halves. `x`, `dst` [R, heads·headDim]. */
  rope(
    dst: H["tensor"],
    x: H["tensor"],
    span: Span,
    heads: number,
    headDim: number,
    theta: number,
  ): void;

  /**
   * Writes `k` and `v` [R, K·H], rotated already, to positions pos … pos + R − 1 of `layer`.
   * `into` has no meaning here.
   */
  kvWrite(kv: H["kv"], layer: number, k: H["tensor"], v: H["tensor"], span: Span): void;

  /**
   * Causal attention of `q` [R, N·H] over the cached positions of `layer` → `dst` [R, N·H]. The row
   * at position p sees 0 … p; query head n reads key-value head ⌊n·K/N⌋. Queries are multiplied by
   * `scale` (rounded, if the arithmetic stores them) before the scores are summed. N, K and H are those
   * of the config the cache was made for. See nn/attention.ts.
   */
  attention(
    dst: H["tensor"],
    q: H["tensor"],
    kv: H["kv"],
    layer: number,
    span: Span,
    scale: number,
  ): void;

  /** dst = gelu_tanh(gate) · up, all [R, F]. */
  geglu(dst: H["tensor"], gate: H["tensor"], up: H["tensor"], rows: Rows): void;

  /** dst = x + y, all [R, D]. */
  add(dst: H["tensor"], x: H["tensor"], y: H["tensor"], rows: Rows): void;
}

/** What a backend says of itself; reports print it. */
export interface BackendInfo {
  readonly name: string;
  /** The arithmetic it promises, which is also the dtype class its results are judged by. */
  readonly precision: PrecisionName;
  /** Most rows a span may have: longer prompts are fed in chunks. */
  readonly maxRows: number;
  /** Same input, same bits, on every run. */
  readonly deterministic: boolean;
}

/** A weight that may be used already, although it is still being uploaded. */
export interface Arriving<W> {
  readonly weight: W;
  readonly arrived: Promise<void>;
}

/** How long a context a cache is made for. */
export interface KVOptions {
  /** Positions to make room for. */
  readonly contextLength: number;
}

export interface Backend<H extends Handles = Handles> {
  readonly info: BackendInfo;
  readonly ops: Ops<H>;

  /** Scratch for [maxRows, columns]; contents unspecified. */
  alloc(label: string, maxRows: number, columns: number): H["tensor"];
  /** Room for `length` token ids. */
  allocIds(length: number): H["ids"];
  /** Room for `contextLength` positions in every layer; contents unspecified. */
  createKV(config: GemmaConfig, options: KVOptions): H["kv"];
  /**
   * Takes a weight over, row by row or whole, into a layout of the backend's choice. The source stays
   * readable afterwards.
   */
  upload(source: WeightSource, signal?: AbortSignal): Promise<H["weight"]>;
  /**
   * Optional: as {@link Backend.upload}, with the handle at once. Kernels may be recorded with it before
   * the weight has arrived: the `read` that waits for them waits for it too, and rejects as it does.
   */
  uploadLater?(source: WeightSource, signal?: AbortSignal): Arriving<H["weight"]>;

  /** Recorded: sets ids[0 … n − 1]. The array may be reused as soon as this returns. */
  setIds(dst: H["ids"], ids: ArrayLike<number>): void;
  /** Recorded: sets rows 0 … of `dst` from row-major `data`, converted to the backend's dtype. */
  write(dst: H["tensor"], data: FloatArray): void;
  /**
   * Waits for everything recorded so far, and returns a copy of the rows, row-major: a Float64Array
   * where the precision is float64, else a Float32Array. `count: 0` only waits.
   *
   * The copy is recorded too, as of this call: what is recorded later, before the promise resolves,
   * does not show in it. Any number of reads may be outstanding.
   *
   * When `signal` aborts while this waits, the promise rejects with its reason. What was recorded
   * between the previous call of `read` and this one may then stay undone; all else is done.
   */
  read(src: H["tensor"], rows: Rows, signal?: AbortSignal): Promise<FloatArray>;
  /** Says that no more is coming for a while, so that work may start; `read` implies it. */
  submit(): void;
  /**
   * Frees one handle, once the work recorded up to now is done with it. A backend whose memory the
   * garbage collector knows of need do nothing.
   */
  free(handle: H["tensor"] | H["weight"] | H["kv"] | H["ids"]): void;
  /** Frees everything; the backend cannot be used afterwards. */
  dispose(): void;
}
