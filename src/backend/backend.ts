/**
 * The pluggable backend: a small table of synchronous kernels over opaque handles.
 *
 * The library owns the program (model/forward.ts), says which tensors there are, and keeps account of lengths; a
 * backend owns memory and arithmetic. `backend/cpu/cpu.ts` is the definition; `docs/examples/naive-backend.ts`
 * is the shortest one that is right. A backend guarantees:
 *
 * 1. *Record, never wait.* Kernels, and all else that is called "recorded" below, are synchronous: they may
 *    compute at once (a CPU) or only note what is to be done (a GPU). Order of recording is order of effect.
 *    {@link Backend.read}, the only await per token, sees everything recorded before it. What goes wrong may
 *    be thrown at once or be kept for the next `read`.
 * 2. *Destination passing.* A kernel writes into the `dst` it is given and allocates nothing visible. What
 *    `dst` held before plays no part. In {@link Ops.rope} and {@link Ops.add} `dst` may be the very tensor
 *    `x`, and then `into` equals `from`; nothing else aliases.
 * 3. *Only the rows named.* Rows of `dst` outside {@link Rows} stay untouched. `count` may be 0.
 * 4. *Lengths are the caller's.* A cache is rewound by writing at an earlier position again, so that later
 *    positions may hold anything.
 * 5. *What is unsupported is an error*: an `UnsupportedError` with the reason, wherever it shows; nothing falls
 *    back silently.
 *
 * The library in turn keeps to these: ids are rows of the table; a tensor has exactly the columns of the shape
 * that the kernel names; positions lie within what the cache was made for; within a pass the same spans go to
 * every kernel, and `kvWrite` of a layer comes before its `attention`. It never changes a `Rows` or a `Span`
 * after handing it over, but reuses arrays of ids and of numbers as soon as the call returns.
 * `withChecks` of backend/checks.ts watches over both sides while you develop a backend.
 * @module
 */
import type { GemmaConfig } from "../config.ts";
import { type ErrorDetails, GemmaError } from "../errors.ts";
import type { attention } from "../nn/attention.ts";
import type { embed } from "../nn/embedding.ts";
import type { geglu } from "../nn/geglu.ts";
import type { linear } from "../nn/linear.ts";
import type { add } from "../nn/residual.ts";
import type { rmsNorm } from "../nn/rmsnorm.ts";
import type { applyRope } from "../nn/rope.ts";
import type { PrecisionName } from "../tensor/precision.ts";
import type { DType, WeightSource } from "../tensor/stored.ts";
import type { FloatArray } from "../tensor/tensor.ts";

/** The handle types of one backend. Those of another do not type-check against them. */
export interface Handles {
  /** A scratch tensor of activations [maxRows, columns]. */
  tensor: unknown;
  /** A weight, in whatever layout, dtype and chunks the backend likes. */
  weight: unknown;
  /** The keys and values of one sequence, in all layers. */
  kv: unknown;
  /** Token ids on the device. */
  ids: unknown;
}

/** The rows a kernel works on: row `from + i` of every source makes row `into + i` of `dst`, for i < `count`. */
export interface Rows {
  /** First row of the sources. */
  readonly from: number;
  /** Number of rows, 0 or more. */
  readonly count: number;
  /** First row of `dst`. Default: `from`. A function without a `dst` ignores it. */
  readonly into?: number;
}

/** Rows that are consecutive tokens of one sequence. */
export interface Span<KV = unknown> extends Rows {
  /** Absolute position of row `from`; the first token of a sequence (BOS) is at 0. */
  readonly pos: number;
  /** The cache of this sequence. No two spans of a pass have the same. */
  readonly kv: KV;
}

/**
 * The eight kernels. What each computes is a function of nn/, to which its link leads; backend/cpu/cpu.ts calls it. Shapes in the letters of `docs/shapes.md`, for R rows; row r is row `from + i` of the sources and row
 * `into + i` of `dst`.
 * The spans of a pass cover its rows without overlap, in any order: several sequences may be decoded in one
 * pass, and a prompt prefilled beside them. Kernels that know no positions take the rows of all sequences
 * together. Intermediate results may be kept wider than they are stored, but for the angles of `rope`.
 */
