/**
 * Warnings: what was understood and done, and is probably not what was meant. They go to whoever listens, never to
 * the console.
 * @module
 */

/** A warning. */
export interface Warning {
  /**
   * - `checkpoint`: two of its files contradict each other, or one asks for what is not done here.
   * - `backend`: the default backend cannot run here, and "cpu" computes, which is slow.
   * - `threads`: threads were worth it and could not be started, so that one computes.
   * - `no-bos`: the ids of a prompt do not begin with BOS, as every text does that Gemma was trained on.
   * - `second-bos`: a prompt begins with BOS twice.
   * - `bos-in-text`: the text of BOS was typed into a prompt, where it is text.
   */
  readonly kind: "checkpoint" | "backend" | "threads" | "no-bos" | "second-bos" | "bos-in-text";
  /** A sentence or two, with what to do. */
  readonly message: string;
}

/** What a warning advises for a text that brings its own special tokens. The terminal has another word for it. */
export const AS_TOKENS = "encode(text, { special: true })";

export type OnWarning = (warning: Warning) => void;
