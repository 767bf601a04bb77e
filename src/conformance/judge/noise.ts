/**
 * How far apart engines are that have the same bug. Budgets are those of right engines, and a bug may magnify
 * roundings, above all one that rounds: the last bit of a sum then decides between two numbers of float16.
 * @module
 */
import type { Accuracy } from "../../backend/backend.ts";
import { parseTap } from "../../model/taps.ts";
import type { NdArray } from "../../tensor/tensor.ts";
import type { Parts } from "../engine/engine.ts";
import { type Materials, runVector } from "../engine/run-vector.ts";
import type { Budget } from "../vectors/vector.ts";
import { WAYS } from "../ways/ways.ts";
import { distanceOf, worse } from "./distance.ts";
import { aligned, elements } from "./judge.ts";
import type { Asked, Observation } from "./observation.ts";

/** The budget of an output of engines that have the bug. */
export type Noise = (vector: Asked, tap: string) => Budget;

/** Room for ways that were not tried, as in budget.ts. */
const FACTOR = 4;

/** Ways that are tried: three are enough to tell a magnified rounding from none. */
const TRIED = 3;

/**
 * Measures `parts` in some ways of the class. Whether a rounding tips over is chance, in a prompt of a few tokens
 * above all, so that all prompts of a model are looked at together, and all layers.
 */
export function noiseOf(
  observations: readonly Observation[],
  parts: Parts,
  materials: Materials,
  accuracy: Accuracy,
): Noise {
  const found = new Map<string, Budget>();
  const nothing: Budget = { nrmse: 0, max: 0 };
  for (const { vector } of observations) {
    const expected = runVector(vector, materials, parts);
    for (const way of chosen(WAYS[accuracy])) {
      const { components } = way.parts;
      const both = { ...way.parts, ...parts, components: { ...components, ...parts.components } };
      for (const [tap, output] of runVector(vector, materials, both)) {
        const pair = aligned(output, expected.get(tap) as NdArray);
        if (!pair) continue;
        const distance = distanceOf(elements(pair[0]), elements(pair[1]));
        const key = keyOf(vector, tap);
        found.set(key, worse(found.get(key) ?? nothing, distance));
      }
    }
  }
  return (vector, tap) => {
    const { nrmse, max } = found.get(keyOf(vector, tap)) ?? nothing;
    return { nrmse: FACTOR * nrmse, max: FACTOR * max };
  };
}

/** Some of them, from the first to the last. */
function chosen<T>(ways: readonly T[]): T[] {
  const step = Math.max(1, Math.floor(ways.length / TRIED));
  return ways.filter((_, i) => i % step === Math.min(1, step - 1)).slice(0, TRIED);
}

function keyOf(vector: Asked, tap: string): string {
  return vector.kind === "op" ? `${vector.id}/${tap}` : `${vector.model}/${parseTap(tap).tap}`;
}
