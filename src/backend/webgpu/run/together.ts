/**
 * Several calls of kernels that one dispatch does, recorded. Each still writes all that it would write by itself.
 * @module
 */
import type { Rows, Span } from "../../backend.ts";
import type { GpuGain, GpuKV, GpuMatrix, GpuTensor } from "../handles.ts";
import { COLUMNS, gridOf } from "../kernels/kernel.ts";
import { groupsOf } from "../kernels/matmul-few-rows.ts";
import type { Bound } from "./bind-groups.ts";
import type { Pipeline } from "./pipelines.ts";
import type { Recorder } from "./record.ts";

/** A call of `matmul` for one row, whose matrix lies in one chunk. */
export interface Product {
  readonly dst: GpuTensor;
  readonly x: GpuTensor;
  readonly matrix: GpuMatrix;
  readonly rows: Rows;
}

/** Calls of `rope` for q and for k, where they lie, and of `kvWrite` behind them. */
export interface RopeAndWrite {
  readonly q: GpuTensor;
  readonly k: GpuTensor;
  readonly v: GpuTensor;
  readonly layer: number;
  readonly spans: readonly Span<GpuKV>[];
  readonly theta: number;
}

/** x ← x + y, then `rmsNorm` of x. */
export interface AddAndNorm {
  readonly dst: GpuTensor;
  readonly x: GpuTensor;
  readonly y: GpuTensor;
  readonly gain: GpuGain;
  readonly rows: Rows;
  readonly eps: number;
}

export interface Together {
  /** Two or three products of the same row, each into a tensor of its own, with matrices of one format. */
  products(all: readonly Product[]): void;
  /** The products `gate` and `up` of a row, and `geglu` of them into `dst`. */
  gated(dst: GpuTensor, gate: Product, up: Product): void;
  ropeAndWrite(calls: RopeAndWrite): void;
  addAndNorm(calls: AddAndNorm): void;
}

export function recordedTogether({ commands, groups, library, angles }: Recorder): Together {
  function dispatch(
    pipeline: Pipeline,
    bound: readonly Bound[],
    grid: readonly [x: number, y: number],
    integers: readonly number[],
    floats?: readonly number[],
  ): void {
    commands.dispatch(pipeline, groups.of(pipeline, bound), grid, integers, floats);
  }

  return {
    products(all) {
      const [{ x, matrix, rows }] = all;
      const { two, three } = library.of(matrix.format);
      const { from, into = from } = rows;
      const integers = [from, into, 1, x.stride, matrix.blocks];
      const weights: Bound[] = [];
      let count = 0;
      for (const product of all) {
        const [chunk] = product.matrix.chunks;
        integers.push(product.dst.stride, chunk.begin, chunk.rows);
        weights.push(...boundOf(product));
        count += groupsOf(chunk.rows);
      }
      const results = all.map(({ dst }) => ({ memory: dst.memory }));
      const bound = [...results, { memory: x.memory }, ...weights];
      dispatch(all.length === 2 ? two : (three as Pipeline), bound, gridOf(count), integers);
    },

    gated(dst, gate, up) {
      const { x, matrix, rows } = gate;
      const { from, into = from } = rows;
      const results = [gate.dst, up.dst, dst].map(({ memory }) => ({ memory }));
      const bound = [...results, { memory: x.memory }, ...boundOf(gate), ...boundOf(up)];
      const F = matrix.chunks[0].rows;
      const integers = [from, into, x.stride, matrix.blocks, dst.stride, F];
      dispatch(library.of(matrix.format).gated, bound, gridOf(F), integers);
    },

    ropeAndWrite({ q, k, v, layer, spans, theta }) {
      for (const { from, count, pos, kv } of spans) {
        if (count === 0) continue;
        const { numKeyValueHeads: K, headDim: H } = kv.config;
        const N = q.columns / H;
        const table = angles.table(pos + count, H, theta);
        const { keys, values } = kv.layers[layer];
        const all = [q.memory, k.memory, keys, values, table.memory, v.memory];
        const bound = all.map((one) => ({ memory: one }));
        const grid = [Math.ceil(((N + K) * (H / 2) + K * H) / COLUMNS), count] as const;
        const places = [from, q.stride, k.stride, pos, pos, table.stride];
        dispatch(library.ropeAndWrite, bound, grid, [...places, N, K, H]);
      }
    },

    addAndNorm({ dst, x, y, gain, rows, eps }) {
      const { from, count, into = from } = rows;
      const bound = [dst, x, gain, y].map(({ memory }) => ({ memory }));
      dispatch(library.addAndNorm, bound, [count, 1], [from, into, x.columns, x.stride], [eps]);
    },
  };
}

/** The words of a product's matrix, and its scales. */
function boundOf({ matrix }: Product): Bound[] {
  const [{ words, scales }] = matrix.chunks;
  return scales ? [{ memory: words }, { memory: scales }] : [{ memory: words }];
}