export interface Ops<Dev extends Handles> {
  /** dst[into + i, d] = table[ids[from + i], d] · scale. `table` [V, D] → `dst` [R, D]. Defined by {@link embed}, nn/embedding.ts. */
  embed(dst: Dev["tensor"], table: Dev["weight"], ids: Dev["ids"], rows: Rows, scale: number): void;

  /**
   * dst[r,d] = x[r,d] / √(mean_d(x[r,d]²) + eps) · (normOffset + weight[d]). `x`, `dst` [R, D], `weight` [D].
   * `normOffset` came with the weight ({@link Backend.upload}); it is 1 unless the file has the 1 inside.
   * Defined by {@link rmsNorm}, nn/rmsnorm.ts.
   */
  rmsNorm(
    dst: Dev["tensor"],
    x: Dev["tensor"],
    weight: Dev["weight"],
    rows: Rows,
    eps: number,
  ): void;

  /**
   * dst[r,f] = Σ_d x[r,d] · weight[f,d]. `x` [R, D], `weight` [F, D] → `dst` [R, F]. Also the tied logits. Defined by
   * {@link linear}, nn/linear.ts.
   */
  matmul(dst: Dev["tensor"], x: Dev["tensor"], weight: Dev["weight"], rows: Rows): void;

  /**
   * Rotates each of `heads` heads of size H = `headDim`, pairing halves. `x`, `dst` [R, heads·H]. Row r of a
   * span stands at position p = pos + r − from:
   *
   *     frequency_i  = f(1 / f(theta^(2i/H))),  i = 0 … H/2 − 1
   *     angle_i      = f(p · frequency_i)
   *     dst[i]       = x[i] · f(cos(angle_i)) − x[i + H/2] · f(sin(angle_i))
   *     dst[i + H/2] = x[i + H/2] · f(cos(angle_i)) + x[i] · f(sin(angle_i))
   *
   * where f rounds to float32, except in a backend of precision float64, where it does nothing. Rounded later or
   * not at all, angles at position 8191 differ from Google's by up to 5e-4. Defined by
   * {@link applyRope}, nn/rope.ts.
   */
  rope(
    dst: Dev["tensor"],
    x: Dev["tensor"],
    spans: readonly Span<Dev["kv"]>[],
    heads: number,
    headDim: number,
    theta: number,
  ): void;

  /**
   * Writes rows `from` … of `k` and `v` [R, K·H], rotated already, to positions pos … pos + count − 1 of
   * `layer` in each span's cache.
   */
  kvWrite(
    layer: number,
    k: Dev["tensor"],
    v: Dev["tensor"],
    spans: readonly Span<Dev["kv"]>[],
  ): void;

  /**
   * Causal attention of `q` [R, N·H] over the cached positions of `layer`, each span in its own cache → `dst`
   * [R, N·H]. The row at position p sees positions 0 … p, and never reads a later one. Query head n reads
   * key-value head ⌊n·K/N⌋:
   *
   *     score[s] = Σ_h (q[h] · scale) · k[s,h]
   *     dst[h]   = Σ_s softmax(score)[s] · v[s,h]
   *
   * Defined by {@link attention}, nn/attention.ts.
   */
  attention(
    dst: Dev["tensor"],
    q: Dev["tensor"],
    layer: number,
    spans: readonly Span<Dev["kv"]>[],
    scale: number,
  ): void;

  /**
   * dst = gelu_tanh(gate) · up, all [R, F]; gelu_tanh(x) = ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))). Defined by
   * {@link geglu}, nn/geglu.ts.
   */
  geglu(dst: Dev["tensor"], gate: Dev["tensor"], up: Dev["tensor"], rows: Rows): void;

  /** dst = x + y, all [R, D]. Defined by {@link add}, nn/residual.ts. */
  add(dst: Dev["tensor"], x: Dev["tensor"], y: Dev["tensor"], rows: Rows): void;
}

/** The names of the kernels. */
export type KernelName = keyof Ops<Handles>;

/**
 * How close to the truth a backend promises to be; its results are judged by it. `float32` is what plain float32
 * sums give, or better; `float32-relaxed` allows fused and reordered ones; `q8` and `q4` compute with weights
 * or activations of 8 or 4 bits.
 */
