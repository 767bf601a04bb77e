/**
 * Weights on their way into memory: read some rows at a time, straight into the memory they are for, and packed there.
 * @module
 */
import { turnOfTheEventLoop } from "../../event-loop.ts";
import { rowsInto, storedFromBytes, type WeightSource, widenRow } from "../../tensor/stored.ts";
import { widened } from "../../tensor/widen.ts";
import type { Arriving } from "../backend.ts";
import { GROUP, pieceBytes, pieceColumns } from "./formats/format.ts";
import { FORMATS, type KernelType } from "./formats/formats.ts";
import { integerPiece } from "./formats/int8/format.ts";
import {
  INTEGER_FORMATS,
  integerType,
  isInteger,
  type PackedType,
} from "./formats/int8/formats.ts";
import type { WasmGain, WasmMatrix } from "./handles.ts";
import type { Simd } from "./kernels/multiply-add.ts";
import type { Memories, Place } from "./memory/memories.ts";
import type { MatrixPart } from "./run/command.ts";

/** Bytes that are read at a time, at most, unless four rows are more. */
const STAGE = 2 ** 20;

/** Milliseconds of packing between two turns of the event loop. */
const WORK_BETWEEN_TURNS = 25;

/** What rows of x are rounded to before they are multiplied, where the weights are integers. */
export type Activations = "float32" | "int8";

/** Packs four rows of a memory: `pack_<type>` of kernels/pack-weights.ts. */
export type Packer = (memory: number, type: PackedType) => (...args: number[]) => number;

/** Where weights go, and what packs them there. */
export interface Store {
  readonly memories: Memories;
  readonly packer: Packer;
  readonly activations: Activations;
  readonly simd: Simd;
}

/**
 * A weight with room in the memories, which is filled as its rows are read. A norm's [D] becomes its gain, normOffset
 * + w, in float64; a matrix [F, D] stays in its stored dtype, but for one with an infinity or a NaN among its float16
 * numbers, which becomes float32. Where it cannot arrive, its room is given back.
 */
export function uploadLater(
  source: WeightSource,
  store: Store,
  signal?: AbortSignal,
): Arriving<WasmGain | WasmMatrix> {
  const weight =
    source.shape.length === 1
      ? gainFor(source, store)
      : matrixFor(source, packedType(source, store), store);
  const filling =
    weight.kind === "gain"
      ? fillGain(weight, source, store, signal)
      : fillMatrix(weight, source, store, signal);
  const arrived = filling.then(
    () => {
      weight.arriving = undefined;
    },
    (error) => {
      for (const place of placesOf(weight)) store.memories.free(place);
      throw error;
    },
  );
  arrived.catch(() => {}); // the reads that wait for it say so
  weight.arriving = arrived;
  return { weight, arrived };
}

/** Where a weight lies. */
export function placesOf(weight: WasmGain | WasmMatrix): Place[] {
  if (weight.kind === "gain") return [weight.place];
  return weight.parts.map(({ memory, at }) => ({ memory, at }));
}

function gainFor({ name, shape: [D] }: WeightSource, { memories }: Store): WasmGain {
  return { kind: "gain", columns: D, place: memories.atHome(name, 8 * paddedGain(D)) };
}

const paddedGain = (columns: number) => 4 * Math.ceil(columns / 4);

async function fillGain(
  { place, columns: D }: WasmGain,
  source: WeightSource,
  { memories }: Store,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  const { dtype, shape, normOffset = 1 } = source;
  const stored = storedFromBytes(await source.rows(0, D, signal), dtype, shape);
  const gain = new Float64Array(D);
  widenRow(stored, 0, gain);
  const padded = paddedGain(D);
  const { buffer } = memories.bytes(place, 8 * padded);
  const numbers = new Float64Array(buffer, place.at, padded).fill(0);
  for (let d = 0; d < D; d++) numbers[d] = normOffset + gain[d];
}

/** As what a matrix is packed. */
function packedType({ dtype }: WeightSource, { activations, simd }: Store): PackedType {
  const stored = dtype as KernelType;
  return (activations === "int8" && integerType(stored, simd === "relaxed-simd")) || stored;
}

/** A piece of four rows: its columns, its bytes, and those of one row as stored. */
function pieceOf(type: PackedType): { columns: number; bytes: number; storedBytes: number } {
  if (isInteger(type)) {
    const format = INTEGER_FORMATS[type];
    return { ...integerPiece(format), storedBytes: format.storedBytes };
  }
  const format = FORMATS[type];
  const { storedBytes } = format;
  return { columns: pieceColumns(format), bytes: pieceBytes(format), storedBytes };
}

