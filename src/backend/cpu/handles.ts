/**
 * What the CPU backend's handles are: typed arrays, looked at as ndarrays.
 * @module
 */
import type { GemmaConfig } from "../../config.ts";
import { type Stored, storedFromBytes, type WeightSource, widenRow } from "../../tensor/stored.ts";
import { elementsOf, type FloatArray, type NdArray, tensor } from "../../tensor/tensor.ts";
import type { Arriving, Handles, Rows } from "../backend.ts";

/** Scratch [maxRows, columns], row-major. */
export interface CpuTensor {
  /** For messages. */
  readonly label: string;
  /** Numbers of a row. */
  readonly columns: number;
  /** Its rows, one after the other. */
  readonly data: FloatArray;
}

/** A weight; not to be looked at before `arriving`, if there is such a thing, has resolved. */
export interface CpuWeight {
  /** [V, D] or [F, D], or [D] of a norm. */
  readonly shape: readonly number[];
  /** What `rmsNorm` adds to a gain: 1, unless the file has the 1 inside. */
  readonly normOffset: 0 | 1;
  /** In its stored dtype. */
  stored: Stored;
  /** A norm weight [D], widened to float64: D numbers are not worth keeping narrow. */
  gain: NdArray;
  /** While it is being uploaded: resolves when it is there. */
  arriving?: Promise<void>;
}

/** Keys and values of each layer, [positions, K, H]; replaced when it grows. */
export interface CpuKV {
  /** The shapes it was made for. */
  readonly config: GemmaConfig;
  /** Rotated keys of each layer, [S, K, H]. */
  readonly keys: NdArray[];
  /** Values of each layer, [S, K, H]. */
  readonly values: NdArray[];
}

/** The handles of the CPU backend. */
export interface CpuHandles extends Handles {
  tensor: CpuTensor;
  weight: CpuWeight;
  kv: CpuKV;
  ids: Int32Array;
}

/** Rows of `t` as [count, columns]. */
export function matrix(t: CpuTensor, { from, count }: Rows): NdArray {
  return tensor(t.data, [count, t.columns], from * t.columns);
}

/** Rows of `t` as [count, heads, headDim]. */
export function headed(t: CpuTensor, { from, count }: Rows, headDim: number): NdArray {
  return tensor(t.data, [count, t.columns / headDim, headDim], from * t.columns);
}

/** Zeroed memory, or an error that says what it was for. */
export type Alloc = (label: string, length: number) => FloatArray;

/** An empty cache with room for `positions`. */
export function makeKV(config: GemmaConfig, positions: number, alloc: Alloc): CpuKV {
  const { numHiddenLayers, numKeyValueHeads: K, headDim: H } = config;
  const shape = [positions, K, H];
  const layers = (name: string) =>
    Array.from({ length: numHiddenLayers }, (_, l) =>
      tensor(alloc(`${name} of layer ${l}`, elementsOf(shape)), shape),
    );
  return { config, keys: layers("keys"), values: layers("values") };
}

/**
 * Moves a cache into room for `positions`, if it has less. Layer by layer, so that never more than one layer
 * is there twice; where memory runs out in between, what has been moved stays good.
 */
export function regrowKV(kv: CpuKV, positions: number, alloc: Alloc): void {
  for (const layers of [kv.keys, kv.values]) {
    for (const [l, layer] of layers.entries()) {
      const [held, ...rest] = layer.shape;
      if (held >= positions) continue;
      const shape = [positions, ...rest];
      const data = alloc(`keys and values of layer ${l}`, elementsOf(shape));
      data.set(layer.data as FloatArray);
      layers[l] = tensor(data, shape);
    }
  }
}

/** Copies the first `count` positions of every layer. */
export function copyPositions(dst: CpuKV, src: CpuKV, count: number): void {
  for (const part of ["keys", "values"] as const) {
    for (const [l, { data, stride }] of src[part].entries()) {
      dst[part][l].data.set(data.subarray(0, count * stride[0]));
    }
  }
}

/** All rows at once: the stored bytes become the weight, without a copy. */
export function uploadWhole(source: WeightSource, signal?: AbortSignal): Arriving<CpuWeight> {
  const { dtype, shape, normOffset = 1 } = source;
  const nothing = new Float64Array(0);
  const weight: CpuWeight = {
    shape,
    normOffset,
    stored: { dtype: "float64", shape, data: nothing },
    gain: tensor(nothing, [0]),
  };
  const upload = async () => {
    weight.stored = storedFromBytes(await source.rows(0, shape[0], signal), dtype, shape);
    if (shape.length === 1) weight.gain = widened(weight.stored);
    weight.arriving = undefined;
  };
  weight.arriving = upload();
  return { weight, arrived: weight.arriving };
}

function widened(norm: Stored): NdArray {
  const data = new Float64Array(norm.shape[0]);
  widenRow(norm, 0, data);
  return tensor(data, norm.shape);
}
