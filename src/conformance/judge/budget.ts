/**
 * Budgets: how far an engine that is right may be from the truth. They are measured, not chosen: four times the
 * worst of several legitimate ways to compute (ways/ways.ts), for each output and accuracy class.
 * @module
 */
import type { Accuracy } from "../../backend/backend.ts";
import type { NdArray } from "../../tensor/tensor.ts";
import { unitRoundoff } from "../accuracy.ts";
import type { Parts } from "../engine/engine.ts";
import type { Budget } from "../vectors/vector.ts";
import { WAYS, type Way } from "../ways/ways.ts";
import { distanceOf, worse } from "./distance.ts";

/** Room for ways that were not tried. */
const FACTOR = 4;

/** The truth is known to this: its two computations agree to it (fixtures/generate). */
const AGREEMENT = 1e-12;

/** Computes the outputs of a vector with some parts. */
export type Run = (parts: Parts) => ReadonlyMap<string, NdArray>;

/** The budget of each output in a class: by default of all its ways. */
export function budgetsOf(
  accuracy: Accuracy,
  run: Run,
  truth: ReadonlyMap<string, NdArray>,
  ways: readonly Way[] = WAYS[accuracy],
): Map<string, Budget> {
  const worst = new Map([...truth.keys()].map((tap) => [tap, { nrmse: 0, max: 0 } as Budget]));
  for (const { parts } of ways) {
    const outputs = run(parts);
    for (const [tap, expected] of truth) {
      const output = outputs.get(tap);
      if (!output) continue;
      worst.set(tap, worse(worst.get(tap) as Budget, distanceOf(output.data, expected.data)));
    }
  }
  return new Map(
    [...worst].map(([tap, { nrmse, max }]) => {
      const least = floorOf(accuracy, (truth.get(tap) as NdArray).data);
      return [tap, worse({ nrmse: FACTOR * nrmse, max: FACTOR * max }, least)];
    }),
  );
}

/** The least budget: four roundings of the stored result; in float64, what the truth is known to. */
function floorOf(accuracy: Accuracy, truth: ArrayLike<number>): Budget {
  if (accuracy === "float64") return { nrmse: AGREEMENT, max: AGREEMENT };
  let [squares, largest, count] = [0, 0, 0];
  for (let i = 0; i < truth.length; i++) {
    if (!Number.isFinite(truth[i])) continue;
    squares += truth[i] * truth[i];
    largest = Math.max(largest, Math.abs(truth[i]));
    count++;
  }
  const rounding = FACTOR * unitRoundoff(accuracy);
  const peak = largest / (Math.sqrt(squares / Math.max(1, count)) || 1);
  return { nrmse: rounding, max: rounding * Math.max(1, peak) };
}
