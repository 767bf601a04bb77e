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
import type { Asked } from "./observation.ts";

/** The budget of an output of engines that have the bug. */
export type Noise = (vector: Asked, tap: string) => Budget;

/** Room for ways that were not tried, as in budget.ts. */
const FACTOR = 4;

/** Ways that are tried: three are enough to tell a magnified rounding from none. */
const TRIED = 3;

/**
 * Measures `parts` in some ways of the class, a vector when it is asked for. Whether a rounding tips over is chance, in
 * a prompt of a few tokens above all, so that all prompts of a model that were measured count together, and all layers.
 */
export function noiseOf(parts: Parts, materials: Materials, accuracy: Accuracy): Noise {
  const measured = new Set<string>();
  const found = new Map<string, Map<string, Budget>>();
  const ways = chosen(WAYS[accuracy]).map(({ parts: way }): Parts => {
    return { ...way, ...parts, components: { ...way.components, ...parts.components } };
  });
  return (vector, tap) => {
    const key = vector.kind === "op" ? vector.id : vector.model;
    if (!found.has(key)) found.set(key, new Map());
    const known = found.get(key) as Map<string, Budget>;
    if (!measured.has(vector.id)) measure(vector, parts, ways, materials, known);
    measured.add(vector.id);
    const { nrmse, max } = known.get(parseTap(tap).tap) ?? { nrmse: 0, max: 0 };
    return { nrmse: FACTOR * nrmse, max: FACTOR * max };
  };
}

/** Notes the worst distance of each output in `found`, whatever its layer. */
function measure(
  vector: Asked,
  parts: Parts,
  ways: readonly Parts[],
  materials: Materials,
  found: Map<string, Budget>,
): void {
  const expected = runVector(vector, materials, parts);
  for (const way of ways) {
    for (const [tap, output] of runVector(vector, materials, way)) {
      const pair = aligned(output, expected.get(tap) as NdArray);
      if (!pair) continue;
      const distance = distanceOf(elements(pair[0]), elements(pair[1]));
      const { tap: name } = parseTap(tap);
      found.set(name, worse(found.get(name) ?? distance, distance));
    }
  }
}

/** Some of them, from the first to the last. */
function chosen<T>(ways: readonly T[]): T[] {
  const step = Math.max(1, Math.floor(ways.length / TRIED));
  return ways.filter((_, i) => i % step === Math.min(1, step - 1)).slice(0, TRIED);
}