function matrixFor(source: WeightSource, type: PackedType, { memories }: Store): WasmMatrix {
  const { name, shape } = source;
  const [F, D] = shape;
  const { columns, bytes } = pieceOf(type);
  const pieces = Math.ceil(D / columns);
  const groupBytes = pieces * bytes;
  const groups = Math.ceil(F / GROUP);
  const parts: MatrixPart[] = [];
  try {
    for (let group = 0; group < groups; ) {
      const most = Math.max(1, Math.floor(memories.piece / groupBytes));
      const some = Math.min(groups - group, most);
      const place = memories.anywhere(name, some * groupBytes);
      const begin = group * GROUP;
      parts.push({ ...place, begin, rows: Math.min(F - begin, some * GROUP) });
      group += some;
    }
  } catch (error) {
    for (const { memory, at } of parts) memories.free({ memory, at });
    throw error;
  }
  return { kind: "matrix", dtype: type, rows: F, columns: D, pieces, parts };
}

async function fillMatrix(
  matrix: WasmMatrix,
  source: WeightSource,
  store: Store,
  signal?: AbortSignal,
): Promise<void> {
  if (await packRows(matrix, source, store, signal)) return;
  for (const place of placesOf(matrix)) store.memories.free(place);
  matrix.parts = []; // given back, should there be no room for the wider ones
  const wide = widened(source, ["float32"]);
  Object.assign(matrix, matrixFor(wide, "float32", store));
  await packRows(matrix, wide, store, signal);
}

/** Reads and packs all rows → whether they are finite; that is looked at where the kernels need it. */
async function packRows(
  { dtype: type, columns: D, parts, pieces }: WasmMatrix,
  source: WeightSource,
  { memories, packer }: Store,
  signal?: AbortSignal,
): Promise<boolean> {
  const { name } = source;
  const { columns, bytes, storedBytes } = pieceOf(type);
  const groupBytes = pieces * bytes;
  const stagedRow = pieces * storedBytes;
  const rowBytes = (D / columns) * storedBytes;
  let areFinite = true;
  let lastTurn = performance.now();
  for (const part of parts) areFinite = (await packPart(part)) && areFinite;
  return areFinite;

  async function packPart({ memory, at, begin, rows }: MatrixPart): Promise<boolean> {
    const groupsAtOnce = Math.max(1, Math.floor(STAGE / (GROUP * stagedRow)));
    const rowsAtOnce = Math.min(GROUP * groupsAtOnce, Math.ceil(rows / GROUP) * GROUP);
    const stage = memories.beside(memory, name, rowsAtOnce * stagedRow);
    let suspect = 0;
    try {
      for (let row = 0; row < rows; row += rowsAtOnce) {
        signal?.throwIfAborted();
        const count = Math.min(rowsAtOnce, rows - row);
        await readRows(stage, begin + row, count);
        const whole = Math.ceil(count / GROUP) * GROUP;
        memories.bytes(stage, whole * stagedRow).fill(0, count * stagedRow);
        const pack = packer(memory, type);
        for (let r = 0; r < whole; r += GROUP) {
          const to = at + ((row + r) / GROUP) * groupBytes;
          suspect |= pack(stage.at + r * stagedRow, stagedRow, to, pieces);
        }
        // Sources that have their bytes at hand would never let the event loop turn.
        if (performance.now() - lastTurn > WORK_BETWEEN_TURNS) {
          await turnOfTheEventLoop();
          lastTurn = performance.now();
        }
      }
    } finally {
      memories.free(stage);
    }
    return suspect === 0;
  }

  /** Rows as they are stored, each filled up with zeros to whole pieces. */
  async function readRows(stage: Place, begin: number, count: number): Promise<void> {
    // A memory that is not shared may grow meanwhile, which takes views of it their bytes.
    if (rowBytes === stagedRow && memories.isShared) {
      const into = memories.bytes(stage, count * rowBytes);
      await rowsInto(source, begin, begin + count, into, signal);
      return;
    }
    const stored = await source.rows(begin, begin + count, signal);
    const into = memories.bytes(stage, count * stagedRow).fill(0);
    for (let r = 0; r < count; r++) {
      into.set(stored.subarray(r * rowBytes, (r + 1) * rowBytes), r * stagedRow);
    }
  }
}
