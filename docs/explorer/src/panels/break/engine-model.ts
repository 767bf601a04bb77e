/**
 * The model as the suite's engine takes it: that engine is what known bugs are switched on in.
 * @module
 */
import {
  type EngineModel,
  type EngineWeight,
  weightOf,
} from "../../../../../src/conformance/engine/weights.ts";
import { mapWeights, weightSpecs } from "../../../../../src/model/weights/weights.ts";
import type { Subject } from "../../answers/subject.ts";

const made = new WeakMap<Subject, Promise<EngineModel>>();

export function engineModel(subject: Subject): Promise<EngineModel> {
  const known = made.get(subject) ?? make(subject);
  made.set(subject, known);
  return known;
}

async function make({ gemma, weight }: Subject): Promise<EngineModel> {
  const { config } = gemma;
  const read = async ({ name }: { name: string }) => {
    const { data, shape } = await weight(name);
    return [name, weightOf({ dtype: "float64", data, shape })] as const;
  };
  const weights = new Map(await Promise.all(weightSpecs(config).map(read)));
  return { config, weights: mapWeights(config, ({ name }) => weights.get(name) as EngineWeight) };
}
