/**
 * The CPU backend: the definition every other backend is measured against. Each kernel is a call of
 * its component in nn/; only the matmul has a faster twin, equal to the bit (matmul.ts).
 *
 * It runs in float64, float32 or bfloat16, on one thread. Work is recorded and done when read
 * (work-queue.ts), in slices short enough for the event loop to turn at least every 50 ms.
 * @module
 */
import type { GemmaConfig } from "../../config.ts";
import { ArgumentError, disposed } from "../../errors.ts";
import { attention } from "../../nn/attention.ts";
import { embed } from "../../nn/embedding.ts";
import { geglu } from "../../nn/geglu.ts";
import { add } from "../../nn/residual.ts";
import { rmsNorm } from "../../nn/rmsnorm.ts";
import { applyRope } from "../../nn/rope.ts";
import { type PrecisionName, precisionNamed } from "../../tensor/precision.ts";
import { type Stored, storedFromBytes, type WeightSource, widenRow } from "../../tensor/stored.ts";
import { assertShape, type FloatArray, type NdArray, tensor } from "../../tensor/tensor.ts";
import type { Arriving, Backend, Handles, KVOptions, Rows } from "../backend.ts";
import { matmulColumns } from "./matmul.ts";
import { WorkQueue } from "./work-queue.ts";

/** Scratch [maxRows, columns], row-major. */
export interface CpuTensor {
  readonly label: string;
  readonly columns: number;
  readonly data: FloatArray;
}

/** A matrix in its stored dtype, or a norm weight widened to float64. */
export interface CpuWeight {
  readonly shape: readonly number[];
  readonly normOffset: 0 | 1;
  /** Not to be looked at before `arriving`, if there is such a thing, has resolved. */
  stored: Stored;
  arriving?: Promise<void>;
}

/** Keys and values of each layer, [contextLength, K, H]. */
export interface CpuKV {
  readonly keys: readonly NdArray[];
  readonly values: readonly NdArray[];
}

export interface CpuHandles extends Handles {
  tensor: CpuTensor;
  weight: CpuWeight;
  kv: CpuKV;
  ids: Int32Array;
}

/** The functions of nn/ that the kernels call. */
export interface Components {
  readonly embed: typeof embed;
  readonly rmsNorm: typeof rmsNorm;
  readonly applyRope: typeof applyRope;
  readonly attention: typeof attention;
  readonly geglu: typeof geglu;
  readonly add: typeof add;
}

export interface CpuOptions {
  /** Arithmetic: where results are rounded when stored. Default float32. */
  precision?: PrecisionName;
  /** Rows of a chunk of prefill. More rows reuse each widened weight more often. Default 64. */
  maxRows?: number;
  /** Replaces components: to try a change, or to put in a bug and see what it does. */
  components?: Partial<Components>;
}

/** Multiply-adds in a slice of work: about 5 ms at one per nanosecond and a half. */
const SLICE = 2 ** 22;

/**
 * The reference backend.
 * @param options {@link CpuOptions}
 */
