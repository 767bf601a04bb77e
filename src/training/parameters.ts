/**
 * The weights of a model that learns: those that train as masters of their own, in float32 or float64, the others as
 * they are stored. Of those, float64 weights of a model that computes in float32 are rounded to float32, once, when they are
 * read: matmuls in float32 read nothing wider, and the file's own numbers still go out.
 *
 * A master is not kept in bfloat16: there a step below 2⁻⁹ of a weight changes nothing (docs/training.md). Results go
 * out in whatever dtype is asked for, rounded once.
 * @module
 */
import { type CpuTensor, type CpuWeight, uploadWhole } from "../backend/cpu/handles.ts";
import { asType } from "../checkpoint/encode/as-type.ts";
import type { GemmaConfig } from "../config.ts";
import { mapWeights, type Weights } from "../model/weights/weights.ts";
import { heldRows } from "../tensor/held.ts";
import { float32, type Precision } from "../tensor/precision.ts";
import { storedFromBytes, type WeightSource, widenRow } from "../tensor/stored.ts";
import { elementsOf, type FloatArray, tensor } from "../tensor/tensor.ts";
import { roomFor } from "./room-for.ts";
import type { Parameter } from "./trains.ts";

/** A weight that trains, with what its gradient is added to. */
export interface TrainedParameter extends Parameter {
  readonly gradient: FloatArray;
}

/** The weights of a model, in the three ways they are looked at. */
export interface TrainedWeights {
  /** As kernels read them. */
  readonly weights: Weights<CpuWeight>;
  /** What twins add to; undefined of a weight that does not train. */
  readonly gradients: Weights<CpuTensor | undefined>;
  /** As an optimiser sees them: those that train, by name, in the order of the tree. */
  readonly parameters: ReadonlyMap<string, TrainedParameter>;
}

/** Weights as {@link trainedWeights} reads them. */
export interface ReadWeights extends TrainedWeights {
  /** Those that do not train, to be read as they were given: from memory, if they lie there as they are stored. */
  readonly frozen: ReadonlyMap<string, WeightSource>;
}

/** Zeroed gradient, of a master that kernels read in place. */
export function parameterOf(
  name: string,
  shape: readonly number[],
  data: FloatArray,
  precision: Precision,
): { parameter: TrainedParameter; weight: CpuWeight; gradient: CpuTensor } {
  const gradient = roomFor(`gradient of ${name}`, () => precision.alloc(data.length));
  const columns = shape[shape.length - 1];
  const dtype = data instanceof Float64Array ? "float64" : "float32";
  return {
    parameter: { name, shape, data, gradient },
    weight: { shape, normOffset: 1, stored: { dtype, shape, data }, gain: tensor(data, [columns]) },
    gradient: { label: `gradient of ${name}`, columns, data: gradient },
  };
}

/**
 * The weights of a checkpoint: `trains` says which get a master and a gradient. The others stay as stored, but for float64
 * where `precision` is float32: they are rounded to it, once.
 * @throws {UnsupportedError} if a weight to be rounded has a number that is too large for float32.
 */
export async function trainedWeights(
  config: GemmaConfig,
  sources: ReadonlyMap<string, WeightSource>,
  precision: Precision,
  trains: (name: string, shape: readonly number[]) => boolean,
  signal?: AbortSignal,
): Promise<ReadWeights> {
  const weights = new Map<string, CpuWeight>();
  const frozen = new Map<string, WeightSource>();
  const gradients = new Map<string, CpuTensor>();
  const parameters = new Map<string, TrainedParameter>();
  for (const [name, source] of sources) {
    signal?.throwIfAborted();
    if (!trains(name, source.shape)) {
      const weight = await frozenWeight(source, precision, signal);
      weights.set(name, weight);
      frozen.set(name, inMemory(source, weight));
      continue;
    }
    const data = await masterOf(source, precision, signal);
    const made = parameterOf(name, source.shape, data, precision);
    weights.set(name, made.weight);
    gradients.set(name, made.gradient);
    parameters.set(name, made.parameter);
  }
  return {
    weights: mapWeights(config, ({ name }) => weights.get(name) as CpuWeight),
    gradients: mapWeights(config, ({ name }) => gradients.get(name)),
    parameters,
    frozen,
  };
}

/** So that what a weight was read from, a file or the masters of another model, is not needed any more. */
function inMemory(source: WeightSource, { stored: { dtype, data } }: CpuWeight): WeightSource {
  if (dtype !== source.dtype) return source; // it was rounded
  return heldRows(source, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

/**
 * A weight that does not train, as it is stored; float64 rounded to float32 where `precision` is that.
 * @throws {UnsupportedError} if a number is too large for float32.
 */
export async function frozenWeight(
  source: WeightSource,
  precision: Precision,
  signal?: AbortSignal,
): Promise<CpuWeight> {
  const { weight, arrived } = uploadWhole(
    precision === float32 ? asNarrow(source) : source,
    signal,
  );
  await arrived;
  return weight;
}

/** float64 as float32; narrower dtypes as they are. */
const asNarrow = (source: WeightSource) =>
  source.dtype === "float64" ? asType(source, "F32") : source;

/** The numbers of a weight, widened, row by row; norms as offsets from 1, wherever the file has the 1. */
async function masterOf(
  source: WeightSource,
  precision: Precision,
  signal?: AbortSignal,
): Promise<FloatArray> {
  const { name, shape, dtype, normOffset = 1 } = source;
  const data = roomFor(name, () => precision.alloc(elementsOf(shape)));
  const columns = shape[shape.length - 1];
  const rows = elementsOf(shape) / columns;
  const stored = storedFromBytes(await source.rows(0, shape[0], signal), dtype, shape);
  const row = new Float64Array(columns);
  for (let r = 0; r < rows; r++) {
    widenRow(stored, r, row);
    if (shape.length === 1 && normOffset === 0) for (let c = 0; c < columns; c++) row[c] -= 1;
    data.set(row, r * columns);
  }
  return data;
}
