/**
 * What an adapter is to a model: factors beside some of its weights.
 * @module
 */
import type { WeightSource } from "../../tensor/stored.ts";
import type { NdArray } from "../../tensor/tensor.ts";

/** The factors of one weight W [F, D]: W becomes W + scale · B A. */
export interface LowRankPair {
  /** [r, D] */
  readonly a: NdArray;
  /** [F, r] */
  readonly b: NdArray;
  /** s */
  readonly scale: number;
}

/** What is put beside the weights. An `Adapter` of `gemma-reference/tuning` is that. */
export interface LowRank {
  /** Factors by the name of their weight: `model.layers.0.self_attn.q_proj.weight`. */
  readonly pairs: ReadonlyMap<string, LowRankPair>;
  /** Weights that take the place of the model's, by name. */
  readonly whole?: ReadonlyMap<string, WeightSource>;
}
