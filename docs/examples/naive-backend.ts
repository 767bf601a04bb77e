/**
 * A complete backend of plain loops over Float32Array: an example to copy, not one to be fast.
 * Every kernel computes at once, so nothing is recorded and `read` never has to wait. Results are
 * stored as float32; sums run in JavaScript's float64. The library widens weights to float32 first.
 * Caches are made for their whole context, as there is no `reserve`; the garbage collector frees.
 *
 * Written by somebody who knew only backend/backend.ts and its comments. In a project of your own, import from
 * "gemma-reference/backend", "gemma-reference/tensor" and "gemma-reference".
 * @module
 */
import { type Backend, BackendError, type Handles, type Ops } from "../../src/backend/backend.ts";
import { disposed, refusals } from "../../src/errors.ts";
import { rowsInto } from "../../src/tensor/stored.ts";
import { elementsOf } from "../../src/tensor/tensor.ts";

/** What the handles are. A cache has keys and values [positions, K·H], one array a layer. */
export interface NaiveHandles extends Handles {
  tensor: { columns: number; data: Float32Array };
  weight: { shape: readonly number[]; data: Float32Array; normOffset: number };
  kv: { N: number; K: number; H: number; keys: Float32Array[]; values: Float32Array[] };
  ids: Int32Array;
}

/** A backend that computes on this thread, in plain JavaScript. */
export function naiveBackend(): Backend<NaiveHandles> {
  let gone = false;
  return {
    info: { name: "naive", precision: "float32", maxRows: 32, weightTypes: ["float32"] },
    ops,
    alloc(label, maxRows, columns) {
      const data = room("alloc", label, () => new Float32Array(maxRows * columns));
      return { columns, data };
    },
    allocIds: (length) => room("allocIds", "ids", () => new Int32Array(length)),
    createKV(config, { positions }) {
      const { numAttentionHeads: N, numKeyValueHeads: K, headDim: H } = config;
      const layers = { length: config.numHiddenLayers };
      const make = () => Array.from(layers, () => new Float32Array(positions * K * H));
      return room("createKV", "kv", () => ({ N, K, H, keys: make(), values: make() }));
    },
    async upload(source, signal) {
      const { name, file, dtype, shape, normOffset = 1 } = source;
      if (dtype !== "float32") throw refusals("upload", file).unsupported(name, "float32", dtype);
      const data = room("upload", name, () => new Float32Array(elementsOf(shape)));
      await rowsInto(source, 0, shape[0], new Uint8Array(data.buffer), signal);
      return { shape, data, normOffset };
    },
    setIds: (dst, ids) => dst.set(ids),
    write: (dst, data) => dst.data.set(data),
    // There is no await, so the copy is already made when this returns its promise.
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
function room<T>(op: string, label: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    const details = { op, argument: label, label, expected: "room in memory", got: "none" };
    throw new BackendError({ kind: "memory", ...details }, { cause });
  }
}

function frequency(theta: number, i: number, headDim: number): number {
  return Math.fround(1 / Math.fround(theta ** ((2 * i) / headDim)));
}

/** Of every source, row `from + r` makes row `into + r` of `dst`. */
const ops: Ops<NaiveHandles> = {
  embed(dst, table, ids, { from, count, into = from }, scale) {
    const D = dst.columns;
    for (let r = 0; r < count; r++) {
      const [row, to] = [ids[from + r] * D, (into + r) * D];
      for (let d = 0; d < D; d++) dst.data[to + d] = table.data[row + d] * scale;
    }
  },
  rmsNorm(dst, x, weight, { from, count, into = from }, eps) {
    const D = x.columns;
    for (let r = 0; r < count; r++) {
      const [at, to] = [(from + r) * D, (into + r) * D];
      let squares = 0;
      for (let d = 0; d < D; d++) squares += x.data[at + d] ** 2;
      const inverse = 1 / Math.sqrt(squares / D + eps);
      for (let d = 0; d < D; d++) {
        dst.data[to + d] = x.data[at + d] * inverse * (weight.normOffset + weight.data[d]);
      }
    }
  },
  matmul(dst, x, weight, { from, count, into = from }) {
    const [F, D] = weight.shape;
    for (let r = 0; r < count; r++) {
      for (let f = 0; f < F; f++) {
        let sum = 0;
        for (let d = 0; d < D; d++) sum += x.data[(from + r) * D + d] * weight.data[f * D + d];
        dst.data[(into + r) * F + f] = sum;
      }
    }
  },
  rope(dst, x, spans, heads, headDim, theta) {
    const half = headDim / 2;
    for (const { from, count, into = from, pos } of spans) {
      for (let r = 0; r < count; r++) {
        for (let i = 0; i < half; i++) {
          // Frequency, angle, cosine and sine are float32, as the interface asks.
          const angle = Math.fround((pos + r) * frequency(theta, i, headDim));
          const [cos, sin] = [Math.fround(Math.cos(angle)), Math.fround(Math.sin(angle))];
          for (let n = 0; n < heads; n++) {
            const at = ((from + r) * heads + n) * headDim + i;
            const to = ((into + r) * heads + n) * headDim + i;
            const [a, b] = [x.data[at], x.data[at + half]]; // both before writing: dst may be x
            dst.data[to] = a * cos - b * sin;
            dst.data[to + half] = b * cos + a * sin;
          }
        }
      }
    }
  },
  kvWrite(layer, k, v, spans) {
    for (const { from, count, pos, kv } of spans) {
      const [begin, end, to] = [from, from + count, pos].map((row) => row * kv.K * kv.H);
      kv.keys[layer].set(k.data.subarray(begin, end), to);
      kv.values[layer].set(v.data.subarray(begin, end), to);
    }
  },
  attention(dst, q, layer, spans, scale) {
    for (const { from, count, into = from, pos, kv } of spans) {
      const { N, K, H } = kv;
      const [keys, values] = [kv.keys[layer], kv.values[layer]];
      const scores = new Float64Array(pos + count);
      for (let r = 0; r < count; r++) {
        const seen = pos + r + 1; // a row sees its own position and all before it
        for (let n = 0; n < N; n++) {
          const [at, to] = [((from + r) * N + n) * H, ((into + r) * N + n) * H];
          const head = Math.floor((n * K) / N) * H;
          let largest = -Infinity;
          for (let s = 0; s < seen; s++) {
            let score = 0;
            for (let h = 0; h < H; h++) score += q.data[at + h] * keys[s * K * H + head + h];
            scores[s] = score * scale;
            largest = Math.max(largest, scores[s]);
          }
          let total = 0; // the largest score is taken off first, so that exp cannot overflow
          for (let s = 0; s < seen; s++) {
            scores[s] = Math.exp(scores[s] - largest);
            total += scores[s];
          }
          for (let h = 0; h < H; h++) {
            let sum = 0;
            for (let s = 0; s < seen; s++) sum += scores[s] * values[s * K * H + head + h];
            dst.data[to + h] = sum / total;
          }
        }
      }
    }
  },
  geglu(dst, gate, up, { from, count, into = from }) {
    const F = dst.columns;
    const [at, to] = [from * F, into * F];
    for (let i = 0; i < count * F; i++) {
      const x = gate.data[at + i];
      const gelu = 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
      dst.data[to + i] = gelu * up.data[at + i];
    }
  },
  add(dst, x, y, { from, count, into = from }) {
    const D = dst.columns;
    const [at, to] = [from * D, into * D];
    for (let i = 0; i < count * D; i++) dst.data[to + i] = x.data[at + i] + y.data[at + i];
  },
};
