/**
 * The eight kernels, recorded: which pipeline, which buffers, which grid, and the numbers of `params` in the order in which
 * the kernel declares them.
 * @module
 */
import { refusals } from "../../../errors.ts";
import type { Ops, Rows } from "../../backend.ts";
import type { GpuChunk, GpuMatrix, GpuTensor, WebgpuHandles } from "../handles.ts";
import { splitNumbers, splitsFor } from "../kernels/attention.ts";
import { EIGHTS } from "../kernels/embed.ts";
import { COLUMNS, gridOf } from "../kernels/kernel.ts";
import { groupsOf } from "../kernels/matmul-few-rows.ts";
import { tilesFor } from "../kernels/matmul-tile.ts";
import type { Angles } from "./angles.ts";
import type { BindGroups, Bound } from "./bind-groups.ts";
import type { Commands } from "./commands.ts";
import type { Library } from "./library.ts";
import type { Memory } from "./memory.ts";
import type { Pipeline } from "./pipelines.ts";
import { Room } from "./room.ts";
import { type BoundRows, inWindows, type Window } from "./windows.ts";

/** From so many rows of x on, a matmul goes by tiles. */
const MANY_ROWS = 17;

/** What calls of kernels are made of. */
export interface Recorder {
  readonly commands: Commands;
  readonly groups: BindGroups;
  readonly library: Library;
  readonly memory: Memory;
  readonly angles: Angles;
}

