/**
 * Proof of power: how far over the budget each known bug is, in each accuracy class, on the vector that shows it
 * best. A suite that a bug could pass would be worth little.
 * @module
 */
import type { Accuracy } from "../../backend/backend.ts";
import type { NdArray } from "../../tensor/tensor.ts";
import { ACCURACIES } from "../accuracy.ts";
import { type Materials, runVector } from "../engine/run-vector.ts";
import type { Mutant } from "../mutants/mutant.ts";
import type { Suite } from "../vectors/suite.ts";
import { distanceOf, overBudget } from "./distance.ts";
import { aligned } from "./judge.ts";

/** A bug is killed where it is this many times over a budget. */
export const KILLED = 10;

/** Where a bug shows best in a class. */
export interface Power {
  readonly over: number;
  readonly id: string;
  readonly tap: string;
}

/** The power of `suite` against a bug, by class. */
export function powerOf(
  { parts }: Mutant,
  suite: Suite,
  materials: Materials,
): Map<Accuracy, Power> {
  const best = new Map<Accuracy, Power>(
    ACCURACIES.map((accuracy) => [accuracy, { over: 0, id: "", tap: "" }]),
  );
  for (const vector of suite.vectors) {
    for (const [tap, output] of runVector(vector, materials, parts)) {
      const truth = suite.expected.get(`${vector.id}/${tap}`) as NdArray;
      const pair = aligned(output, truth);
      if (!pair) continue; // another shape is a failure of its own
      const distance = distanceOf(pair[0].data, pair[1].data);
      for (const accuracy of ACCURACIES) {
        const budget = vector.budgets[accuracy]?.[tap];
        const over = budget ? overBudget(distance, budget) : 0;
        if (over > (best.get(accuracy) as Power).over) {
          best.set(accuracy, { over, id: vector.id, tap });
        }
      }
    }
  }
  return best;
}
