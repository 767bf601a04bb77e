/**
 * The weights that the engine computes with, in memory.
 * @module
 */
import type { GemmaConfig } from "../../config.ts";
import { matchWeights } from "../../model/weights/match.ts";
import { mapWeights, type Weights } from "../../model/weights/weights.ts";
import {
  type RowSource,
  type Stored,
  storedFromBytes,
  type WeightSource,
  widenRow,
} from "../../tensor/stored.ts";
import { type NdArray, tensor } from "../../tensor/tensor.ts";

/** A weight: a matrix as it is stored, and a norm's gain [D] widened to float64. */
export interface EngineWeight {
  readonly stored: Stored;
  /** Empty for a matrix. */
  readonly gain: NdArray;
  /** What the norm adds to the gain. */
  readonly normOffset: 0 | 1;
}

/** A model that the engine runs. */
export interface EngineModel {
  readonly config: GemmaConfig;
  readonly weights: Weights<EngineWeight>;
}

/**
 * Reads a checkpoint's tensors into memory, in their stored dtypes.
 * @throws {FormatError} if they are not those of `config`.
 */
export async function readWeights(
  given: GemmaConfig,
  tensors: ReadonlyMap<string, RowSource>,
  name?: string,
): Promise<EngineModel> {
  const { config, weights: sources } = await matchWeights(given, tensors, name);
  const read = new Map<string, EngineWeight>();
  for (const [weight, source] of sources) read.set(weight, await readOne(source));
  return { config, weights: mapWeights(config, (spec) => read.get(spec.name) as EngineWeight) };
}

async function readOne(source: WeightSource): Promise<EngineWeight> {
  const { dtype, shape, normOffset = 1 } = source;
  const stored = storedFromBytes(await source.rows(0, shape[0]), dtype, shape);
  return weightOf(stored, normOffset);
}

/** A weight as the engine takes it. */
export function weightOf(stored: Stored, normOffset: 0 | 1 = 1): EngineWeight {
  const { shape } = stored;
  const gain = new Float64Array(shape.length === 1 ? shape[0] : 0);
  if (shape.length === 1) widenRow(stored, 0, gain);
  return { stored, gain: tensor(gain, [gain.length]), normOffset };
}
