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

/** Prompts of a model that are looked at together. */
const PROMPTS = 3;

/**
 * Measures `parts` in some ways of the class, when asked for. Whether a rounding tips over is chance, in a prompt of
 * a few tokens above all, so that several prompts of a model are looked at together, and all layers.
 */
export function noiseOf(
  observations: readonly Observation[],
  parts: Parts,
  materials: Materials,
  accuracy: Accuracy,
): Noise {
  const known = new Map<string, ReadonlyMap<string, Budget>>();
  const ways = chosen(WAYS[accuracy]).map(({ parts: way }): Parts => {
    return { ...way, ...parts, components: { ...way.components, ...parts.components } };
  });
  return (asked, tap) => {
    const key = asked.kind === "op" ? asked.id : asked.model;
    if (!known.has(key)) {
      const vectors = asked.kind === "op" ? [asked] : promptsOf(observations, asked);
      known.set(key, measure(vectors, parts, ways, materials));
    }
    const { nrmse, max } = known.get(key)?.get(parseTap(tap).tap) ?? { nrmse: 0, max: 0 };
    return { nrmse: FACTOR * nrmse, max: FACTOR * max };
  };
}

/** The prompt, and some others of its model. */
function promptsOf(observations: readonly Observation[], asked: Asked): Asked[] {
  const others = observations
    .map(({ vector }) => vector)
    .filter(
      (one) => one.kind === "forward" && asked.kind === "forward" && one.model === asked.model,
    );
  return [...new Set([asked, ...others])].slice(0, PROMPTS);
}

/** The worst distance of each output, whatever its layer. */
function measure(
  vectors: readonly Asked[],
  parts: Parts,
  ways: readonly Parts[],
  materials: Materials,
): Map<string, Budget> {
  const found = new Map<string, Budget>();
  for (const vector of vectors) {
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
  return found;
}

/** Some of them, from the first to the last. */
function chosen<T>(ways: readonly T[]): T[] {
  const step = Math.max(1, Math.floor(ways.length / TRIED));
  return ways.filter((_, i) => i % step === Math.min(1, step - 1)).slice(0, TRIED);
}
