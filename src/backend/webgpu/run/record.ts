/**
 * The eight kernels, recorded: which pipeline, which buffers, which grid.
 * @module
 */
import { refusals } from "../../../errors.ts";
import type { Ops, Rows } from "../../backend.ts";
import type { GpuChunk, GpuMatrix, GpuTensor, WebgpuHandles } from "../handles.ts";
import { MOST_HEAD_DIM } from "../kernels/attention.ts";
import { EIGHTS } from "../kernels/embed.ts";
import { COLUMNS, gridOf } from "../kernels/kernel.ts";
import { WEIGHT_ROWS } from "../kernels/matmul-few-rows.ts";
import { TILE } from "../kernels/matmul-tile.ts";
import type { Angles } from "./angles.ts";
import type { BindGroups, Bound } from "./bind-groups.ts";
import type { Commands } from "./commands.ts";
import type { Library } from "./library.ts";
import type { Memory } from "./memory.ts";
import type { Pipeline } from "./pipelines.ts";
import { windows } from "./windows.ts";

/** From so many rows of x on, a matmul goes by tiles. */
const MANY_ROWS = 17;

export interface Recorder {
  readonly commands: Commands;
  readonly groups: BindGroups;
  readonly library: Library;
  readonly memory: Memory;
  readonly angles: Angles;
}

type Dev = WebgpuHandles;

