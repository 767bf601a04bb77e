/**
 * The progress of work that takes a while: a download, loading a model, writing a file.
 * @module
 */

/** One report of many; `loaded` never falls within a phase. */
export interface Progress {
  /** Fetching files, reading weights into a backend, or writing a checkpoint. */
  readonly phase: "download" | "load" | "write";
  /** The file being worked on. */
  readonly file: string;
  /** Bytes so far, of all files together. */
  readonly loaded: number;
  /** Bytes of all files together, the same from the first call to the last. */
  readonly total: number;
}
