/**
 * Warnings: what was understood and done, and is probably not what was meant. They go to whoever listens, never to
 * the console.
 * @module
 */

/** A warning. */
export interface Warning {
  /**
   * - `files-disagree`: two files of a checkpoint contradict each other.
   * - `second-bos`: a prompt begins with BOS twice.
   * - `bos-in-text`: the text of BOS was typed into a prompt, where it is text.
   */
  readonly kind: "files-disagree" | "second-bos" | "bos-in-text";
  /** A sentence or two, with what to do. */
  readonly message: string;
}

/** What a warning advises for a text that brings its own special tokens. The terminal has another word for it. */
export const AS_TOKENS = "encode(text, { special: true })";

export type OnWarning = (warning: Warning) => void;