export function recordedOps(recorder: Recorder): Ops<WebgpuHandles> {
  const { commands, groups, library, memory, angles } = recorder;
  const splitRoom = new Room("splits of attention", memory, commands, groups);

  function dispatch(
    pipeline: Pipeline,
    bound: readonly Bound[],
    grid: readonly [x: number, y: number, z?: number],
    integers: readonly number[],
    floats?: readonly number[],
  ): void {
    commands.dispatch(pipeline, groups.of(pipeline, bound), grid, integers, floats);
  }

  /** Calls `work` for rows of `dst` and the same of the sources, in windows. */
  function overRows(
    { from, count, into = from }: Rows,
    dst: GpuTensor,
    sources: readonly GpuTensor[],
    work: (rows: readonly BoundRows[], window: Window) => void,
  ): void {
    const all = [{ tensor: dst, first: into }];
    for (const tensor of sources) all.push({ tensor, first: from });
    inWindows(memory.mostBound, count, all, work);
  }

  /** One invocation a number: add and geglu. */
  function elementwise(
    pipeline: Pipeline,
    rows: Rows,
    dst: GpuTensor,
    sources: readonly GpuTensor[],
  ): void {
    const { columns, stride } = dst;
    overRows(rows, dst, sources, (all, { count }) => {
      const grid = [Math.ceil(columns / COLUMNS), count] as const;
      const [to, source] = all;
      dispatch(pipeline, all.map(boundOf), grid, [source.row, to.row, columns, stride]);
    });
  }

  /** Calls `work` for each chunk of a matrix, with its words and scales as they are bound. */
  function overChunks(matrix: GpuMatrix, work: (chunk: GpuChunk, weights: Bound[]) => void): void {
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
      overRows(rows, dst, [], ([to], { begin, count }) => {
        const grid = [Math.ceil(columns / (8 * EIGHTS)), count] as const;
        const places = [rows.from + begin, to.row, columns, stride];
        overChunks(matrix, (chunk, weights) => {
          const bound = [to.bound, { memory: ids }, ...weights];
          const integers = [...places, chunk.begin, chunk.rows, matrix.blocks];
          dispatch(pipeline, bound, grid, integers, [scale]);
        });
      });
    },

    rmsNorm(dst, x, weight, rows, eps) {
      if (weight.kind !== "gain") {
        throw refusals("rmsNorm").argument("weight", "a vector [D]", "a matrix");
      }
      const { columns, stride } = x;
      overRows(rows, dst, [x], ([to, source], { count }) => {
        const bound = [to.bound, source.bound, { memory: weight.memory }];
        const integers = [source.row, to.row, columns, stride];
        dispatch(library.rmsNorm, bound, [count, 1], integers, [eps]);
      });
    },

    matmul(dst, x, weight, rows) {
      const matrix = asMatrix("matmul", weight);
      const kernels = library.of(matrix.format);
      overRows(rows, dst, [x], ([to, source], { count }) => {
        const places = [source.row, to.row, count, x.stride, matrix.blocks, dst.stride];
        overChunks(matrix, (chunk, weights) => {
          const bound = [to.bound, source.bound, ...weights];
          const integers = [...places, chunk.begin, chunk.rows];
          const few = gridOf(groupsOf(chunk.rows));
          if (count >= MANY_ROWS) {
            const { name, grid } = tilesFor(count, chunk.rows);
            dispatch(kernels[name], bound, grid, integers);
          } else if (count === 1) dispatch(kernels.oneRow, bound, few, integers);
          else dispatch(kernels.fourRows, bound, [...few, Math.ceil(count / 4)], integers);
        });
      });
    },

    rope(dst, x, spans, heads, headDim, theta) {
      const pairs = (heads * headDim) / 2;
      const isInPlace = dst === x;
      const pipeline = isInPlace ? library.ropeInPlace : library.rope;
      for (const { from, count, into = from, pos } of spans) {
        if (count === 0) continue;
        const table = angles.table(pos + count, headDim, theta);
        const all = [
          { tensor: dst, first: into },
          { tensor: table, first: pos },
        ];
        if (!isInPlace) all.push({ tensor: x, first: from });
        inWindows(memory.mostBound, count, all, (rows, window) => {
          const [to, angle, source = to] = rows;
          const grid = [Math.ceil(pairs / COLUMNS), window.count] as const;
          const integers = [source.row, to.row, x.stride, angle.row, table.stride, heads, headDim];
          dispatch(pipeline, rows.map(boundOf), grid, integers);
        });
      }
    },

    kvWrite(layer, k, v, spans) {
      const { columns, stride } = k;
      for (const { from, count, pos, kv } of spans) {
        const { keys, values } = kv.layers[layer];
        const all = [k, v].map((tensor) => ({ tensor, first: from }));
        inWindows(memory.mostBound, count, all, ([key, value], window) => {
          const bound = [{ memory: keys }, { memory: values }, key.bound, value.bound];
          const grid = [Math.ceil(columns / COLUMNS), window.count] as const;
          const integers = [key.row, columns, stride, pos + window.begin, kv.config.headDim];
          dispatch(library.kvWrite, bound, grid, integers);
        });
      }
    },

    attention(dst, q, layer, spans, scale) {
      for (const span of spans) {
        const { pos, kv } = span;
        const { numKeyValueHeads: K, headDim: H } = kv.config;
        const N = q.columns / H;
        const { keys, values } = kv.layers[layer];
        overRows(span, dst, [q], ([to, query], { begin, count }) => {
          const bound = [to.bound, query.bound, { memory: keys }, { memory: values }];
          const { span: positions, splits } = splitsFor(N * count, pos + begin + count);
          const integers = [query.row, to.row, q.stride, pos + begin, N, K, H, positions];
          if (splits === 1) {
            dispatch(library.attention, bound, [N, count], integers, [scale]);
            return;
          }
          const found = { memory: splitRoom.atLeast(4 * splits * count * N * splitNumbers(H)) };
          const [, ...sources] = bound;
          dispatch(library.attention, [found, ...sources], [N, count, splits], integers, [scale]);
          const merged = [to.row, dst.stride, H, splits];
          dispatch(library.attentionOfSplits, [to.bound, found], [N, count], merged);
        });
      }
    },

    geglu: (dst, gate, up, rows) => elementwise(library.geglu, rows, dst, [gate, up]),

    add(dst, x, y, rows) {
      if (dst === x) elementwise(library.addInPlace, rows, dst, [y]);
      else elementwise(library.add, rows, dst, [y, x]);
    },
  };
}

function boundOf({ bound }: BoundRows): Bound {
  return bound;
}

function asMatrix(op: string, weight: WebgpuHandles["weight"]): GpuMatrix {
  if (weight.kind === "matrix") return weight;
  throw refusals(op).argument("weight", "a matrix [F, D]", "a vector");
}
