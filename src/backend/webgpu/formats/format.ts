/**
 * How weights lie in the memory of a GPU, and how a shader widens them: eight columns at a time.
 *
 * Rows are filled up with zeros to whole blocks of 32 columns. A format is either as stored (float32, bfloat16, float16),
 * or integers of 8 or 4 bits, which GGUF's blocks are unpacked to, with scales in a buffer of their own.
 * @module
 */

/** Columns of a block: rows are whole blocks. */
export const BLOCK = 32;

/** Words of 32 bits, and scales, that a row of 32 · `blocks` columns takes. */
export interface RowSize {
  readonly words: number;
  /** 0 in formats without scales. */
  readonly scales: number;
}

/** One way in which weights lie in memory. */
export interface GpuFormat {
  readonly name: string;
  /** The type of the elements of the buffer of words: `u32`, `vec2u` or `vec4u`. */
  readonly element: "u32" | "vec2u" | "vec4u";
  /** Of one block. */
  readonly block: RowSize;
  /** WGSL: functions that {@link GpuFormat.eight} calls. */
  readonly helpers: string;
  /**
   * WGSL: `fn eight(row: u32, k: u32) -> Eight`, columns 8k … 8k + 7 of a row of the chunk. It sees `words`, `scales`,
   * and `params.blocks`, the blocks of a row.
   * @param which what follows the names `eight`, `words` and `scales`, where a kernel has several matrices; else nothing.
   */
  readonly eight: (which: string) => string;
}

/** WGSL: eight numbers. */
export const EIGHT: string = /* wgsl */ `
struct Eight { low: vec4f, high: vec4f }
`;