export function cpuBackend({
  precision: name = "float32",
  maxRows = 64,
  components,
}: CpuOptions = {}): Backend<CpuHandles> {
  const precision = precisionNamed(name);
  if (!Number.isInteger(maxRows) || maxRows < 1) {
    throw new ArgumentError({
      op: "cpuBackend",
      argument: "maxRows",
      expected: "a positive integer",
      got: `${maxRows}`,
    });
  }
  const nn: Components = { embed, rmsNorm, applyRope, attention, geglu, add, ...components };
  const queue = new WorkQueue();
  let isDisposed = false;
  const wait = ({ arriving }: CpuWeight) => arriving && queue.push(arriving);

  return {
    info: { name: "cpu", precision: name, maxRows, deterministic: true },

    ops: {
      embed(dst, table, ids, rows, scale) {
        const out = matrix(dst, into(rows));
        const span = ids.subarray(rows.from, rows.from + rows.count);
        wait(table);
        queue.push(() => nn.embed(span, table.stored, { scale, precision, out }));
      },

      rmsNorm(dst, x, norm, rows, eps) {
        const out = matrix(dst, into(rows));
        const source = matrix(x, rows);
        const { shape, normOffset } = norm;
        wait(norm);
        queue.push(() => {
          const weight = tensor(norm.stored.data as FloatArray, shape);
          nn.rmsNorm(source, weight, { eps, normOffset, precision, out });
        });
      },

      matmul(dst, x, weight, rows) {
        const out = matrix(dst, into(rows));
        const source = matrix(x, rows);
        const [F, D] = weight.shape;
        assertShape("matmul", "x", source, [rows.count, D]);
        assertShape("matmul", "dst", out, [rows.count, F]);
        if (rows.count === 0) return;
        wait(weight);
        const columns = Math.max(2, Math.floor(SLICE / (rows.count * D)) & ~1);
        for (let begin = 0; begin < F; begin += columns) {
          const end = Math.min(F, begin + columns);
          const { round } = precision;
          queue.push(() => matmulColumns(source, weight.stored, out, begin, end, round));
        }
      },

      rope(dst, x, span, heads, headDim, theta) {
        const out = headed(dst, into(span), headDim);
        const source = headed(x, span, headDim);
        assertShape("rope", "x", source, [span.count, heads, headDim]);
        queue.push(() => nn.applyRope(source, span.pos, { theta, precision, out }));
      },

      kvWrite(kv, layer, k, v, span) {
        const size = k.columns;
        const from = span.from * size;
        const to = from + span.count * size;
        queue.push(() => {
          kv.keys[layer].data.set(k.data.subarray(from, to), span.pos * size);
          kv.values[layer].data.set(v.data.subarray(from, to), span.pos * size);
        });
      },

      attention(dst, q, kv, layer, span, scale) {
        const k = kv.keys[layer];
        const v = kv.values[layer];
        const [S, K, H] = k.shape;
        const N = q.columns / H;
        const workPerRow = 2 * N * H * (span.pos + span.count);
        // Short contexts go by rows; in long ones a row is too long a slice, and goes head by head.
        const heads = workPerRow > SLICE ? 1 : N;
        for (const { from, count } of slices(span, workPerRow)) {
          const out = headed(dst, { from: into(span).from - span.from + from, count }, H);
          const source = headed(q, { from, count }, H);
          const pos = span.pos + from - span.from;
          for (let n = 0; n < N; n += heads) {
            const some = (x: NdArray) => (heads === N ? x : x.lo(0, n, 0).hi(count, 1, H));
            const its = (x: NdArray) =>
              heads === N ? x : x.lo(0, Math.floor((n * K) / N), 0).hi(S, 1, H);
            const options = { pos, scale, precision, out: some(out) };
            queue.push(() => nn.attention(some(source), its(k), its(v), options));
          }
        }
      },

      geglu(dst, gate, up, rows) {
        const workPerElement = 16; // a tanh costs as much as so many multiply-adds
        for (const { from, count } of slices(rows, workPerElement * gate.columns)) {
          const out = matrix(dst, { from: into(rows).from - rows.from + from, count });
          const g = matrix(gate, { from, count });
          const u = matrix(up, { from, count });
          queue.push(() => nn.geglu(g, u, { precision, out }));
        }
      },

      add(dst, x, y, rows) {
        const out = matrix(dst, into(rows));
        const a = matrix(x, rows);
        const b = matrix(y, rows);
        queue.push(() => nn.add(a, b, { precision, out }));
      },
    },

    alloc(label, rows, columns) {
      return { label, columns, data: precision.alloc(rows * columns) };
    },

    allocIds(length) {
      return new Int32Array(length);
    },

    createKV(config, options) {
      const { numHiddenLayers } = config;
      const layer = () => keysOrValues(config, options, precision.alloc);
      return {
        keys: Array.from({ length: numHiddenLayers }, layer),
        values: Array.from({ length: numHiddenLayers }, layer),
      };
    },

    async upload(source, signal) {
      const { weight, arrived } = uploadWhole(source, signal);
      await arrived;
      return weight;
    },

    uploadLater: uploadWhole,

    setIds(dst, ids) {
      const copy = Int32Array.from(ids);
      queue.push(() => dst.set(copy));
    },

    write(dst, data) {
      const copy = data.slice();
      queue.push(() => {
        for (let i = 0; i < copy.length; i++) dst.data[i] = precision.round(copy[i]);
      });
    },

    async read(src, { from, count }, signal) {
      if (isDisposed) throw disposed("read", "backend", "load the model again");
      let copy = precision.alloc(0);
      // Copied in its turn: whoever records next may overwrite the tensor before we wake.
      queue.push(() => {
        copy = src.data.slice(from * src.columns, (from + count) * src.columns);
      });
      await queue.drain(signal);
      return copy;
    },

    free() {}, // the garbage collector knows of all of it
    submit() {}, // nothing runs in the background: work is done when somebody reads

    dispose() {
      isDisposed = true;
    },
  };
}

/** The rows of `dst` that `rows` of a source go to. */
function into(rows: Rows): Rows {
  return { from: rows.into ?? rows.from, count: rows.count };
}

/** `rows` in portions of work short enough for the event loop's sake. */
function slices({ from, count }: Rows, workPerRow: number): Rows[] {
  const most = Math.max(1, Math.floor(SLICE / workPerRow));
  const portions: Rows[] = [];
  for (let row = 0; row < count; row += most) {
    portions.push({ from: from + row, count: Math.min(most, count - row) });
  }
  return portions;
}

/** Rows of `t` as [count, columns]. */
function matrix(t: CpuTensor, { from, count }: Rows): NdArray {
  return tensor(t.data, [count, t.columns], from * t.columns);
}

/** Rows of `t` as [count, heads, headDim]. */
function headed(t: CpuTensor, { from, count }: Rows, headDim: number): NdArray {
  return tensor(t.data, [count, t.columns / headDim, headDim], from * t.columns);
}

function keysOrValues(
  { numKeyValueHeads: K, headDim: H }: GemmaConfig,
  { contextLength }: KVOptions,
  alloc: (length: number) => FloatArray,
): NdArray {
  return tensor(alloc(contextLength * K * H), [contextLength, K, H]);
}

/** All rows at once: the stored bytes become the weight, without a copy. */
function uploadWhole(source: WeightSource, signal?: AbortSignal): Arriving<CpuWeight> {
  const { dtype, shape, normOffset = 1 } = source;
  const nothing: Stored = { dtype: "float64", shape, data: new Float64Array(0) };
  const weight: CpuWeight = { shape, normOffset, stored: nothing };
  const upload = async () => {
    const stored = storedFromBytes(await source.rows(0, shape[0], signal), dtype, shape);
    weight.stored = shape.length > 1 ? stored : widened(stored);
    weight.arriving = undefined;
  };
  weight.arriving = upload();
  return { weight, arrived: weight.arriving };
}

/** A norm weight has D numbers and is not worth keeping narrow. */
function widened(norm: Stored): Stored {
  const data = new Float64Array(norm.shape[0]);
  widenRow(norm, 0, data);
  return { dtype: "float64", shape: norm.shape, data };
}
