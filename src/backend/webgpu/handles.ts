/**
 * What the handles of the WebGPU backend are: buffers, and how things lie in them.
 * @module
 */
import type { GemmaConfig } from "../../config.ts";
import type { Handles } from "../backend.ts";
import type { GpuFormat } from "./formats/format.ts";
import type { Allocation } from "./run/memory.ts";

/** Scratch [rows, columns]. */
export interface GpuTensor {
  readonly label: string;
  readonly columns: number;
  /** Numbers from one row to the next, a multiple of 64: any row may begin a binding. */
  readonly stride: number;
  readonly memory: Allocation;
}

/** Numbers in 256 bytes, at a multiple of which a binding has to begin. */
const ALIGNED = 64;

/** The stride of rows of so many columns. */
export function strideOf(columns: number): number {
  return ALIGNED * Math.ceil(columns / ALIGNED);
}

/** Some rows of a matrix, as many as a binding may have. */
export interface GpuChunk {
  readonly begin: number;
  readonly rows: number;
  readonly words: Allocation;
  /** Where the format has some. */
  readonly scales?: Allocation;
}

/** A matrix [rows, columns], in chunks. */
export interface GpuMatrix {
  readonly kind: "matrix";
  readonly format: GpuFormat;
  /** Blocks of 32 columns in a row. */
  readonly blocks: number;
  readonly chunks: readonly GpuChunk[];
}

/** A norm's normOffset + weight. */
export interface GpuGain {
  readonly kind: "gain";
  readonly memory: Allocation;
}

/** Keys and values [positions, K·H] of every layer. Replaced when they grow. */
export interface GpuKV {
  readonly config: GemmaConfig;
  positions: number;
  layers: readonly GpuCacheLayer[];
}

export interface GpuCacheLayer {
  readonly keys: Allocation;
  readonly values: Allocation;
}

export interface WebgpuHandles extends Handles {
  tensor: GpuTensor;
  weight: GpuMatrix | GpuGain;
  kv: GpuKV;
  ids: Allocation;
}
