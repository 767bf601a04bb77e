/**
 * Intermediates as a file for other programs: `.npz` for NumPy, safetensors for everything else.
 *
 *     np.load("cache.npz")["blocks.0.attn.hook_pattern"]          # [N, L, S]
 *     safetensors.numpy.load_file("cache.safetensors")["ids"]
 *
 * @module
 */
import { brief } from "../../brief.ts";
import type { NpyArray } from "../../checkpoint/numpy/npy.ts";
import { writeNpz } from "../../checkpoint/numpy/npz.ts";
import { writeSafetensorsArrays } from "../../conformance/arrays/safetensors.ts";
import { refusals } from "../../errors.ts";
import { type NdArray, tensor } from "../../tensor/tensor.ts";
import { flat } from "../display/describe.ts";
import { ActivationCache } from "../run/activation-cache.ts";

/**
 * An `.npz` archive, deflated: an array for each tap, under its name and with its shape, in float64 or float32 as they
 * are held (bfloat16 in float32, exactly); and `ids` [T] and `positions` [L] in int32. −∞ of masked scores stays.
 * @throws {ArgumentError} if it is no {@link ActivationCache}.
 * @throws {UnsupportedError} if it is 4 GiB or more: safetensors has room for it.
 */
export function cacheToNpz(cache: ActivationCache): Uint8Array {
  assertCache("cacheToNpz", cache);
  const taps = [...cache].map(([name, x]): [string, NpyArray] => [
    name,
    { shape: x.shape, data: flat(x) },
  ]);
  const lists = Object.entries(listsOf(cache)).map(([name, list]): [string, NpyArray] => [
    name,
    { shape: [list.length], data: Int32Array.from(list) },
  ]);
  return writeNpz(new Map([...lists, ...taps]));
}

/**
 * A safetensors file of the same arrays, under the same names: F64 or F32, and I32.
 * @throws {ArgumentError} if it is no {@link ActivationCache}.
 */
export function cacheToSafetensors(cache: ActivationCache): Uint8Array {
  assertCache("cacheToSafetensors", cache);
  const lists = listsOf(cache);
  const integers = Object.entries(lists).map(([name, list]): [string, NdArray] => [
    name,
    tensor(Float64Array.from(list), [list.length]),
  ]);
  // Those of 8 bytes come first, so that all are aligned.
  const taps = [...cache].map(([name, x]): [string, NdArray] => [name, tensor(flat(x), x.shape)]);
  return writeSafetensorsArrays(new Map([...taps, ...integers]), (name) =>
    Object.hasOwn(lists, name),
  );
}

function listsOf({ ids, positions }: ActivationCache): Record<string, readonly number[]> {
  return { ids, positions };
}

function assertCache(op: string, cache: unknown): void {
  if (cache instanceof ActivationCache) return;
  throw refusals(op).argument("cache", "what runWithCache gives", brief(cache));
}
