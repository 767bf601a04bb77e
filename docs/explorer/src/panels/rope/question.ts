/** What the panel about RoPE asks. @module */
import type { Token } from "../../messages.ts";

export interface RopeQuestion {
  ask: {
    prompt: string;
    pos: number;
    layer: number;
    head: number;
    /** Where the query and the key stand; where their tokens do, if undefined. */
    queryAt: number | undefined;
    keyAt: number | undefined;
    /** Pairs of neighbours, which is a mistake, and not of halves. */
    isNeighbours: boolean;
  };
  answer: Rope;
}

/** A query or a key, before it is turned and after. */
export interface Turned {
  /** The token that it is of. */
  readonly at: number;
  readonly token: Token;
  /** The position that it is turned to. */
  readonly to: number;
  /** [H] */
  readonly before: Float64Array;
  /** [H] */
  readonly after: Float64Array;
  readonly lengthBefore: number;
  readonly lengthAfter: number;
  /** Whether, turned to where its token stands, it is the tap, to the last bit. */
  readonly isTap: boolean;
}

/** The query of the chosen token, and the key that the head reads most. */
export interface Rope {
  readonly prompt: string;
  readonly pos: number;
  readonly layer: number;
  readonly head: number;
  readonly isNeighbours: boolean;
  readonly theta: number;
  readonly q: Turned;
  readonly k: Turned;
  /** The two dimensions of each pair. */
  readonly pairs: readonly (readonly [number, number])[];
  /** By how much a pair is turned from one position to the next, in radians, [H/2]. */
  readonly turns: Float64Array;
  /** What each pair adds to the product, [H/2]. */
  readonly parts: Float64Array;
  /** q · k where they stand now. */
  readonly product: number;
  /** q · k where their tokens stand, and as the model has it: in halves. */
  readonly ownProduct: number;
  readonly modelProduct: number;
  /** q · k by distance, from 0 on. */
  readonly curve: Float64Array;
}
