/** Tensors in and out of a WebAssembly backend. */
import type { Backend, Rows } from "../../src/backend/backend.ts";
import { type WasmHandles, type WasmOptions, wasmBackend } from "../../src/backend/wasm/wasm.ts";
import type { NdArray } from "../../src/tensor/tensor.ts";

export type WasmBackend = Backend<WasmHandles>;

/** Rows of a tensor, from one on. */
export const rowsOf = (count: number, from = 0): Rows => ({ from, count });

/** A backend that is disposed after `work`. */
export async function withBackend<T>(
  options: WasmOptions,
  work: (backend: WasmBackend) => Promise<T>,
  make: (options: WasmOptions) => WasmBackend = wasmBackend,
): Promise<T> {
  const backend = make(options);
  try {
    return await work(backend);
  } finally {
    backend.dispose();
  }
}

/** A tensor that holds `data` [L, D]. */
export function put(backend: WasmBackend, { shape, data }: NdArray): WasmHandles["tensor"] {
  const [L, D] = shape;
  const handle = backend.alloc("x", L, D);
  backend.write(handle, data as Float32Array);
  return handle;
}

/** A tensor full of NaN, so that a number that is not written shows. */
export function blank(backend: WasmBackend, rows: number, columns: number): WasmHandles["tensor"] {
  const handle = backend.alloc("dst", rows, columns);
  backend.write(handle, new Float32Array(rows * columns).fill(Number.NaN));
  return handle;
}

/** The largest of |got − wanted| / allowed: at most 1 if each is as close as it has to be. */
export function worst(
  got: ArrayLike<number>,
  wanted: ArrayLike<number>,
  allowed: (i: number) => number,
): number {
  if (got.length !== wanted.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let i = 0; i < got.length; i++) {
    const off = Math.abs(got[i] - wanted[i]);
    const share = off === 0 ? 0 : off / allowed(i);
    most = Math.max(most, share); // a NaN, too
  }
  return most;
}

/** Half of the distance between float32 numbers around `x`: what one rounding is off by, at most. */
export function rounding(x: number): number {
  const size = Math.max(Math.abs(x), 2 ** -126);
  return 2 ** (Math.floor(Math.log2(size)) - 24);
}
