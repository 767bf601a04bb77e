/**
 * Weights on their way into memory: read some rows at a time, straight into the memory they are for, and packed there.
 * @module
 */
import { rowsInto, storedFromBytes, type WeightSource, widenRow } from "../../tensor/stored.ts";
import { elementsOf } from "../../tensor/tensor.ts";
import { GROUP, pieceBytes, pieceColumns } from "./formats/format.ts";
import { FORMATS, type KernelType } from "./formats/formats.ts";
import type { WasmGain, WasmMatrix } from "./handles.ts";
import type { Memories } from "./memory/memories.ts";
import type { MatrixPart } from "./run/command.ts";

/** Bytes that are read at a time, at most, unless four rows are more. */
const STAGE = 2 ** 20;

/** Packs four rows of a memory: `pack_<dtype>` of kernels/pack-weights.ts. */
export type Packer = (memory: number, dtype: KernelType) => (...args: number[]) => number;

/** A norm's weight [D] → its gain, normOffset + w, in float64. */
export async function uploadGain(
  source: WeightSource,
  memories: Memories,
  signal?: AbortSignal,
): Promise<WasmGain> {
  const { name, dtype, shape, normOffset = 1 } = source;
  const [D] = shape;
  const stored = storedFromBytes(await source.rows(0, D, signal), dtype, shape);
  const gain = new Float64Array(D);
  widenRow(stored, 0, gain);
  const padded = Math.ceil(D / 4) * 4;
  const place = memories.atHome(name, 8 * padded);
  const bytes = memories.bytes(place, 8 * padded);
  const numbers = new Float64Array(bytes.buffer, place.at, padded).fill(0);
  for (let d = 0; d < D; d++) numbers[d] = normOffset + gain[d];
  return { kind: "gain", columns: D, place };
}

/** A matrix [F, D], in its stored dtype; one with an infinity or a NaN among its float16 numbers as float32. */
export async function uploadMatrix(
  source: WeightSource,
  memories: Memories,
  packer: Packer,
  signal?: AbortSignal,
): Promise<WasmMatrix> {
  const packed = await packMatrix(source, memories, packer, signal);
  if (packed.areFinite) return packed.matrix;
  for (const { memory, at } of packed.matrix.parts) memories.free({ memory, at });
  const wide = await packMatrix(asFloat32(source), memories, packer, signal);
  return wide.matrix;
}

async function packMatrix(
  source: WeightSource,
  memories: Memories,
  packer: Packer,
  signal?: AbortSignal,
): Promise<{ matrix: WasmMatrix; areFinite: boolean }> {
  const { name, shape } = source;
  const dtype = source.dtype as KernelType;
  const format = FORMATS[dtype];
  const [F, D] = shape;
  const pieces = Math.ceil(D / pieceColumns(format));
  const groupBytes = pieces * pieceBytes(format);
  const stagedRow = pieces * format.storedBytes;
  const groups = Math.ceil(F / GROUP);
  const parts: MatrixPart[] = [];
  let areFinite = true;
  try {
    for (let group = 0; group < groups; ) {
      signal?.throwIfAborted();
      const most = Math.max(1, Math.floor(memories.piece / groupBytes));
      const some = Math.min(groups - group, most);
      const place = memories.anywhere(name, some * groupBytes);
      const begin = group * GROUP;
      const rows = Math.min(F - begin, some * GROUP);
      parts.push({ ...place, begin, rows });
      areFinite = (await fill(parts[parts.length - 1])) && areFinite;
      group += some;
    }
  } catch (error) {
    for (const { memory, at } of parts) memories.free({ memory, at });
    throw error;
  }
  return { matrix: { kind: "matrix", dtype, rows: F, columns: D, pieces, parts }, areFinite };

  /** Reads and packs the rows of a part. */
  async function fill({ memory, at, begin, rows }: MatrixPart): Promise<boolean> {
    const rowBytes = storedRowBytes(source);
    const groupsAtOnce = Math.max(1, Math.floor(STAGE / (GROUP * stagedRow)));
    const rowsAtOnce = Math.min(GROUP * groupsAtOnce, Math.ceil(rows / GROUP) * GROUP);
    const stage = memories.beside(memory, name, rowsAtOnce * stagedRow);
    const pack = packer(memory, dtype);
    let suspect = 0;
    try {
      for (let row = 0; row < rows; row += rowsAtOnce) {
        const count = Math.min(rowsAtOnce, rows - row);
        const place = { memory, at: stage.at };
        if (rowBytes === stagedRow) {
          const into = memories.bytes(place, count * rowBytes);
          await rowsInto(source, begin + row, begin + row + count, into, signal);
        } else {
          const stored = await source.rows(begin + row, begin + row + count, signal);
          const into = memories.bytes(place, count * stagedRow).fill(0);
          for (let r = 0; r < count; r++) {
            into.set(stored.subarray(r * rowBytes, (r + 1) * rowBytes), r * stagedRow);
          }
        }
        const whole = Math.ceil(count / GROUP) * GROUP;
        memories.bytes(place, whole * stagedRow).fill(0, count * stagedRow);
        for (let r = 0; r < whole; r += GROUP) {
          const to = at + ((row + r) / GROUP) * groupBytes;
          suspect |= pack(stage.at + r * stagedRow, stagedRow, to, pieces);
        }
      }
    } finally {
      memories.free(stage);
    }
    return suspect === 0;
  }
}

function storedRowBytes({ dtype, shape }: WeightSource): number {
  const [, D] = shape;
  const format = FORMATS[dtype as KernelType];
  const perPiece = pieceColumns(format);
  return (D / perPiece) * format.storedBytes;
}

/** The same numbers as float32, which holds each exactly. */
function asFloat32(source: WeightSource): WeightSource {
  const { name, file, dtype, shape } = source;
  const [, D] = shape;
  return {
    name,
    file,
    shape,
    dtype: "float32",
    async rows(begin, end, signal) {
      const count = end - begin;
      const stored = storedFromBytes(await source.rows(begin, end, signal), dtype, [count, D]);
      const row = new Float64Array(D);
      const out = new Float32Array(elementsOf([count, D]));
      for (let r = 0; r < count; r++) {
        widenRow(stored, r, row);
        out.set(row, r * D);
      }
      return new Uint8Array(out.buffer);
    },
  };
}
