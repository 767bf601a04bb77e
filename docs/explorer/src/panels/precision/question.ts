/** What the precision panel asks. @module */
import type { ComputingName } from "../../../../../src/backend/named.ts";
import type { PrecisionName } from "../../../../../src/tensor/precision.ts";
import type { Chance, Token } from "../../messages.ts";

export interface PrecisionQuestion {
  ask: { prompt: string; what: "differences" | "speed" };
  part: Part;
  /** Once all parts are told. */
  answer: { prompt: string };
}

/** A way to compute the same model. */
export interface Way {
  readonly backend: ComputingName;
  readonly precision: PrecisionName;
}

/** All that the library has; the first is the definition. */
export const WAYS: readonly Way[] = [
  { backend: "cpu", precision: "float64" },
  { backend: "cpu", precision: "float32" },
  { backend: "cpu", precision: "bfloat16" },
  { backend: "wasm", precision: "float32" },
  { backend: "webgpu", precision: "float32" },
];

export const nameOf = ({ backend, precision }: Way): string => `${backend} ${precision}`;

/** Tokens of the greedy continuation that is compared, and of that which is timed. */
export const CONTINUED = 24;
/** Timed runs, of which the middle one counts. */
export const ROUNDS = 5;

/** How far one way is from the page's own numbers; arrays have an entry a token. */
export interface Difference {
  readonly largestLogit: Float64Array;
  readonly meanLogit: Float64Array;
  readonly largestChance: Float64Array;
  /** Largest difference of a number of the stream over the stream's root mean square, [tokens, depths]. */
  readonly stream: Float64Array;
  /** The most probable next words, first those of this way. */
  readonly next: readonly (readonly Chance[])[];
  /** What it goes on with. */
  readonly continued: readonly Token[];
  /** The place in it that is the first to differ; undefined if none does. */
  readonly differsAt: number | undefined;
  readonly loadSeconds: number;
}

/** What is told of a way, one after another. */
export type Part =
  | { readonly kind: "absent"; readonly way: string; readonly why: string }
  | { readonly kind: "difference"; readonly way: string; readonly difference: Difference }
  | { readonly kind: "speed"; readonly way: string; readonly perSecond: number };
