/**
 * What was seen of a testee on one vector, as the diagnosis takes it.
 * @module
 */
import type { NdArray } from "../../tensor/tensor.ts";
import type { Budget, ForwardVector, OpVector } from "../vectors/vector.ts";
import type { TapResult } from "./tap-result.ts";

/** A vector without its budgets, which may be those of a class that is not stored. */
export type Asked =
  | Pick<ForwardVector, "kind" | "id" | "model" | "feeds" | "taps">
  | Pick<OpVector, "kind" | "id" | "op" | "attrs" | "inputs" | "taps">;

/** A vector that was run. */
export interface Observation {
  readonly vector: Asked;
  /** In the class of the testee. */
  readonly budgets: Readonly<Record<string, Budget>>;
  /** What the testee gave, in the shapes of the truth. */
  readonly outputs: ReadonlyMap<string, NdArray>;
  readonly taps: readonly TapResult[];
}

/** Whether an output of it fails. */
export function hasFailed({ taps }: Observation): boolean {
  return taps.some(({ over }) => !(over <= 1));
}
