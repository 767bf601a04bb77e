/** What the panel of switches asks. @module */
import type { Chance, Token } from "../../messages.ts";
import type { Off } from "../../off.ts";

export interface OffQuestion {
  ask: { prompt: string; pos: number; off: Off };
  answer: Without;
}

/** The model without some of its parts, beside the whole. */
export interface Without {
  readonly prompt: string;
  readonly pos: number;
  readonly off: Off;
  /** The most probable tokens, of the whole model and without. */
  readonly before: readonly Chance[];
  readonly after: readonly Chance[];
  /** What has become of the answer of the whole model. */
  readonly answer: { readonly chance: number; readonly rank: number };
  /** The stream at each depth. */
  readonly depths: readonly {
    /** x′ − x, [D]; undefined where both are the same to the last bit. */
    readonly change: Float64Array | undefined;
    /** |x′ − x| / |x| */
    readonly moved: number;
    /** What it would say now. */
    readonly says: Chance;
  }[];
}

/** Each head and each MLP switched off alone: the parts of the answer come one by one. */
export interface OffEachQuestion {
  ask: { prompt: string; pos: number };
  part: Square;
  answer: readonly Square[];
}

export interface Square {
  readonly prompt: string;
  readonly pos: number;
  /** Which part is off, by its number in the sum. */
  readonly part: number;
  readonly answer: Token;
  /** The chance that the answer of the whole model has left. */
  readonly chance: number;
  readonly rank: number;
  /** What is said without the part. */
  readonly says: Chance;
}
