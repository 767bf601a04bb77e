/**
 * Weights to begin from: matrices and the table from a normal distribution, norm weights 0, which is a gain of 1.
 * @module
 */

import type { GemmaConfig } from "../config.ts";
import { weightSpecs } from "../model/weights/weights.ts";
import { type Random, xoshiro128 } from "../random.ts";
import type { WeightSource } from "../tensor/stored.ts";
import { elementsOf } from "../tensor/tensor.ts";
import { sourceOf } from "./source-of.ts";

/** The weights of a model that has learnt nothing, by name: in float64, from N(0, std²) by `seed`. */
export function randomWeights(
  config: GemmaConfig,
  seed: number,
  std: number,
): ReadonlyMap<string, WeightSource> {
  const random = xoshiro128(seed);
  return new Map(
    weightSpecs(config).map(({ name, shape }) => {
      const data = new Float64Array(elementsOf(shape));
      if (shape.length > 1) for (let i = 0; i < data.length; i++) data[i] = std * normal(random);
      return [name, sourceOf({ name, shape, data })];
    }),
  );
}

/** One number from N(0, 1). Box & Muller 1958, doi:10.1214/aoms/1177706645. */
export function normal(random: Random): number {
  // 1 − u lies in (0, 1], so that its logarithm is finite.
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
