/**
 * Factors in training: masters with their gradients, and what a frozen model is with them beside its weights.
 * @module
 */
import type { CpuHandles, CpuWeight } from "../../backend/cpu/handles.ts";
import {
  mapWeights,
  type Weights,
  weightSpecs,
  weightsInOrder,
} from "../../model/weights/weights.ts";
import type { Precision } from "../../tensor/precision.ts";
import type { WeightSource } from "../../tensor/stored.ts";
import { type FloatArray, type NdArray, tensor } from "../../tensor/tensor.ts";
import { parameterOf, type TrainedParameter } from "../../training/parameters.ts";
import type { TrainingParts } from "../../training/passes.ts";
import { type Adapter, isHead, type LoraPair } from "./adapter.ts";
import { type FactorHandles, withFactors } from "./kernels.ts";
import { mergeAdapter } from "./merge.ts";
import { moduleOf } from "./settings.ts";

/** As the adapter shows them, as kernels read them, and as an optimiser sees them. */
export interface Factors {
  /** For {@link Adapter}. */
  readonly pairs: ReadonlyMap<string, LoraPair>;
  /** By the name of the weight. */
  readonly handles: ReadonlyMap<string, FactorHandles<CpuHandles>>;
  /** By their own names, in the order of the weights, A before B. */
  readonly parameters: ReadonlyMap<string, TrainedParameter>;
}

/** Masters and gradients of the factors of `begin`, which are copied. */
export function factorsOf(begin: Adapter, numbers: Precision): Factors {
  const pairs = new Map<string, LoraPair>();
  const handles = new Map<string, FactorHandles<CpuHandles>>();
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
    handles.set(name, {
      a: ofA.weight,
      b: ofB.weight,
      scale: parameterOf("scale", [r, r], diagonal(r, scale, numbers), numbers).weight,
      dA: ofA.gradient,
      dB: ofB.gradient,
      sizes: [r, D, b.shape[0]],
    });
  }
  return { pairs, handles, parameters };
}

/** The parts of a frozen model, with factors beside its weights, and `whole` in the place of some. */
export function adapted(
  parts: TrainingParts,
  { handles, parameters }: Factors,
  whole: ReadonlyMap<string, CpuWeight>,
  adapter: Adapter,
): TrainingParts {
  const { config, backend } = parts;
  const shared = weightsInOrder(parts.weights);
  const byName = new Map(weightSpecs(config).map(({ name }, i) => [name, shared[i]]));
  const factors = new Map<CpuWeight, FactorHandles<CpuHandles>>();
  for (const [name, own] of handles) factors.set(byName.get(name) as CpuWeight, own);
  for (const [name, weight] of whole) byName.set(name, weight);
  const gradients: Weights<CpuHandles["tensor"] | undefined> = mapWeights(
    config,
    ({ name }) => handles.get(name)?.dB,
  );
  return {
    ...parts,
    backend: withFactors(backend, factors),
    weights: mapWeights(config, ({ name }) => byName.get(name) as CpuWeight),
    gradients,
    parameters,
    // As for weights that learn themselves: without a dtype, that of the masters.
    tensors(base, dtype = backend.info.precision as "float32" | "float64") {
      const { tensors } = mergeAdapter(base, adapter, { dtype });
      const own = [...tensors].filter(([name]) => !isHead(name));
      return new Map(own) as ReadonlyMap<string, WeightSource>;
    },
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
