/**
 * A model that learns by low-rank factors alone: its weights are frozen, as they are stored, and have neither masters
 * nor gradients nor moments of an optimiser.
 * @module
 */

import type { CpuHandles, CpuWeight } from "../../backend/cpu/handles.ts";
import { brief } from "../../brief.ts";
import type { GemmaConfig } from "../../config.ts";
import { refusals } from "../../errors.ts";
import {
  mapWeights,
  type Weights,
  weightSpecs,
  weightsInOrder,
} from "../../model/weights/weights.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { float32, float64, type Precision } from "../../tensor/precision.ts";
import type { RowSource, WeightSource } from "../../tensor/stored.ts";
import { type FloatArray, type NdArray, tensor } from "../../tensor/tensor.ts";
import { parameterOf, type TrainedParameter } from "../../training/parameters.ts";
import type { TrainingParts } from "../../training/passes.ts";
import { TrainableModel, type TrainableOptions } from "../../training/trainable.ts";
import {
  type Adapter,
  LORA_NAMES,
  type LoraOptions,
  type LoraPair,
  newAdapter,
} from "./adapter.ts";
import { type FactorHandles, withFactors } from "./kernels.ts";
import { assertFits, mergeAdapter } from "./merge.ts";
import { moduleOf } from "./settings.ts";

/** Options of {@link loraModel}: those of the factors, and of the model that learns. */
export interface LoraModelOptions
  extends LoraOptions,
    Pick<TrainableOptions, "matmuls" | "recompute" | "signal"> {
  /** An adapter to go on from, copied. Its settings stand in the place of r, alpha and the others. */
  readonly adapter?: Adapter;
}

const NAMES: OptionNames<LoraModelOptions> = {
  ...LORA_NAMES,
  adapter: true,
  matmuls: true,
  recompute: "boolean",
  signal: true,
};

/** A model that learns, and what it learns. */
export interface LoraModel {
  /**
   * For optimisers and the loop. Its parameters are the factors: `model.layers.0.self_attn.q_proj.lora_A.weight`, in
   * the order of the weights, A before B. Its `tensors()` are the weights with the adapter merged in.
   */
  readonly model: TrainableModel;
  /** The factors as they are now: for `writeAdapter` and `mergeAdapter`. */
  readonly adapter: Adapter;
}

/**
 * Low-rank factors beside the weights of a model, to be trained.
 *
 *     const { model, adapter } = await loraModel(checkpoint, { r: 8 });
 *
 * @param source a checkpoint that is open, or `{ config, tensors }`.
 * @throws {ArgumentError} if an option is out of range.
 */
export async function loraModel(
  source: { readonly config: GemmaConfig; readonly tensors: ReadonlyMap<string, RowSource> },
  options: LoraModelOptions = {},
): Promise<LoraModel> {
  const op = "loraModel";
  assertOptions(op, options, NAMES);
  const { adapter: given, matmuls, recompute, signal, ...own } = options;
  const { precision = "float32", ...settings } = own;
  const old = given && Object.keys(settings)[0];
  if (old) {
    const hint = "the adapter has its own settings; leave it out, or begin without an adapter";
    throw refusals(op).argument(
      old,
      "no setting beside an adapter",
      brief(own[old as never]),
      hint,
    );
  }
  const begin = given ?? newAdapter(source.config, { ...settings, precision });
  assertFits(op, source.tensors, begin);
  const numbers = precision === "float64" ? float64 : float32;
  const pairs = new Map<string, LoraPair>();
  const made = new Map<string, FactorHandles<CpuHandles>>();
  const parameters = new Map<string, TrainedParameter>();
  for (const [name, { a, b, scale }] of begin.pairs) {
    const module = moduleOf(name);
    const [ofA, ofB] = [
      parameterOf(`${module}.lora_A.weight`, a.shape, copied(a, numbers), numbers),
      parameterOf(`${module}.lora_B.weight`, b.shape, copied(b, numbers), numbers),
    ];
    for (const { parameter } of [ofA, ofB]) parameters.set(parameter.name, parameter);
    const [r, D] = a.shape;
    pairs.set(name, {
      a: tensor(ofA.parameter.data, a.shape),
      b: tensor(ofB.parameter.data, b.shape),
      scale,
    });
    made.set(name, {
      a: ofA.weight,
      b: ofB.weight,
      scale: parameterOf("scale", [r, r], diagonal(r, scale, numbers), numbers).weight,
      dA: ofA.gradient,
      dB: ofB.gradient,
      sizes: [r, D, b.shape[0]],
    });
  }
  const adapter: Adapter = { ...begin, pairs };
  const tensors = new Map([...source.tensors, ...begin.whole]);
  const adapt = (parts: TrainingParts) => adapted(parts, made, parameters, adapter);
  const model = await TrainableModel.from(
    { config: source.config, tensors },
    { precision, matmuls, recompute, signal, trains: () => false, adapt },
  );
  return { model, adapter };
}

/** The parts of a frozen model, with factors beside its weights. */
function adapted(
  parts: TrainingParts,
  made: ReadonlyMap<string, FactorHandles<CpuHandles>>,
  parameters: ReadonlyMap<string, TrainedParameter>,
  adapter: Adapter,
): TrainingParts {
  const { config, backend, weights } = parts;
  const names = weightSpecs(config).map(({ name }) => name);
  const handles = weightsInOrder(weights);
  const factors = new Map<CpuWeight, FactorHandles<CpuHandles>>();
  for (const [name, own] of made) factors.set(handles[names.indexOf(name)], own);
  const gradients: Weights<CpuHandles["tensor"] | undefined> = mapWeights(
    config,
    ({ name }) => made.get(name)?.dB,
  );
  return {
    ...parts,
    backend: withFactors(backend, factors),
    gradients,
    parameters,
    // As for weights that learn themselves: without a dtype, that of the masters.
    tensors: (base, dtype = backend.info.precision as "float32" | "float64") =>
      mergeAdapter(base, adapter, { dtype }).tensors as ReadonlyMap<string, WeightSource>,
  };
}

function copied(x: NdArray, { alloc }: Precision): FloatArray {
  const [rows, columns] = x.shape;
  const data = alloc(rows * columns);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) data[r * columns + c] = x.get(r, c);
  }
  return data;
}

/** s · I, [r, r]. */
function diagonal(r: number, s: number, { alloc }: Precision): FloatArray {
  const data = alloc(r * r);
  for (let i = 0; i < r; i++) data[i * r + i] = s;
  return data;
}
