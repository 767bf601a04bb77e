/** The engine as a testee of a model with real weights, and one that is wrong in a single block. */
import type { Accuracy } from "../../src/backend/backend.ts";
import { Engine, type Parts } from "../../src/conformance/engine/engine.ts";
import { type EngineModel, readWeights } from "../../src/conformance/engine/weights.ts";
import { streamed } from "../../src/conformance/real/model-ways.ts";
import type { Testee } from "../../src/conformance/run/testee.ts";
import type { SuiteModel } from "../../src/conformance/vectors/suite.ts";
import type { LayerWeights } from "../../src/model/weights/weights.ts";
import { checkpoint } from "./goldens.ts";

/** A trained fixture model, as a testee is given it. */
export async function trainedModel(name: string): Promise<SuiteModel> {
  const { config, tensors } = await checkpoint(name);
  return { name, config, tensors };
}

const read = new WeakMap<SuiteModel["tensors"], Promise<EngineModel>>();

/** The weights of a model, read once: nobody changes them in place. */
function weightsOf({ config, tensors }: SuiteModel): Promise<EngineModel> {
  const model = read.get(tensors) ?? readWeights(config, tensors);
  read.set(tensors, model);
  return model;
}

/**
 * @param change what becomes of the weights.
 */
export function engineAsTestee(
  accuracy: Accuracy,
  parts: Parts = {},
  change: (model: EngineModel) => EngineModel = (model) => model,
): Testee {
  const quick = streamed(parts); // the same bits
  let model: EngineModel;
  let engine: Engine;
  return {
    info: { name: "engine", accuracy },
    async load(given) {
      model = change(await weightsOf(given));
      engine = new Engine(model, quick);
    },
    async reset() {
      engine = new Engine(model, quick);
    },
    async forward({ ids, pos }, taps) {
      const all = engine.feed(ids, pos);
      return new Map([...all].filter(([tap]) => taps.includes(tap)));
    },
  };
}

/** A model whose block `layer` has its weights put together otherwise. */
export function withBlock<W extends EngineModel>(
  model: W,
  layer: number,
  change: (weights: LayerWeights<W["weights"]["norm"]>) => Partial<typeof weights>,
): EngineModel {
  const layers = model.weights.layers.map((weights, l) =>
    l === layer ? { ...weights, ...change(weights) } : weights,
  );
  return { ...model, weights: { ...model.weights, layers } };
}
