/**
 * The CPU backend: the definition every other backend is measured against. Each kernel is a call of its
 * component in nn/; only matmul and attention have faster twins, equal to the bit (matmul.ts, attention.ts).
 *
 * It runs in float64, float32 or bfloat16, on one thread. Work is recorded and done when read
 * (work-queue.ts), in slices short enough for the event loop to turn in between.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertInteger, POSITIVE } from "../../check.ts";
import { disposed, refusals } from "../../errors.ts";
import { attention } from "../../nn/attention.ts";
import { embed } from "../../nn/embedding.ts";
import { geglu } from "../../nn/geglu.ts";
import { linear } from "../../nn/linear.ts";
import { add } from "../../nn/residual.ts";
import { rmsNorm } from "../../nn/rmsnorm.ts";
import { applyRope } from "../../nn/rope.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import {
  assertPrecisionName,
  type Precision,
  type PrecisionName,
  precisionNamed,
} from "../../tensor/precision.ts";
import { assertShape, type FloatArray } from "../../tensor/tensor.ts";
import { BackendError, type KVOptions } from "../backend.ts";
import type { TrainingBackend } from "../backward.ts";
import type { Matmuls } from "../matmuls.ts";
import { WorkQueue } from "../work-queue.ts";
import { FEWEST_ROWS, tiledAttention } from "./attention.ts";
import { type BackwardComponents, cpuBackward } from "./backward.ts";
import {
  type CpuHandles,
  type CpuKV,
  type CpuWeight,
  copyPositions,
  headed,
  makeKV,
  matrix,
  regrowKV,
  uploadWhole,
} from "./handles.ts";
import { matmulColumns } from "./matmul.ts";
import { destination, FASTER, heads, perHead, slices, WORK } from "./slices.ts";

export type { BackwardComponents } from "./backward.ts";
export type { CpuHandles, CpuKV, CpuTensor, CpuWeight } from "./handles.ts";

/** The functions of nn/ that the kernels call. */
export interface Components {
  readonly embed: typeof embed;
  readonly rmsNorm: typeof rmsNorm;
  /** Its fast twin runs in its place, with the same bits, unless it is replaced. */
  readonly linear: typeof linear;
  readonly applyRope: typeof applyRope;
  /** Its fast twin runs in its place, with the same bits, unless it is replaced. */
  readonly attention: typeof attention;
  readonly geglu: typeof geglu;
  readonly add: typeof add;
}

/** Forward and back. */
export type AllComponents = Components & BackwardComponents;

const NN: Components = { embed, rmsNorm, linear, applyRope, attention, geglu, add };

/** How the reference backend computes. */
export interface CpuOptions {
  /** Arithmetic: where results are rounded when stored. Default float32. */
  precision?: PrecisionName;
  /** Rows of a pass. More rows reuse each widened weight more often. Default 64. */
  maxRows?: number;
  /** Replaces components: to try a change, or to put in a bug and see what it does. */
  components?: Partial<AllComponents>;
  /** Matmuls to compute with in place of its own: `simdMatmuls` of backend/wasm. Precision float32 only. */
  matmuls?: Matmuls;
}

const NAMES: OptionNames<CpuOptions> = {
  precision: true,
  maxRows: true,
  components: true,
  matmuls: true,
};
const COMPONENT_NAMES: OptionNames<AllComponents> = {
  embed: true,
  rmsNorm: true,
  linear: true,
  applyRope: true,
  attention: true,
  geglu: true,
  add: true,
  embedBackward: true,
  rmsNormBackward: true,
  applyRopeBackward: true,
  attentionBackward: true,
  gegluBackward: true,
  crossEntropyHead: true,
};
const KV_NAMES: OptionNames<KVOptions> = { positions: true };

/**
 * The reference backend.
 * @throws {ArgumentError} if an option is out of range.
 */
