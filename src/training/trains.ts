/**
 * What training is about, as optimisers and the loop see it: parameters with their gradients, sequences with their
 * masks, and something that adds up gradients. `trainable.ts` has Gemma; an adapter or a model in a test is another.
 * @module
 */
import type { FloatArray } from "../tensor/tensor.ts";

/** A weight that may learn. */
export interface Parameter {
  /** Hugging Face's name. */
  readonly name: string;
  /** Its axes. */
  readonly shape: readonly number[];
  /** The master, float32 or float64, row-major. It is updated in place. */
  readonly data: FloatArray;
  /** ∂loss/∂data, of the same length. `undefined` of a weight that is frozen. */
  readonly gradient: FloatArray | undefined;
}

/** One sequence to learn from. */
export interface TrainingSequence {
  /** [T] token ids. */
  readonly ids: ArrayLike<number>;
  /** How much token t counts as a target, given those before it, [T]; 0 at t = 0. */
  readonly mask: ArrayLike<number>;
}

/** What a loss is divided by, and what is added to it. */
export interface LossScale {
  /** The targets of the whole batch of the optimiser, or how many pairs or answers it has. */
  readonly normalizer: number;
  /** Coefficient of the z-loss. Default 0. */
  readonly zLoss?: number;
}

/** What is known of an item besides its loss, by name, each divided by the normalizer: those of a batch are their sums. */
export type Figures = Readonly<Record<string, number>>;

/**
 * Something that learns: weights, and gradients that items add to. An item is a sequence, or what another loss takes: a pair of
 * answers, an answer and its advantage.
 */
export interface Trains<Item = TrainingSequence> {
  /** By name, in an order that stays. */
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** Forgets the gradients. */
  zeroGradients(): void;
  /**
   * Adds the gradients of the loss to those of the parameters, of sequences Σ mask · (−log p) / normalizer, item by item in
   * the order given: two calls leave the bits that one with all items leaves.
   */
  accumulate(
    items: readonly Item[],
    by: LossScale,
  ): Promise<{
    /** What each item adds to the loss, in order. */
    readonly losses: readonly number[];
    /** What else is reported of each, in order. */
    readonly figures?: readonly Figures[];
  }>;
  /** What the loss of a whole batch is divided by: above 0. Default: the targets of its sequences, Σ mask. */
  normalizerOf?(batch: readonly Item[]): number;
  /** How many tokens are computed of an item. Default: its ids. */
  tokensOf?(item: Item): number;
}