export type Accuracy = PrecisionName | "float32-relaxed" | "float16" | "q8" | "q4";

/** What a backend says of itself. It is checked when a model is loaded. */
export interface BackendInfo {
  /** For messages and reports. */
  readonly name: string;
  /** What it computes on, where there may be several: "NVIDIA H100". For messages and reports, too. */
  readonly device?: string;
  /** Why it was chosen, where `backend: "auto"` did that, or the default is not what it would be on other machines. */
  readonly why?: string;
  /**
   * What results are stored as: {@link Backend.read} gives a Float64Array where it is float64, else a
   * Float32Array. Where it is bfloat16, the library rounds as the released model does.
   */
  readonly precision: PrecisionName;
  /** What it promises. Default: `precision`. */
  readonly accuracy?: Accuracy;
  /** Most rows of a pass, 1 or more: longer prompts are fed in chunks. */
  readonly maxRows: number;
  /**
   * The dtypes that {@link Backend.upload} takes, float32 or float64 among them. Weights of other dtypes are
   * widened by the library before they are handed over, to float32 if it is among them. Default: all.
   */
  readonly weightTypes?: readonly DType[];
}

/** A weight that may be used already, although it is still being uploaded. */
export interface Arriving<W> {
  /** The handle, which kernels may be given at once. */
  readonly weight: W;
  /** Resolves when it is there; rejects if it cannot be had. */
  readonly arrived: Promise<void>;
}

/** How much a cache has room for. */
export interface KVOptions {
  /** Positions of one sequence, in every layer. */
  readonly positions: number;
}

/** Memory and kernels, by the rules above. `Dev`, for device, stands for its handle types. */
export interface Backend<Dev extends Handles = Handles> {
  /** What it says of itself. */
  readonly info: BackendInfo;
  /** The eight kernels. */
  readonly ops: Ops<Dev>;

  /**
   * Resolves if the device is lost: every outstanding and later `read` then rejects with this error. A backend
   * that cannot lose its device leaves it out.
   */
  readonly lost?: Promise<BackendError>;

  /**
   * Scratch for [maxRows, columns]; contents unspecified. This and all that makes room throw a
   * {@link BackendError} of kind "memory" where there is no memory left.
   * @param label for messages.
   */
  alloc(label: string, maxRows: number, columns: number): Dev["tensor"];
  /** Room for `length` token ids. */
  allocIds(length: number): Dev["ids"];
  /**
   * Room for `positions` of one sequence in every layer; contents unspecified. N, K and H of
   * `kvWrite` and `attention` are those of this `config`.
   */
  createKV(config: GemmaConfig, options: KVOptions): Dev["kv"];
  /**
   * Optional, recorded: makes room for `positions`, and keeps what is there. It may come again for as
   * many, after a `read` that rejected. With it caches
   * grow as they fill; without it they are made for their whole context at once.
   */
  reserve?(kv: Dev["kv"], options: KVOptions): void;
  /**
   * Optional, recorded: copies positions 0 … count − 1 of every layer from `src` to the same positions of `dst`,
   * another cache of the same config; both have room for them. What `dst` holds behind them may be anything. From
   * then on the two are as two caches that were fed alike: what is written to one does not show in the other. With
   * it several answers to one prompt feed it once; without it each feeds it.
   */
  copyKV?(dst: Dev["kv"], src: Dev["kv"], count: number): void;
  /**
   * Optional, as {@link Backend.read}: positions `from` … `from + count − 1` of the keys, or the values, of a layer:
   * [count, K·H], row-major, as {@link Ops.kvWrite} was given them. With it a cache can be saved.
   */
  readKV?(
    kv: Dev["kv"],
    layer: number,
    part: "keys" | "values",
    rows: Rows,
    signal?: AbortSignal,
  ): Promise<FloatArray>;
  /**
   * Takes a weight over, into a layout of the backend's choice: [V, D] or [F, D], or [D] of a norm, which has
   * one number a row. Its dtype is one of `weightTypes`. Any range of rows may be read, also all at once; the
   * bytes are little-endian (tensor/stored.ts has `rowsInto`, `storedFromBytes` and `widenRow`). `normOffset`
   * is kept for `rmsNorm`; it is 1 when absent. An abort of `signal` may be left to the source, which rejects.
   *
   * The source stays readable for as long as the model lives: the library reads it again for error messages.
   */
  upload(source: WeightSource, signal?: AbortSignal): Promise<Dev["weight"]>;
  /**
   * Optional: as {@link Backend.upload}, with the handle at once. Kernels may be recorded with it before
   * the weight has arrived: the `read` that waits for them waits for it too, and rejects as it does. Weights
   * may be read in any order, several ranges at once, and as late as they are used. A weight may be freed
   * before it has arrived.
   */
  uploadLater?(source: WeightSource, signal?: AbortSignal): Arriving<Dev["weight"]>;

