/** What the panel about RMSNorm asks. @module */

/** Ways to get a norm wrong, as a link names them. */
export const MISTAKES = ["without-one", "one-twice", "eps-outside"] as const;
export type Mistake = (typeof MISTAKES)[number];

export interface RmsNormQuestion {
  ask: { prompt: string; pos: number; norm: number };
  answer: RmsNorm;
}

/** What comes out of a norm, done in some way. */
export interface Way {
  /** Undefined of the right one. */
  readonly mistake: Mistake | undefined;
  /** [D] */
  readonly out: Float64Array;
  /** The dimension that is furthest from the tap, and how far. */
  readonly dim: number;
  readonly off: number;
}

/** One norm at one token. */
export interface RmsNorm {
  readonly prompt: string;
  readonly pos: number;
  readonly norm: number;
  /** Length of the stream before and behind each norm of the model. */
  readonly lengths: readonly { readonly before: number; readonly after: number }[];
  /** Name of the tap that holds what comes out. */
  readonly tap: string;
  /** The stream, [D]. */
  readonly x: Float64Array;
  readonly meanSquare: number;
  readonly eps: number;
  /** `hook_scale` */
  readonly scale: number;
  /** `hook_normalized`, [D] */
  readonly normalized: Float64Array;
  /** 1 + weight, [D] */
  readonly gain: Float64Array;
  /** `hook_out`, [D] */
  readonly out: Float64Array;
  /** The right way first. */
  readonly ways: readonly Way[];
  /** What becomes of the furthest number if ε is 0. */
  readonly withoutEps: number;
}