export function cpuBackend(options: CpuOptions = {}): TrainingBackend<CpuHandles> {
  assertOptions("cpuBackend", options, NAMES);
  const { precision: name = "float32", maxRows = 64, components = {}, matmuls } = options;
  assertOptions("cpuBackend", components, COMPONENT_NAMES);
  assertPrecisionName("cpuBackend", name);
  const precision = precisionNamed(name);
  const { round } = precision;
  assertInteger("cpuBackend", "maxRows", maxRows, POSITIVE);
  if (matmuls) assertMatmuls(matmuls, name);
  const replaced = given(components);
  const nn: Components = { ...NN, ...replaced };
  const queue = new WorkQueue("cpuBackend");
  let isDisposed = false;
  const alloc = allocator(precision);
  const awaitFirst = ({ arriving }: CpuWeight) => arriving && queue.push(arriving);

  return {
    info: { name: "cpu", precision: name, maxRows },

    ops: {
      embed(dst, table, ids, rows, scale) {
        const out = matrix(dst, destination(rows));
        const some = ids.subarray(rows.from, rows.from + rows.count);
        awaitFirst(table);
        queue.push(() => nn.embed(some, table.stored, { scale, precision, out }));
      },

      rmsNorm(dst, x, norm, rows, eps) {
        const out = matrix(dst, destination(rows));
        const source = matrix(x, rows);
        const { normOffset } = norm;
        awaitFirst(norm);
        queue.push(() => nn.rmsNorm(source, norm.gain, { eps, normOffset, precision, out }));
      },

      matmul(dst, x, weight, rows) {
        const out = matrix(dst, destination(rows));
        const source = matrix(x, rows);
        const [F, D] = weight.shape;
        assertShape("matmul", "x", source, [rows.count, D]);
        assertShape("matmul", "dst", out, [rows.count, F]);
        if (rows.count === 0) return;
        awaitFirst(weight);
        if (matmuls) {
          for (const some of slices(rows, (F * D) / FASTER)) {
            const [y, few] = [matrix(dst, destination(some)), matrix(x, some)];
            queue.push(() => matmuls.forward(y, few, weight.stored));
          }
          return;
        }
        if (nn.linear !== linear) {
          queue.push(() => nn.linear(source, weight.stored, { precision, out }));
          return;
        }
        // About WORK a slice; an even number, because a tile is two columns wide.
        const columns = Math.max(2, Math.floor(WORK / (rows.count * D)) & ~1);
        for (let begin = 0; begin < F; begin += columns) {
          const end = Math.min(F, begin + columns);
          queue.push(() => matmulColumns(source, weight.stored, out, begin, end, round));
        }
      },

      rope(dst, x, spans, heads, headDim, theta) {
        for (const span of spans) {
          const out = headed(dst, destination(span), headDim);
          const source = headed(x, span, headDim);
          assertShape("rope", "x", source, [span.count, heads, headDim]);
          queue.push(() => nn.applyRope(source, span.pos, { theta, precision, out }));
        }
      },

      // #region kv-write
      kvWrite(layer, k, v, spans) {
        for (const { from, count, pos, kv } of spans) {
          const put = (into: CpuKV["keys"], { data, columns }: typeof k) =>
            into[layer].data.set(
              data.subarray(from * columns, (from + count) * columns),
              pos * columns,
            );
          queue.push(() => {
            put(kv.keys, k);
            put(kv.values, v);
          });
        }
      },
      // #endregion

      attention(dst, q, layer, spans, scale) {
        for (const span of spans) {
          const { kv, pos } = span;
          const { headDim: H } = kv.config;
          const N = q.columns / H;
          const workPerRow = 2 * q.columns * (pos + span.count);
          for (const rows of slices(span, workPerRow)) {
            const out = headed(dst, destination(rows), H);
            const source = headed(q, rows, H);
            const first = pos + rows.from - span.from;
            // In a long context a row is too long a slice, and goes head by head.
            for (const n of perHead(N, workPerRow)) {
              queue.push(() => {
                const [k, v] = [kv.keys[layer], kv.values[layer]];
                const [z, query] = [heads(out, n, N), heads(source, n, N)];
                const options = { pos: first, scale, precision, out: z };
                const isTiled = nn.attention === attention && rows.count >= FEWEST_ROWS;
                const compute = isTiled ? tiledAttention : nn.attention;
                compute(query, heads(k, n, N), heads(v, n, N), options);
              });
            }
          }
        }
      },

      geglu(dst, gate, up, rows) {
        const workPerElement = 16; // a tanh costs as much as so many multiply-adds
        for (const some of slices(rows, workPerElement * gate.columns)) {
          const out = matrix(dst, destination(some));
          const [g, u] = [matrix(gate, some), matrix(up, some)];
          queue.push(() => nn.geglu(g, u, { precision, out }));
        }
      },

      add(dst, x, y, rows) {
        const out = matrix(dst, destination(rows));
        const [a, b] = [matrix(x, rows), matrix(y, rows)];
        queue.push(() => nn.add(a, b, { precision, out }));
      },
    },

    backward: cpuBackward({ queue, precision, matmuls, components: replaced }),

    alloc: (label, rows, columns) => ({ label, columns, data: alloc(label, rows * columns) }),
    allocIds: (length) => roomFor("ids", length, (count) => new Int32Array(count)),
    createKV(config, options) {
      assertOptions("createKV", options, KV_NAMES);
      return makeKV(config, options.positions, alloc);
    },
    reserve(kv, options) {
      assertOptions("reserve", options, KV_NAMES);
      const { positions } = options;
      queue.push(() => regrowKV(kv, positions, alloc));
    },
    copyKV(dst, src, count) {
      queue.push(() => copyPositions(dst, src, count));
    },
    async readKV(kv, layer, part, { from, count }, signal) {
      if (isDisposed) throw disposed("readKV", "backend", "load the model again");
      let copy = precision.alloc(0);
      queue.push(() => {
        const { data, stride } = kv[part][layer];
        copy = (data as FloatArray).slice(from * stride[0], (from + count) * stride[0]);
      });
      await queue.drain(signal);
      return copy;
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
        for (let i = 0; i < copy.length; i++) dst.data[i] = round(copy[i]);
      });
    },

    async read(src, { from, count }, signal) {
      if (isDisposed) throw disposed("read", "backend", "load the model again");
      let copy = precision.alloc(0);
      // Copied in its turn: later calls may overwrite the tensor before this one wakes.
      queue.push(() => {
        copy = src.data.slice(from * src.columns, (from + count) * src.columns);
      });
      await queue.drain(signal);
      return copy;
    },

    free() {}, // the garbage collector knows of all of it

    dispose() {
      isDisposed = true;
      queue.abandon(disposed("read", "backend", "load the model again"));
    },
  };
}