  /** Recorded: sets the first `ids.length` ids. The array may be reused as soon as this returns. */
  setIds(dst: Dev["ids"], ids: ArrayLike<number>): void;
  /**
   * Recorded: sets the first rows of `dst`, whole rows, from row-major `data`, converted to what the backend
   * stores. The array may be reused as soon as this returns.
   */
  write(dst: Dev["tensor"], data: FloatArray): void;
  /**
   * Waits for everything recorded so far, and returns a copy of rows `from` … `from + count − 1`, row-major,
   * in an array that nobody else has: a Float64Array where `info.precision` is float64, else a Float32Array.
   * `count: 0` only waits.
   *
   * The copy is recorded too, as of this call: what is recorded later, before the promise resolves,
   * does not show in it. Any number of reads may be outstanding.
   *
   * When `signal` is aborted, before or while this waits, the promise rejects with its reason. What was
   * recorded between the previous call of `read` and this one may then stay undone; all else is done, and the
   * backend stays usable.
   * @throws {BackendError} if the work failed. After kind "lost" every later read rejects too; after other
   * kinds the backend stays usable.
   * @throws {ArgumentError} if the backend is disposed, before or while this waits.
   */
  read(src: Dev["tensor"], rows: Rows, signal?: AbortSignal): Promise<FloatArray>;
  /**
   * Optional, as {@link Backend.read}: of each row the index of its largest number (the lowest of equal ones), that
   * number, and its surprisal, −log softmax(row)[index]: [R, 3], row-major. Indices in `except` are not chosen; they
   * count in the softmax. The surprisal of a row with a NaN or an infinity in it is NaN or infinite. With it a greedy
   * token moves a dozen bytes, and not a row of 256,000 logits.
   */
  top?(
    src: Dev["tensor"],
    rows: Rows,
    except: readonly number[],
    signal?: AbortSignal,
  ): Promise<FloatArray>;
  /**
   * Frees one handle, once the work recorded up to now is done with it. Each handle is freed once, and not used
   * afterwards. A backend whose memory the garbage collector knows of need do nothing.
   */
  free<Kind extends keyof Handles>(kind: Kind, handle: Dev[Kind]): void;
  /**
   * Frees everything. Afterwards `read` rejects, also where it was waiting; nothing else need notice. It is
   * called by the code that made the backend.
   */
  dispose(): void;
}

/** What failed in a backend. */
export interface BackendErrorDetails extends ErrorDetails {
  /** No room; the device is gone; or a kernel that could not compute. */
  readonly kind: "memory" | "lost" | "kernel";
  /** The kernel, if it is known. */
  readonly kernel?: KernelName;
  /** The label of the tensor, if it is known. */
  readonly label?: string;
}

/** What computes has failed: memory, a lost device, a kernel. Neither the caller's nor the file's fault. */
export class BackendError extends GemmaError {
  override readonly name: string = "BackendError";
  /** No room; the device is gone; or a kernel that could not compute. */
  readonly kind: BackendErrorDetails["kind"];
  /** The kernel, if it is known. */
  readonly kernel: KernelName | undefined;
  /** The label of the tensor, if it is known. */
  readonly label: string | undefined;

  constructor(details: BackendErrorDetails, options?: ErrorOptions) {
    super(details, options);
    this.kind = details.kind;
    this.kernel = details.kernel;
    this.label = details.label;
  }
}
