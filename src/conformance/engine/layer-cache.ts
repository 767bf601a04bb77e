/**
 * The keys and values of one layer, [S, K, H] each.
 * @module
 */
import type { Precision } from "../../tensor/precision.ts";
import { type FloatArray, type NdArray, tensor } from "../../tensor/tensor.ts";

/** It grows by copying: sequences here are short. */
export class LayerCache {
  readonly #heads: number;
  readonly #headDim: number;
  readonly #precision: Precision;
  #keys: FloatArray;
  #values: FloatArray;

  constructor(heads: number, headDim: number, precision: Precision) {
    this.#heads = heads;
    this.#headDim = headDim;
    this.#precision = precision;
    this.#keys = precision.alloc(0);
    this.#values = precision.alloc(0);
  }

  get keys(): NdArray {
    return this.#shaped(this.#keys);
  }

  get values(): NdArray {
    return this.#shaped(this.#values);
  }

  /** Forgets all but the first `positions`. */
  truncate(positions: number): void {
    const length = positions * this.#heads * this.#headDim;
    this.#keys = this.#keys.subarray(0, length);
    this.#values = this.#values.subarray(0, length);
  }

  /** Adds the rows of `k` and `v` [L, K·H]. */
  append(k: NdArray, v: NdArray): void {
    this.#keys = this.#joined(this.#keys, k);
    this.#values = this.#joined(this.#values, v);
  }

  #joined(held: FloatArray, { data, shape, offset }: NdArray): FloatArray {
    const count = shape[0] * shape[1];
    const all = this.#precision.alloc(held.length + count);
    all.set(held);
    all.set(data.subarray(offset, offset + count), held.length);
    return all;
  }

  #shaped(data: FloatArray): NdArray {
    const [K, H] = [this.#heads, this.#headDim];
    return tensor(data, [data.length / (K * H), K, H]);
  }
}