export function recordedOps(recorder: Recorder): Ops<Dev> {
  const { commands, groups, library, angles } = recorder;

  function dispatch(
    pipeline: Pipeline,
    bound: readonly Bound[],
    grid: readonly [x: number, y: number, z?: number],
    integers: readonly number[],
    floats?: readonly number[],
  ): void {
    commands.dispatch(pipeline, groups.of(pipeline, bound), grid, integers, floats);
  }

  /** Calls `work` for each window of the rows. */
  function inWindows(
    { from, count, into = from }: Rows,
    dst: GpuTensor,
    sources: readonly GpuTensor[],
    work: (bound: BoundRows) => void,
  ): void {
    for (const window of windows(recorder.memory.mostBound, [dst, ...sources], count)) {
      const to = window.at(dst, into);
      const all = sources.map((source) => window.at(source, from));
      work({
        dst: to.bound,
        sources: all.map(({ bound }) => bound),
        from: all[0]?.row ?? from + window.begin,
        into: to.row,
        count: window.count,
      });
    }
  }

  /** One invocation a number: add and geglu. */
  function elementwise(
    pipeline: Pipeline,
    rows: Rows,
    dst: GpuTensor,
    sources: readonly GpuTensor[],
  ): void {
    const { columns, stride } = dst;
    inWindows(rows, dst, sources, (w) => {
      const grid = [Math.ceil(columns / COLUMNS), w.count] as const;
      dispatch(pipeline, [w.dst, ...w.sources], grid, [w.from, w.into, columns, stride]);
    });
  }

  function chunked(matrix: GpuMatrix, work: (chunk: GpuChunk, bound: Bound[]) => void): void {
    for (const chunk of matrix.chunks) {
      const scales = chunk.scales ? [{ memory: chunk.scales }] : [];
      work(chunk, [{ memory: chunk.words }, ...scales]);
    }
  }

  return {
    embed(dst, table, ids, rows, scale) {
      const matrix = asMatrix("embed", table);
      const { columns, stride } = dst;
      const pipeline = library.of(matrix.format).embed;
      inWindows(rows, dst, [], (w) => {
        const grid = [Math.ceil(columns / (8 * EIGHTS)), w.count] as const;
        chunked(matrix, (chunk, bound) => {
          const { begin, rows: held } = chunk;
          const places = [w.from, w.into, columns, stride];
          const all = [w.dst, { memory: ids }, ...bound];
          dispatch(pipeline, all, grid, [...places, begin, held, matrix.blocks], [scale]);
        });
      });
    },

    rmsNorm(dst, x, weight, rows, eps) {
      if (weight.kind !== "gain") {
        throw refusals("rmsNorm").argument("weight", "a vector [D]", "a matrix");
      }
      const { columns, stride } = x;
      inWindows(rows, dst, [x], (w) => {
        const bound = [w.dst, ...w.sources, { memory: weight.memory }];
        dispatch(library.rmsNorm, bound, [w.count, 1], [w.from, w.into, columns, stride], [eps]);
      });
    },

    matmul(dst, x, weight, rows) {
      const matrix = asMatrix("matmul", weight);
      const { tiles, oneRow, fourRows } = library.of(matrix.format);
      inWindows(rows, dst, [x], (w) => {
        chunked(matrix, (chunk, bound) => {
          const strides = [x.stride, dst.stride] as const;
          const integers = [w.from, w.into, w.count, ...strides, chunk.begin, chunk.rows];
          const all = [w.dst, ...w.sources, ...bound];
          const few = gridOf(Math.ceil(chunk.rows / WEIGHT_ROWS));
          const params = [...integers, matrix.blocks];
          if (w.count >= MANY_ROWS) {
            const grid = [Math.ceil(chunk.rows / TILE), Math.ceil(w.count / TILE)] as const;
            dispatch(tiles, all, grid, params);
          } else if (w.count === 1) dispatch(oneRow, all, few, params);
          else dispatch(fourRows, all, [...few, Math.ceil(w.count / 4)], params);
        });
      });
    },

    rope(dst, x, spans, heads, headDim, theta) {
      const pairs = (heads * headDim) / 2;
      for (const span of spans) {
        const { from, count, into = from, pos } = span;
        if (count === 0) continue;
        const table = { memory: angles.table(pos + count, headDim, theta) };
        const grid = [Math.ceil(pairs / COLUMNS), count] as const;
        const integers = [from, into, x.stride, pos, heads, headDim];
        const to = { memory: dst.memory };
        if (dst === x) dispatch(library.ropeInPlace, [to, table], grid, integers);
        else dispatch(library.rope, [to, table, { memory: x.memory }], grid, integers);
      }
    },

    kvWrite(layer, k, v, spans) {
      for (const { from, count, pos, kv } of spans) {
        if (count === 0) continue;
        const { keys, values } = kv.layers[layer];
        const bound = [keys, values, k.memory, v.memory].map((memory) => ({ memory }));
        const grid = [Math.ceil(k.columns / COLUMNS), count] as const;
        dispatch(library.kvWrite, bound, grid, [from, k.columns, k.stride, pos]);
      }
    },

    attention(dst, q, layer, spans, scale) {
      for (const { from, count, into = from, pos, kv } of spans) {
        if (count === 0) continue;
        const { numKeyValueHeads: K, headDim: H } = kv.config;
        if (H > MOST_HEAD_DIM) {
          const most = `a head of at most ${MOST_HEAD_DIM}`;
          throw refusals("attention").unsupported(
            "headDim",
            most,
            H,
            'backend "wasm" has no limit',
          );
        }
        const N = q.columns / H;
        const { keys, values } = kv.layers[layer];
        const bound = [dst.memory, q.memory, keys, values].map((memory) => ({ memory }));
        const integers = [from, into, q.stride, pos, N, K, H];
        dispatch(library.attention, bound, [N, count], integers, [scale]);
      }
    },

    geglu: (dst, gate, up, rows) => elementwise(library.geglu, rows, dst, [gate, up]),

    add(dst, x, y, rows) {
      if (dst === x) elementwise(library.addInPlace, rows, dst, [y]);
      else elementwise(library.add, rows, dst, [y, x]);
    },
  };
}

/** Some rows. `from` and `into` count from where the buffers are bound; without sources, `from` counts ids. */
interface BoundRows {
  readonly dst: Bound;
  readonly sources: readonly Bound[];
  readonly from: number;
  readonly into: number;
  readonly count: number;
}

function asMatrix(op: string, weight: Dev["weight"]): GpuMatrix {
  if (weight.kind === "matrix") return weight;
  throw refusals(op).argument("weight", "a matrix [F, D]", "a vector");
}
