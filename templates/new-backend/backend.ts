/**
 * A backend for gemma-reference, to be filled in. Memory is done, in plain arrays; the eight kernels are not. Run
 * `npm test`: it says which kernel to write next, with its formula, shapes and an example. Every kernel may be a
 * plain loop at first. What each promises stands in gemma-reference's src/backend/backend.ts.
 */
import { disposed, UnsupportedError } from "gemma-reference";
import { type Backend, BackendError, type Handles, type Ops } from "gemma-reference/backend";
import { rowsInto } from "gemma-reference/tensor";

/** What the library holds and hands back. It never looks inside: on a GPU these are buffers. */
export interface MyHandles extends Handles {
  /** Activations [rows, columns], row-major. */
  tensor: { columns: number; data: Float32Array };
  /** A weight [F, D] or [D]. `normOffset` is for rmsNorm. */
  weight: { shape: readonly number[]; data: Float32Array; normOffset: number };
  /** Keys and values [positions, K·H] of one sequence, an array a layer. N, K and H are the model's. */
  kv: { N: number; K: number; H: number; keys: Float32Array[]; values: Float32Array[] };
  ids: Int32Array;
}

/** A new backend. The suite calls this several times. */
export function myBackend(): Backend<MyHandles> {
  let gone = false;
  return {
    // maxRows: how many tokens a pass may have. weightTypes: other dtypes are widened to float32 for you.
    info: { name: "my-backend", precision: "float32", maxRows: 32, weightTypes: ["float32"] },
    ops,
    alloc: (label, rows, columns) => {
      return { columns, data: room(label, () => new Float32Array(rows * columns)) };
    },
    allocIds: (length) => room("ids", () => new Int32Array(length)),
    createKV(config, { positions }) {
      const { numAttentionHeads: N, numKeyValueHeads: K, headDim: H } = config;
      const layers = { length: config.numHiddenLayers };
      const make = () =>
        room("kv", () => Array.from(layers, () => new Float32Array(positions * K * H)));
      return { N, K, H, keys: make(), values: make() };
    },
    async upload(source, signal) {
      const { shape, normOffset = 1 } = source;
      const length = shape.reduce((a, b) => a * b, 1);
      const data = room(source.name, () => new Float32Array(length));
      await rowsInto(source, 0, shape[0] ?? 1, new Uint8Array(data.buffer), signal);
      return { shape, data, normOffset };
    },
    setIds: (dst, ids) => dst.set(ids),
    write: (dst, data) => dst.data.set(data),
    async read(src, { from, count }, signal) {
      if (gone) throw disposed("read", "backend", "make a new one");
      signal?.throwIfAborted();
      return src.data.slice(from * src.columns, (from + count) * src.columns);
    },
    free: () => {},
    dispose() {
      gone = true;
    },
  };
}

/** What `make` makes; where there is no room, an error that says for what. */
function room<T>(label: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    const details = {
      op: "alloc",
      argument: label,
      label,
      expected: "room in memory",
      got: "none",
    };
    throw new BackendError({ kind: "memory", ...details }, { cause });
  }
}

/** What a kernel throws until it is written. */
function unwritten(kernel: string): never {
  throw new UnsupportedError({ op: kernel, expected: "a kernel", got: "none yet" });
}

/**
 * The kernels, in the order in which they are tested. Each writes into `dst`, and only the rows that are named: row
 * `from + i` of every source makes row `into + i` of `dst`, for i < `count`. `into` is `from` when it is absent.
 */
const ops: Ops<MyHandles> = {
  /** dst = x + y. `dst` may be x. */
  add: () => unwritten("add"),

  /** The rows of the table that `ids` name, times `scale`. */
  embed: () => unwritten("embed"),

  /** x divided by its root mean square, times normOffset + weight. `eps` stands under the root. */
  rmsNorm: () => unwritten("rmsNorm"),

  /** x · weightᵀ. The weight lies [out, in]. */
  matmul: () => unwritten("matmul"),

  /** gelu(gate) · up, where gelu is the tanh form. */
  geglu: () => unwritten("geglu"),

  /** Turns pairs (i, i + headDim/2) of each head by an angle that grows with the position. `dst` may be x. */
  rope: () => unwritten("rope"),

  /** Puts keys and values into each span's cache, from position `pos` on. */
  kvWrite: () => unwritten("kvWrite"),

  /** Each row looks at the positions up to its own in its span's cache, and never at a later one. */
  attention: () => unwritten("attention"),
};
