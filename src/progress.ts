/**
 * How far something is that takes a while: a download, loading a model, writing a file.
 * @module
 */

/** Told again and again; `loaded` never falls within a phase. */
export interface Progress {
  /** Fetching files, reading weights into a backend, or writing a checkpoint. */
  readonly phase: "download" | "load" | "write";
  /** The file it is at. */
  readonly file: string;
  /** Bytes so far, of all files together. */
  readonly loaded: number;
  /** Bytes of all files together, the same from the first call to the last. */
  readonly total: number;
}
