/**
 * A vector, run by the engine: the truth, a known bug, or another legitimate way, by its parts.
 * @module
 */
import { mapWeights, weightSpecs, weightsInOrder } from "../../model/weights/weights.ts";
import type { NdArray } from "../../tensor/tensor.ts";
import type { Feed, ForwardVector, OpVector } from "../vectors/vector.ts";
import { Engine, type FeedOptions, type Parts } from "./engine.ts";
import { runOp } from "./run-op.ts";
import type { EngineModel } from "./weights.ts";

/** The models and inputs that vectors refer to. */
export interface Materials {
  readonly models: ReadonlyMap<string, EngineModel>;
  readonly inputs: ReadonlyMap<string, NdArray>;
}

/** A vector as it is run: its budgets play no part. */
export type Runnable =
  | Pick<ForwardVector, "kind" | "model" | "feeds" | "taps">
  | Pick<OpVector, "kind" | "op" | "attrs" | "inputs" | "taps">;

/**
 * The outputs of a vector, computed with `parts`, in computing order. One that `parts` does not have is left out.
 * @param given values of the testee to go on from: see {@link FeedOptions}.
 */
export function runVector(
  vector: Runnable,
  { models, inputs }: Materials,
  parts: Parts = {},
  options: FeedOptions = {},
): Map<string, NdArray> {
  const outputs =
    vector.kind === "op"
      ? runOp({ ...vector, inputs: inputsOf(vector, inputs) }, parts)
      : feedAll(models.get(vector.model) as EngineModel, vector.feeds, parts, options);
  const wanted = new Set(vector.taps);
  return new Map([...outputs].filter(([tap]) => wanted.has(tap)));
}

/** The inputs of an operator by argument. */
export function inputsOf(
  { inputs: names }: Pick<OpVector, "inputs">,
  inputs: ReadonlyMap<string, NdArray>,
): Map<string, NdArray> {
  return new Map(
    Object.entries(names).map(([argument, name]) => [argument, inputs.get(name) as NdArray]),
  );
}

/** The intermediates of the last of `feeds`. */
export function feedAll(
  model: EngineModel,
  feeds: readonly Feed[],
  parts: Parts,
  options: FeedOptions = {},
): ReadonlyMap<string, NdArray> {
  const engine = new Engine(withWeights(model, parts.weights), parts);
  const last = feeds.length - 1;
  for (const { ids, pos } of feeds.slice(0, last)) engine.feed(ids, pos);
  return engine.feed(feeds[last].ids, feeds[last].pos, options);
}

/** The model with each weight in another form. */
export function withWeights(model: EngineModel, change: Parts["weights"]): EngineModel {
  if (!change) return model;
  const { config, weights } = model;
  const specs = weightSpecs(config);
  const changed = new Map(
    weightsInOrder(weights).map((weight, i) => [specs[i].name, change(weight, specs[i].name)]),
  );
  const make = ({ name }: { name: string }) => changed.get(name) as (typeof model.weights)["norm"];
  return { config, weights: mapWeights(config, make) };
}
