/**
 * The eight kernels as commands: from handles to addresses, cut into chunks.
 * @module
 */
import type { Ops, Rows } from "../../backend.ts";
import { isInteger } from "../formats/int8/formats.ts";
import type { WasmGain, WasmHandles, WasmKV, WasmMatrix, WasmTensor } from "../handles.ts";
import { HEAD_MULTIPLE, QUERIES } from "../kernels/attention.ts";
import { LAYOUT } from "../layout.ts";
import type { Angles } from "./angles.ts";
import type { At, CacheLayer, HeadLayout } from "./command.ts";
import type { Rooms } from "./rooms.ts";
import type { Schedule } from "./schedule.ts";

/** What the kernels are recorded with. */
export interface Recording {
  readonly schedule: Schedule;
  readonly rooms: Rooms;
  readonly angles: Angles;
  /** Threads that take the chunks. */
  threads(): number;
}

/** Numbers of a chunk of a kernel that does little with each: tens of microseconds. */
const LIGHT = 2 ** 15;
/** As many of one whose kernel takes an exponential of each. */
const HEAVY = 2 ** 13;
/** Bytes of weights that a chunk of the matmul of one row reads, if each thread has four: each begins a new stream. */
const ONE_ROW_BYTES = 2 ** 21;
/** Groups of rows of W that a chunk of the matmul of many rows takes. */
const MANY_ROWS_GROUPS = 8;
/** Multiply-adds of a chunk of attention. */
const ATTENTION = 2 ** 21;

/** Rows of `t` from row `first` on. */
export function rowsAt({ place, stride }: WasmTensor, first: number): At {
  return { at: place.at + first * stride, stride };
}

/** How a position lies in the caches of `kv`. */
export function headLayout({ config }: WasmKV): HeadLayout {
  const { numKeyValueHeads: heads, headDim: columns } = config;
  return { heads, columns, padded: Math.ceil(columns / HEAD_MULTIPLE) * HEAD_MULTIPLE };
}

/** The addresses of a layer. */
export function cacheLayer(kv: WasmKV, layer: number): CacheLayer {
  const { place, bytes } = kv.layers[layer];
  return { memory: place.memory, keys: place.at, values: place.at + bytes };
}

/** How many of `all` a chunk takes, at `work` each, to come to `most`. */
function portion(all: number, work: number, most: number): { chunks: number; perChunk: number } {
  const perChunk = Math.max(1, Math.min(all, Math.floor(most / work)));
  return { chunks: Math.ceil(all / perChunk), perChunk };
}

