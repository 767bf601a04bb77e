/**
 * How the components of a Gemma are put together, as data: each field is one decision of the forward pass, with
 * Gemma's choice as its default. Bugs of structure are other choices (mutants/).
 * @module
 */
import type { GemmaConfig } from "../../config.ts";
import type { NdArray } from "../../tensor/tensor.ts";

/** The projections that RoPE may turn. */
export type Rotated = "q" | "k" | "v";

/** The decisions of the forward pass that are no component's. */
export interface Wiring {
  /** What embeddings are multiplied by. */
  embedScale(config: GemmaConfig): number;
  /** What queries are multiplied by. */
  attentionScale(config: GemmaConfig): number;
  /** What a norm divides by, from mean(x²) and ε: for the taps of a norm, beside the component. */
  normDivisor(meanSquare: number, eps: number): number;
  /** The position that RoPE turns by, of the token at `pos`, which is `row` tokens behind the first that was fed with it. */
  position(pos: number, row: number): number;
  /** Which of queries and keys are rotated. */
  readonly rotates: readonly Rotated[];
  /** Which keys later tokens find in the cache. */
  readonly caches: "rotated keys" | "plain keys";
  /** Whether feeding at an earlier position forgets what was fed from there on. */
  readonly rewinds: boolean;
  /** `pre`: x + f(norm(x)), as in Gemma. `post`: norm(x + f(x)), as in the first transformer. */
  readonly norms: "pre" | "post";
  /** Whether the last norm is done. */
  readonly finalNorm: boolean;
  /** From what the output projection gives to the logits, in place. */
  finish(logits: NdArray, config: Pick<GemmaConfig, "hiddenSize">): void;
}

/** Gemma's own. */
export const GEMMA_WIRING: Wiring = {
  embedScale: ({ hiddenSize }) => Math.sqrt(hiddenSize),
  attentionScale: ({ headDim }) => 1 / Math.sqrt(headDim),
  normDivisor: (meanSquare, eps) => Math.sqrt(meanSquare + eps),
  position: (pos) => pos,
  rotates: ["q", "k"],
  caches: "rotated keys",
  rewinds: true,
  norms: "pre",
  finalNorm: true,
  finish() {},
};
