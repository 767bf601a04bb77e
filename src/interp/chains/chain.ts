/**
 * What a chain of derived taps is: see chains.ts.
 * @module
 */
import type { GemmaConfig } from "../../config.ts";
import type { DerivedTap, RecordedTap } from "../../model/taps.ts";
import type { Precision } from "../../tensor/precision.ts";
import type { NdArray } from "../../tensor/tensor.ts";

/** What there is to compute with, beside the inputs. */
export interface ChainContext {
  readonly config: GemmaConfig;
  readonly precision: Precision;
  /** Ids of the rows. */
  readonly ids: readonly number[];
  /** What embeddings are multiplied by. */
  readonly embedScale: number;
  /** A weight of the checkpoint: [F, D], or [D] of a norm, whose gain is 1 + weight. */
  weight(name: string): Promise<NdArray>;
  /** Rows of a weight. */
  weightRows(name: string, rows: readonly number[]): Promise<NdArray>;
  readonly past: Past;
}

/**
 * Rotated keys and values of the tokens before the first row, by block, [pos, K·H] each: those in a cache cannot be read.
 */
export type Past = Map<number, { readonly k: NdArray; readonly v: NdArray }>;

/** Computes a link of the chain from the one before, or, if it is the first, from the inputs. */
export type Link = (
  before: NdArray | undefined,
  inputs: readonly NdArray[],
  context: ChainContext,
) => NdArray | Promise<NdArray>;

/** A chain of derived taps; tensors that the forward pass writes are [L, columns]. */
export interface Chain {
  readonly inputs: readonly RecordedTap[];
  readonly stages: readonly { readonly tap: DerivedTap; readonly compute: Link }[];
  /** Computes the target from the last of the stages. */
  readonly finish: Link;
  /** Keeps what later passes need of this one. */
  remember?(inputs: readonly NdArray[], context: ChainContext): void;
}
