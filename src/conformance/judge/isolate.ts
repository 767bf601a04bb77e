/**
 * Which steps are wrong by themselves: each output is computed again from the testee's own numbers for what goes
 * into it. So an error shows where it is made, and not where it flows to.
 * @module
 */
import type { TapName } from "../../model/taps.ts";
import type { NdArray } from "../../tensor/tensor.ts";
import type { Parts } from "../engine/engine.ts";
import { type Materials, runVector } from "../engine/run-vector.ts";
import type { Budget } from "../vectors/vector.ts";
import { completeTaps } from "./complete-taps.ts";
import { distanceOf, overBudget } from "./distance.ts";
import { inputsOf } from "./inputs-of.ts";
import { aligned, elements } from "./judge.ts";
import type { Observation } from "./observation.ts";

/** An output and how far it is from what follows from the testee's own numbers. */
export interface Step {
  readonly id: string;
  readonly tap: string;
  readonly over: number;
  /** What follows. */
  readonly expected: NdArray;
  readonly budget: Budget;
}

/**
 * Every output of a vector whose inputs the testee gave too, computed from them with `parts`, and how far the
 * testee's is from it. A vector of several feeds has none: what went into the cache before is not known.
 */
export function isolate(
  { vector, outputs, taps, budgets }: Observation,
  materials: Materials,
  parts: Parts = {},
): Step[] {
  if (vector.kind === "forward" && (vector.feeds.length > 1 || taps.length < 2)) return [];
  const given = completeTaps(outputs as ReadonlyMap<TapName, NdArray>);
  const expected = runVector(vector, materials, parts, { given });
  const isKnown = (tap: string) =>
    vector.kind === "op" ||
    inputsOf(tap as TapName, layersOf(vector.model, materials)).every((input) => given.has(input));
  return taps.flatMap(({ tap }) => {
    if (!isKnown(tap)) return [];
    const fitted =
      expected.get(tap) && aligned(outputs.get(tap) as NdArray, expected.get(tap) as NdArray);
    if (!fitted) return [];
    const [x, t] = fitted;
    const over = overBudget(distanceOf(elements(x), elements(t)), budgets[tap]);
    return [{ id: vector.id, tap, over, expected: t, budget: budgets[tap] }];
  });
}

function layersOf(model: string, { models }: Materials): number {
  return models.get(model)?.config.numHiddenLayers ?? 0;
}

/** Whether a bug changes a step: what follows with it is not what follows without it. */
export function differs(step: Step, right: Step): boolean {
  const { length } = right.expected.data;
  if (step.expected.data.length !== length) return true;
  const distance = distanceOf(elements(step.expected), elements(right.expected));
  return overBudget(distance, right.budget) > 1;
}