/** @throws {ArgumentError} unless they are matmuls, in a precision that they have. */
function assertMatmuls(matmuls: Matmuls, precision: PrecisionName): void {
  const { forward, input, weight } = Object(matmuls) as Partial<Matmuls>;
  const refuse = refusals("cpuBackend");
  if ([forward, input, weight].some((one) => typeof one !== "function")) {
    const expected = "Matmuls, as simdMatmuls() of gemma-reference/backend/wasm gives";
    throw refuse.argument("matmuls", expected, brief(matmuls));
  }
  if (precision === "float32") return;
  throw refuse.argument("precision", "float32 where there are matmuls", brief(precision));
}

/** The components that are there. @throws {ArgumentError} if one is no function. */
function given(components: Partial<AllComponents>): Partial<AllComponents> {
  const some = Object.entries(components).filter(([, component]) => component !== undefined);
  for (const [name, component] of some) {
    if (typeof component === "function") continue;
    const expected = `a function as ${name} of gemma-reference/nn`;
    throw refusals("cpuBackend").argument(`components.${name}`, expected, brief(component));
  }
  return Object.fromEntries(some);
}

/** Zeroed memory in the storage of `precision`, or the error that says what it was for. */
function allocator({ alloc }: Precision): (label: string, length: number) => FloatArray {
  return (label, length) => roomFor(label, length, alloc);
}

function roomFor<T>(label: string, length: number, alloc: (length: number) => T): T {
  try {
    return alloc(length);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause; // a typed array throws it when memory is out
    const hint = "ask for a shorter context, or free what is no longer used";
    const expected = `room for ${length} numbers`;
    const got = "not enough memory";
    const details = { op: "cpuBackend", argument: label, expected, got, hint };
    throw new BackendError({ ...details, kind: "memory", label }, { cause });
  }
}