export function recordedOps({ schedule, rooms, angles, threads }: Recording): Ops<WasmHandles> {
  const source = (t: WasmTensor, { from }: Rows) => rowsAt(t, from);
  const target = (t: WasmTensor, { from, into = from }: Rows) => {
    t.version++;
    return rowsAt(t, into);
  };
  const vectorsOf = ({ stride }: WasmTensor) => stride / 16;

  /** Packs rows of `x` as `matrix` wants them, in `memory`, unless they lie there already. → their address. */
  function packed(x: WasmTensor, matrix: WasmMatrix, memory: number, { from, count }: Rows) {
    const { pieceVectors, stride } = LAYOUT.formats[matrix.dtype];
    const vectors = matrix.pieces * pieceVectors;
    const { tile } = LAYOUT;
    const rows = count === 1 ? 1 : Math.ceil(count / tile) * tile;
    const room = rooms.packed(memory, 16 * vectors * rows);
    const of = [x.place.at, x.version, from, count, stride, vectors].join();
    if (room.of !== of) {
      room.of = of;
      const scratch = rooms.scratch(memory, 16 * vectors);
      const command = { memory, scratch, x: rowsAt(x, from), rows: count };
      const chunks = portion(count, x.columns, LIGHT);
      const sizes = { columns: x.columns, vectors, stride, to: room.place.at };
      const touched = { reads: [x], writes: [room] };
      schedule.add({ kind: "pack", ...command, ...sizes, ...chunks }, touched);
    }
    return room;
  }

  /** As {@link packed}, for a matrix whose products are integers. */
  function quantized(x: WasmTensor, { dtype, pieces }: WasmMatrix, memory: number, rows: Rows) {
    const { from, count } = rows;
    const { columns, formats, tile } = LAYOUT.int8;
    const { products, rowBytes, blocks: perPiece } = formats[dtype];
    const blocks = pieces * perPiece;
    const padded = count === 1 ? 1 : Math.ceil(count / tile) * tile;
    const room = rooms.packed(memory, rowBytes * blocks * padded);
    const of = [products, x.place.at, x.version, from, count, blocks].join();
    if (room.of !== of) {
      room.of = of;
      const scratch = rooms.scratch(memory, 4 * columns * blocks);
      const where = { memory, scratch, x: rowsAt(x, from), rows: count };
      const chunks = portion(count, x.columns, HEAVY);
      const touched = { reads: [x], writes: [room] };
      const what = { products, rowBytes, blocks, to: room.place.at };
      schedule.add({ kind: "quantize", ...where, ...what, ...chunks }, touched);
    }
    return room;
  }

  /** Bytes of scratch for `groups` groups of W and `count` rows of x: results, sums, widened weights. */
  function scratchOf({ dtype, pieces }: WasmMatrix, groups: number, count: number) {
    const { group, tile, tileBytes, block, int8 } = LAYOUT;
    const columns = group * groups;
    if (count === 1) return { y: 4 * columns, all: 4 * columns };
    if (isInteger(dtype)) {
      const padded = group * int8.groups * Math.ceil(groups / int8.groups);
      const y = 4 * padded * int8.tile * Math.ceil(count / int8.tile);
      const { wideBytes, blocks } = int8.formats[dtype];
      return { y, all: y + wideBytes * Math.min(int8.blocks, pieces * blocks) };
    }
    const tiles = Math.ceil(count / tile);
    const y = 4 * columns * tile * tiles;
    const sums = (columns / 2) * tiles * tileBytes;
    const { pieceVectors, pairBytes } = LAYOUT.formats[dtype];
    const wide = (columns / 2) * pairBytes * Math.min(block / pieceVectors, pieces);
    const units = 4 * columns;
    return { y, all: y + sums + units + wide };
  }

  return {
    embed(dst, table, ids, rows, scale) {
      if (rows.count === 0) return;
      const { dtype, parts, columns, pieces } = table as WasmMatrix;
      const { pieceVectors } = LAYOUT.formats[dtype];
      const bytes = 16 * LAYOUT.group * pieces * pieceVectors;
      const scratch: ReturnType<typeof rooms.scratch>[] = [];
      for (const { memory } of parts) scratch[memory] = rooms.scratch(memory, bytes);
      const some = Array.from(ids.subarray(rows.from, rows.from + rows.count));
      const what = { dst: target(dst, rows), dtype, parts, scratch, ids: some, columns, pieces };
      const chunks = portion(rows.count, columns * LAYOUT.group, LIGHT);
      schedule.add({ kind: "embed", ...what, scale, ...chunks }, { reads: [], writes: [dst] });
    },

    rmsNorm(dst, x, weight, rows, eps) {
      if (rows.count === 0) return;
      const { columns, place } = weight as WasmGain;
      const what = { dst: target(dst, rows), x: source(x, rows), rows: rows.count, columns };
      const chunks = portion(rows.count, columns, LIGHT);
      const command = { kind: "rmsNorm", ...what, gain: place.at, eps, ...chunks } as const;
      schedule.add(command, { reads: [x], writes: [dst] });
    },

    matmul(dst, x, weight, rows) {
      const { count } = rows;
      if (count === 0) return;
      const matrix = weight as WasmMatrix;
      const { dtype, pieces, parts } = matrix;
      const { pieceBytes } = LAYOUT.formats[dtype];
      const pack = isInteger(dtype) ? quantized : packed;
      const to = target(dst, rows);
      for (const { memory, at, begin, rows: partRows } of parts) {
        const room = pack(x, matrix, memory, rows);
        const groups = Math.ceil(partRows / LAYOUT.group);
        const isOne = count === 1;
        const groupBytes = pieces * pieceBytes;
        const most = Math.min(ONE_ROW_BYTES, (groups * groupBytes) / (4 * threads()));
        const chunks = isOne
          ? portion(groups, groupBytes, most)
          : portion(groups, 1, Math.min(MANY_ROWS_GROUPS, Math.ceil(groups / threads())));
        const bytes = scratchOf(matrix, chunks.perChunk, count);
        const scratch = rooms.scratch(memory, bytes.all);
        const homeScratch = rooms.scratch(0, bytes.y);
        const where = { memory, scratch, homeScratch, dst: to, dtype, w: at, begin, groups };
        const what = { pieces, x: room.place.at, rows: count };
        const touched = { reads: [room], writes: [dst] };
        schedule.add({ kind: "matmul", ...where, ...what, ...chunks }, touched, to);
      }
    },

    rope(dst, x, spans, heads, headDim, theta) {
      for (const span of spans) {
        if (span.count === 0) continue;
        const rows = Array.from({ length: span.count }, (_, r) =>
          angles.at(span.pos + r, headDim, theta),
        );
        const what = { dst: target(dst, span), x: source(x, span), heads, half: headDim / 2 };
        const chunks = portion(span.count, heads * headDim, LIGHT);
        const command = { kind: "rope", ...what, angles: rows, ...chunks } as const;
        schedule.add(command, { reads: [x], writes: [dst] });
      }
    },

    kvWrite(layer, k, v, spans) {
      for (const span of spans) {
        if (span.count === 0) continue;
        const { kv, count, pos } = span;
        const where = { ...cacheLayer(kv, layer), ...headLayout(kv) };
        const what = { k: source(k, span), v: source(v, span), rows: count, position: pos };
        const touched = { reads: [k, v], writes: [kv.layers[layer]] };
        schedule.add({ kind: "kvWrite", ...where, ...what, chunks: 1, perChunk: 1 }, touched);
      }
    },

    attention(dst, q, layer, spans, scale) {
      const call = {};
      for (const span of spans) {
        if (span.count === 0) continue;
        const { kv, count, pos } = span;
        const where = { ...cacheLayer(kv, layer), ...headLayout(kv) };
        const { numAttentionHeads, numKeyValueHeads } = kv.config;
        const group = numAttentionHeads / numKeyValueHeads;
        // As many queries share a block of keys as a chunk has, but few chunks would leave threads idle.
        const wanted = 2 * threads();
        const perHead = wanted <= where.heads * count ? group : Math.min(group, QUERIES);
        const rowWork = 2 * perHead * where.padded * (pos + count);
        const perChunk = Math.max(
          1,
          Math.min(
            Math.ceil(count / QUERIES) * QUERIES,
            Math.floor(ATTENTION / (rowWork * QUERIES)) * QUERIES,
            Math.ceil(count / (wanted * QUERIES)) * QUERIES,
          ),
        );
        const blocks = Math.ceil(count / perChunk);
        const chunks = blocks * where.heads * Math.ceil(group / perHead);
        const queries = perChunk * perHead + QUERIES;
        const bytes = 4 * queries * (2 * where.padded + pos + count + QUERIES);
        const scratch = rooms.scratch(where.memory, bytes);
        const rows = { dst: target(dst, span), q: source(q, span), rows: count, position: pos };
        const what = { group, perHead, scale, scratch, chunks, perChunk };
        const touched = { reads: [q, kv.layers[layer]], writes: [dst] };
        schedule.add({ kind: "attention", ...where, ...rows, ...what }, touched, call);
      }
    },

    geglu(dst, gate, up, rows) {
      if (rows.count === 0) return;
      const { count } = rows;
      const vectors = vectorsOf(dst);
      const { chunks, perChunk } = portion(vectors, 4, HEAVY);
      const sources = { gate: source(gate, rows), up: source(up, rows) };
      const what = { dst: target(dst, rows), ...sources, vectors };
      const command = { kind: "geglu", ...what, chunks: count * chunks, perChunk } as const;
      schedule.add(command, { reads: [gate, up], writes: [dst] });
    },

    add(dst, x, y, rows) {
      if (rows.count === 0) return;
      const sources = { x: source(x, rows), y: source(y, rows) };
      const what = { dst: target(dst, rows), ...sources, rows: rows.count };
      const chunks = portion(rows.count, dst.columns, LIGHT);
      const command = { kind: "add", ...what, vectors: vectorsOf(dst), ...chunks } as const;
      schedule.add(command, { reads: [x, y], writes: [dst] });
    },
  };
}
