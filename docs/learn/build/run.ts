/**
 * What one pass of the engine has left.
 * @module
 */
import type { Taps } from "../../../src/conformance/engine/engine.ts";
import type { NdArray } from "../../../src/tensor/tensor.ts";

/** All intermediates of one pass. */
export class Run {
  readonly #taps: ReadonlyMap<string, NdArray>;

  constructor(taps: Taps) {
    this.#taps = taps;
  }

  /** The names of the intermediates, in the order in which they are computed. */
  get names(): readonly string[] {
    return [...this.#taps.keys()];
  }

  tap(name: string): NdArray {
    const found = this.#taps.get(name);
    if (found) return found;
    throw new Error(`no tap ${name}; there are ${[...this.#taps.keys()].join(" ")}`);
  }

  /** A row of what has rows and columns. */
  row(name: string, position: number): Float64Array {
    const x = this.tap(name);
    const from = x.offset + position * x.stride[0];
    return Float64Array.from(x.data.subarray(from, from + x.shape[1]));
  }
}
