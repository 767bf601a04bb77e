/**
 * What a known bug is.
 * @module
 */
import type { Parts } from "../engine/engine.ts";

/** A bug that ports of Gemma have had or are likely to have, as one change of the reference. */
export interface Mutant {
  /** `rope-interleaved`: the component, and what is wrong with it. */
  readonly id: string;
  /** How the buggy code computes. A sentence. */
  readonly mistake: string;
  /** How Gemma does, and so what to change. A sentence. */
  readonly fix: string;
  /** Who had it, or where it is described. */
  readonly seen?: string;
  /**
   * It rounds in the middle of the computation. The last bit of what comes before then decides between two numbers,
   * so that engines with the same bug differ in a row here and there.
   */
  readonly rounds?: true;
  /** What is changed. `components` alone also go into `cpuBackend({ components })`. */
  readonly parts: Pick<Parts, "components" | "wiring">;
}
