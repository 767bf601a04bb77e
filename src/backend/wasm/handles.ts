/**
 * What the handles of the WebAssembly backend are: addresses, and how things lie there.
 * @module
 */
import type { GemmaConfig } from "../../config.ts";
import type { Handles } from "../backend.ts";
import type { PackedType } from "./formats/int8/formats.ts";
import type { Place } from "./memory/memories.ts";
import type { MatrixPart } from "./run/command.ts";
import type { Awaited } from "./run/postponed.ts";

/** Scratch [maxRows, columns], at home. Rows are padded to whole vectors. */
export interface WasmTensor {
  readonly label: string;
  readonly columns: number;
  readonly place: Place;
  /** Bytes from one row to the next. */
  readonly stride: number;
  /** Goes up with each kernel that writes here, so that what was packed of it is known to be old. */
  version: number;
}

/** A matrix, in parts that each lie in one memory. The format, and so the parts, may change until it has arrived. */
export interface WasmMatrix extends Awaited {
  readonly kind: "matrix";
  readonly rows: number;
  readonly columns: number;
  dtype: PackedType;
  /** Pieces of a group, which fill the columns. */
  pieces: number;
  parts: readonly MatrixPart[];
}

/** A norm's gain, at home, in float64. */
export interface WasmGain extends Awaited {
  readonly kind: "gain";
  readonly columns: number;
  readonly place: Place;
}

/** Keys and values of one sequence. */
export interface WasmKV {
  readonly config: GemmaConfig;
  /** Of each layer: keys, and behind them values. Replaced when it grows. */
  layers: readonly WasmCacheLayer[];
}

export interface WasmCacheLayer {
  readonly place: Place;
  readonly positions: number;
  /** Bytes of all keys; as many of values follow. */
  readonly bytes: number;
}

export interface WasmHandles extends Handles {
  tensor: WasmTensor;
  weight: WasmMatrix | WasmGain;
  kv: WasmKV;
  ids: Int32Array;
}
