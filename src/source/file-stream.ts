/**
 * Files on their way out, written a piece at a time.
 * @module
 */

/** A file that is still to be written. */
export interface FileStream {
  /** Number of bytes. */
  readonly size: number;
  /** The bytes in order, made as they are asked for. May be called again. */
  chunks(signal?: AbortSignal): AsyncGenerator<Uint8Array>;
}
