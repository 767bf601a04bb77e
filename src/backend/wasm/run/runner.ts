/**
 * Does commands, chunk by chunk: on the main thread, or in a worker.
 *
 * `createRunner` names nothing outside itself, types apart: its source text is what a worker is started with
 * (worker.ts), so that it runs from TypeScript, from a package and from any bundle alike.
 * @module
 */
import type {
  AddCommand,
  AttentionCommand,
  Command,
  EmbedCommand,
  GegluCommand,
  KvWriteCommand,
  Layout,
  MatmulCommand,
  MoveCommand,
  PackCommand,
  Phase,
  QuantizeCommand,
  ReadCommand,
  RmsNormCommand,
  RopeCommand,
  WriteCommand,
} from "./command.ts";

/** One of the threads, with its instances of the kernels. */
export interface Runner {
  /** Takes a memory over, under its number. */
  add(index: number, memory: WebAssembly.Memory): void;
  /** Forgets a memory. */
  drop(index: number): void;
  /** Does one chunk of a phase. What is read goes to `results`. */
  run(phase: Phase, chunk: number, results: Float32Array[]): void;
}

export function createRunner(thread: number, module: WebAssembly.Module, layout: Layout): Runner {
  type Kernels = Record<string, (...args: number[]) => number>;
  interface Area {
    readonly memory: WebAssembly.Memory;
    readonly kernels: Kernels;
    bytes: Uint8Array;
    floats: Float32Array;
  }
  const areas: Area[] = [];

  /** A memory with views of all of it: growing it makes others necessary. */
  function area(index: number): Area {
    const one = areas[index];
    if (one.bytes.buffer !== one.memory.buffer) {
      one.bytes = new Uint8Array(one.memory.buffer);
      one.floats = new Float32Array(one.memory.buffer);
    }
    return one;
  }

  const rowsOf = (chunk: number, perChunk: number, all: number) => {
    const begin = chunk * perChunk;
    return { begin, end: Math.min(all, begin + perChunk) };
  };

  function embed(command: EmbedCommand, chunk: number): void {
    const { dst, dtype, parts, ids, columns, pieces, scale } = command;
    const { pieceBytes, pieceVectors, stride } = layout.formats[dtype];
    const groupBytes = pieces * pieceBytes;
    const pairBytes = 2 * 16 * pieces * pieceVectors;
    const home = area(0);
    const { begin, end } = rowsOf(chunk, command.perChunk, ids.length);
    for (let r = begin; r < end; r++) {
      const id = ids[r];
      const part = parts.find((one) => id < one.begin + one.rows) as (typeof parts)[number];
      const { kernels, floats } = area(part.memory);
      const scratch = command.scratch[part.memory];
      const wide = scratch.at + thread * scratch.bytes;
      const row = id - part.begin;
      const group = Math.floor(row / layout.group);
      kernels[`widen_${dtype}`](part.at + group * groupBytes, wide, pieces, pairBytes);
      // Rows 0 and 1 of the group take turns in the first pair, rows 2 and 3 in the second.
      const first = (wide + ((row >> 1) & 1) * pairBytes) / 4 + (row & 1) * 4;
      const to = (dst.at + r * dst.stride) / 4;
      for (let c = 0; c < columns; c++) {
        const within = c % (4 * stride);
        const vector = ((c - within) / (4 * stride)) * stride + (within % stride);
        const lane = Math.floor(within / stride);
        home.floats[to + c] = floats[first + 8 * vector + lane] * scale;
      }
    }
  }

  function rmsNorm(command: RmsNormCommand, chunk: number): void {
    const { dst, x, columns, gain, eps } = command;
    const { kernels } = area(0);
    const { begin, end } = rowsOf(chunk, command.perChunk, command.rows);
    const vectors = Math.ceil(columns / 4);
    for (let r = begin; r < end; r++) {
      kernels.rmsNorm(dst.at + r * dst.stride, x.at + r * x.stride, gain, vectors, columns, eps);
    }
  }

  function pack(command: PackCommand, chunk: number): void {
    const { memory, x, columns, vectors, stride, to, scratch, rows } = command;
    const home = area(0);
    const { kernels, bytes, floats } = area(memory);
    const padded = 16 * vectors;
    const isThere = memory === 0 && 4 * columns === padded;
    const staged = scratch.at + thread * scratch.bytes;
    const { begin, end } = rowsOf(chunk, command.perChunk, rows);
    if (!isThere) floats.fill(0, staged / 4 + columns, (staged + padded) / 4);
    for (let r = begin; r < end; r++) {
      let from = x.at + r * x.stride;
      if (!isThere) {
        bytes.set(home.bytes.subarray(from, from + 4 * columns), staged);
        from = staged;
      }
      const tile = Math.floor(r / layout.tile);
      const place =
        rows === 1 ? to : to + layout.tile * padded * tile + 16 * (r - tile * layout.tile);
      const step = rows === 1 ? 16 : 16 * layout.tile;
      kernels[`packRow_${stride}`](from, place, vectors / stride, step);
    }
  }

  /** Rows of x in blocks of integers: one by itself, or in tiles. */
  function quantize(command: QuantizeCommand, chunk: number): void {
    const { memory, x, blocks, to, scratch, rows, products, rowBytes } = command;
    const { columns, tile } = layout.int8;
    const home = area(0);
    const { kernels, bytes } = area(memory);
    const rowLength = 4 * columns * blocks;
    const staged = scratch.at + thread * scratch.bytes;
    const { begin, end } = rowsOf(chunk, command.perChunk, rows);
    const ofTile = rows === 1 ? 1 : tile;
    for (let r = begin; r < end; r++) {
      let from = x.at + r * x.stride;
      if (memory !== 0) {
        bytes.set(home.bytes.subarray(from, from + rowLength), staged);
        from = staged;
      }
      const within = r % ofTile;
      const place = to + (r - within) * blocks * rowBytes + 4 * within;
      kernels[`quantizeRow_${products}_${ofTile}`](from, place, blocks);
    }
  }

  function matmul(command: MatmulCommand, chunk: number): void {
    const { begin, end } = rowsOf(chunk, command.perChunk, command.groups);
    const columns = layout.group * (end - begin);
    const { memory, dst, scratch, homeScratch, rows } = command;
    const y = scratch.at + thread * scratch.bytes;
    const isInteger = rows > 1 && layout.int8.formats[command.dtype] !== undefined;
    // The result lies at the beginning of the scratch, one row behind the other.
    const rowBytes = 4 * (isInteger ? int8Columns(end - begin) : columns);
    if (rows === 1) matmulOneRow(command, begin, end - begin, y);
    else if (isInteger) matmulManyIntegerRows(command, begin, end - begin, y);
    else matmulManyRows(command, begin, end - begin, y);
    const home = area(0);
    let from = y;
    if (memory !== 0) {
      from = homeScratch.at + thread * homeScratch.bytes;
      home.bytes.set(area(memory).bytes.subarray(y, y + rowBytes * rows), from);
    }
    const to = dst.at + 4 * (command.begin + layout.group * begin);
    home.kernels.copyRows(from, rowBytes, to, dst.stride, rows, columns / 4);
  }

  function matmulOneRow(command: MatmulCommand, begin: number, groups: number, y: number): void {
    const { memory, dtype, w, pieces, x } = command;
    const groupBytes = pieces * layout.formats[dtype].pieceBytes;
    area(memory).kernels[`oneRow_${dtype}`](w + begin * groupBytes, x, y, groups, pieces);
  }

  /** Blocks of columns, widened once for all rows of x; the sums stay in memory in between. */
  function matmulManyRows(command: MatmulCommand, begin: number, groups: number, y: number): void {
    const { memory, dtype, pieces, x, rows } = command;
    const { pieceBytes, pieceVectors, pairBytes, isScaled, fewTiles } = layout.formats[dtype];
    const { kernels, floats } = area(memory);
    const tiles = Math.ceil(rows / layout.tile);
    const columns = layout.group * groups;
    const pairs = columns / 2;
    const sums = y + 4 * columns * layout.tile * tiles;
    const units = sums + pairs * tiles * layout.tileBytes;
    const wide = units + 4 * columns;
    const groupBytes = pieces * pieceBytes;
    const piecesOfBlock = layout.block / pieceVectors;
    const xTile = 16 * layout.tile * pieces * pieceVectors;
    const few = tiles <= fewTiles ? kernels[`fewRows_${dtype}`] : undefined;
    const widen = kernels[isScaled ? `expand_${dtype}` : `widen_${dtype}`];
    const multiply = isScaled ? kernels.tiles_scaled : kernels.tiles;
    floats.fill(0, sums / 4, units / 4); // of bytes in shared memory V8 fills one at a time
    floats.fill(1, units / 4, wide / 4);
    for (let piece = 0; piece < pieces; piece += piecesOfBlock) {
      const some = Math.min(piecesOfBlock, pieces - piece);
      const w = command.w + begin * groupBytes + piece * pieceBytes;
      const xBlock = x + 16 * layout.tile * piece * pieceVectors;
      if (few) {
        few(w, xBlock, sums, groups, groupBytes, some, tiles, xTile);
        continue;
      }
      const stride = pairBytes * some;
      for (let g = 0; g < groups; g++) {
        widen(
          w + g * groupBytes,
          wide + 2 * g * stride,
          some,
          stride,
          units + 4 * layout.group * g,
        );
      }
      multiply(wide, xBlock, sums, pairs, some * pieceVectors, tiles, xTile);
    }
    kernels.finishTiles(sums, units, y, pairs, tiles, 4 * columns);
  }

  /** Columns of the results of some groups, filled up to whole tiles. */
  function int8Columns(groups: number): number {
    return layout.group * layout.int8.groups * Math.ceil(groups / layout.int8.groups);
  }

  /**
   * Some groups of W at a time and blocks of their columns, expanded once for all rows of x; the sums are added up in y.
   */
  function matmulManyIntegerRows(
    command: MatmulCommand,
    begin: number,
    groups: number,
    y: number,
  ): void {
    const { memory, dtype, pieces, x, rows, w } = command;
    const { pieceBytes } = layout.formats[dtype];
    const { formats, tile, groups: together, blocks } = layout.int8;
    const { products, rowBytes, blocks: perPiece } = formats[dtype];
    const atOnce = blocks / perPiece;
    const { kernels, floats } = area(memory);
    const tiles = Math.ceil(rows / tile);
    const yBytes = 4 * int8Columns(groups);
    const wide = y + yBytes * tile * tiles;
    floats.fill(0, y / 4, wide / 4);
    for (let piece = 0; piece < pieces; piece += atOnce) {
      const some = Math.min(atOnce, pieces - piece);
      for (let g = 0; g < groups; g += together) {
        for (let i = 0; i < together; i++) {
          // A tile that is not full takes its last group again; nobody reads those results.
          const group = begin + Math.min(g + i, groups - 1);
          const at = w + (group * pieces + piece) * pieceBytes;
          kernels[`expand_${dtype}`](at, wide + 16 * i, some);
        }
        const xs = x + tile * piece * perPiece * rowBytes;
        const to = y + 4 * layout.group * g;
        const xBytes = tile * pieces * perPiece * rowBytes;
        kernels[`tiles_${products}`](wide, xs, to, tiles, some * perPiece, xBytes, yBytes);
      }
    }
  }

  function rope(command: RopeCommand, chunk: number): void {
    const { dst, x, heads, half, angles } = command;
    const { kernels } = area(0);
    const { begin, end } = rowsOf(chunk, command.perChunk, angles.length);
    for (let r = begin; r < end; r++) {
      const [y, from] = [dst.at + r * dst.stride, x.at + r * x.stride];
      kernels.rope(y, from, angles[r], angles[r] + 4 * half, heads, half);
    }
  }

  function kvWrite(command: KvWriteCommand): void {
    const { memory, heads, columns, padded, rows, position } = command;
    const { floats } = area(memory);
    const home = area(0);
    for (const [from, to] of [
      [command.k, command.keys],
      [command.v, command.values],
    ] as const) {
      for (let r = 0; r < rows; r++) {
        for (let head = 0; head < heads; head++) {
          const source = (from.at + r * from.stride) / 4 + head * columns;
          const target = to / 4 + ((position + r) * heads + head) * padded;
          floats.set(home.floats.subarray(source, source + columns), target);
          if (columns < padded) floats.fill(0, target + columns, target + padded);
        }
      }
    }
  }

  /**
   * The queries of some rows and one key-value head, four at a time, in the order row by row, head by head. A block
   * of keys, and later of values, is used for all of them before the next.
   */
  function attention(command: AttentionCommand, chunk: number): void {
    const { heads, group, perHead, padded, columns, position, perChunk } = command;
    const { kernels, floats } = area(command.memory);
    const home = area(0);
    const portions = Math.ceil(group / perHead);
    const portion = chunk % portions;
    const kvHead = Math.floor(chunk / portions) % heads;
    const block = Math.floor(chunk / (portions * heads));
    const { begin, end } = rowsOf(block, perChunk, command.rows);
    const firstHead = portion * perHead;
    const headsHere = Math.min(perHead, group - firstHead);
    const vectors = padded / 4;
    const stride = 4 * padded * heads;
    const keys = command.keys + 4 * padded * kvHead;
    const values = command.values + 4 * padded * kvHead;

    /** Queries that are computed together: of each the row, the head and how many positions it sees. */
    const tiles: { row: number; head: number; sees: number }[][] = [];
    for (let row = begin; row < end; row++) {
      for (let head = 0; head < headsHere; head++) {
        const last = tiles[tiles.length - 1];
        const query = {
          row,
          head: kvHead * group + firstHead + head,
          sees: position + row + 1,
        };
        if (last && last.length < 4) last.push(query);
        else tiles.push([query]);
      }
    }
    // Fewer than four are computed one by one.
    const rest = tiles[tiles.length - 1];
    if (rest.length < 4) {
      tiles.pop();
      for (const query of rest) tiles.push([query]);
    }

    const most = position + end;
    let at = command.scratch.at + thread * command.scratch.bytes;
    const take = (count: number) => {
      const place = at;
      at += 4 * count;
      return place;
    };
    const places = tiles.map((queries) => ({
      queries,
      q: take(padded * queries.length),
      z: take(padded * queries.length),
      weights: take((most + 4) * queries.length),
      most: queries[queries.length - 1].sees,
      least: queries[0].sees,
    }));

    for (const { queries, q } of places) {
      const n = queries.length;
      floats.fill(0, q / 4, q / 4 + 2 * padded * n); // z lies behind q
      for (const [i, { row, head }] of queries.entries()) {
        const from = (command.q.at + row * command.q.stride) / 4 + head * columns;
        for (let c = 0; c < columns; c++) {
          const place = q / 4 + (c >> 2) * 4 * n + 4 * i + (c & 3);
          floats[place] = home.floats[from + c] * command.scale;
        }
      }
    }
    for (let key = 0; key < most; key += layout.keyBlock) {
      for (const { queries, q, weights, most } of places) {
        const count = Math.min(layout.keyBlock, most - key);
        if (count <= 0) continue;
        const n = queries.length;
        const to = weights + 4 * n * key;
        kernels[`scores${n}`](q, keys + stride * key, to, count, stride, vectors);
      }
    }
    for (const { queries, weights, most } of places) {
      const n = queries.length;
      for (const [i, { sees }] of queries.entries()) {
        for (let key = sees; key < most; key++) {
          floats[weights / 4 + n * key + i] = Number.NEGATIVE_INFINITY;
        }
      }
      kernels[`softmax${n}`](weights, most);
    }
    for (let key = 0; key < most; key += layout.keyBlock) {
      for (const { queries, z, weights, least } of places) {
        const count = Math.min(layout.keyBlock, least - key);
        if (count <= 0) continue;
        const v = values + stride * key;
        if (queries.length === 4) {
          kernels.values4(weights + 16 * key, v, z, count, stride, vectors);
        } else {
          kernels.values1(weights + 4 * key, 4, v, z, 16, count, stride, vectors);
        }
      }
    }
    for (const { queries, z, weights, least, most } of places) {
      const n = queries.length;
      for (const [i, { row, head, sees }] of queries.entries()) {
        if (sees > least) {
          // Positions that only some of the four see: no other one may even touch them.
          const w = weights + 4 * n * least + 4 * i;
          const v = values + stride * least;
          kernels.values1(w, 4 * n, v, z + 16 * i, 16 * n, sees - least, stride, vectors);
        }
        const sum = floats[weights / 4 + n * most + i];
        const to = (command.dst.at + row * command.dst.stride) / 4 + head * columns;
        for (let c = 0; c < columns; c++) {
          home.floats[to + c] = floats[z / 4 + (c >> 2) * 4 * n + 4 * i + (c & 3)] / sum;
        }
      }
    }
  }

  function geglu(command: GegluCommand, chunk: number): void {
    const { dst, gate, up, vectors, perChunk } = command;
    const perRow = Math.ceil(vectors / perChunk);
    const r = Math.floor(chunk / perRow);
    const { begin, end } = rowsOf(chunk % perRow, perChunk, vectors);
    const at = ({ at, stride }: typeof dst) => at + r * stride + 16 * begin;
    area(0).kernels.geglu(at(dst), at(gate), at(up), end - begin);
  }

  function add({ dst, x, y, rows, vectors, perChunk }: AddCommand, chunk: number): void {
    const { kernels } = area(0);
    const { begin, end } = rowsOf(chunk, perChunk, rows);
    for (let r = begin; r < end; r++) {
      kernels.add(dst.at + r * dst.stride, x.at + r * x.stride, y.at + r * y.stride, vectors);
    }
  }

  function write({ dst, columns, data }: WriteCommand): void {
    const { floats } = area(0);
    for (let r = 0; r * columns < data.length; r++) {
      const row = data.subarray(r * columns, (r + 1) * columns);
      floats.set(row, (dst.at + r * dst.stride) / 4);
    }
  }

  function read({ memory, src, rows, columns }: ReadCommand): Float32Array {
    const { floats } = area(memory);
    const copy = new Float32Array(rows * columns);
    for (let r = 0; r < rows; r++) {
      const from = (src.at + r * src.stride) / 4;
      copy.set(floats.subarray(from, from + columns), r * columns);
    }
    return copy;
  }

  function move({ from, to, bytes }: MoveCommand): void {
    const source = area(from.memory).bytes.subarray(from.at, from.at + bytes);
    area(to.memory).bytes.set(source, to.at);
  }

  function work(command: Command, chunk: number, results: Float32Array[]): void {
    switch (command.kind) {
      case "embed":
        embed(command, chunk);
        break;
      case "rmsNorm":
        rmsNorm(command, chunk);
        break;
      case "pack":
        pack(command, chunk);
        break;
      case "quantize":
        quantize(command, chunk);
        break;
      case "matmul":
        matmul(command, chunk);
        break;
      case "rope":
        rope(command, chunk);
        break;
      case "kvWrite":
        kvWrite(command);
        break;
      case "attention":
        attention(command, chunk);
        break;
      case "geglu":
        geglu(command, chunk);
        break;
      case "add":
        add(command, chunk);
        break;
      case "write":
        write(command);
        break;
      case "move":
        move(command);
        break;
      case "read":
        results.push(read(command));
        break;
      default:
        command satisfies never;
    }
  }

  return {
    add(index, memory) {
      const { exports } = new WebAssembly.Instance(module, { env: { memory } });
      const [bytes, floats] = [new Uint8Array(memory.buffer), new Float32Array(memory.buffer)];
      areas[index] = { memory, kernels: exports as Kernels, bytes, floats };
    },

    drop(index) {
      delete areas[index];
    },

    run(phase, chunk, results) {
      let rest = chunk;
      for (const { commands, chunks } of phase.parts) {
        if (rest >= chunks) {
          rest -= chunks;
          continue;
        }
        if (commands.length === 1) work(commands[0], rest, results);
        else {
          for (const command of commands) {
            for (let c = 0; c < command.chunks; c++) work(command, c, results);
          }
        }
        return;
      }
    },
  };
}
