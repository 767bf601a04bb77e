/**
 * The keys and values of a cache as arrays, read from a backend's memory and written there: so that a cache can be kept in a
 * file (saved-cache/). Each [T, K·H], row-major, for T tokens; keys are rotated.
 * @module
 */
import type { Backend, Handles } from "../backend/backend.ts";
import { brief } from "../brief.ts";
import type { GemmaConfig } from "../config.ts";
import { refusals } from "../errors.ts";
import type { FloatArray } from "../tensor/tensor.ts";
import type { KVCache } from "./kv-cache.ts";

/** Keys, or values. */
export type CachePart = "keys" | "values";

/** What there is of each layer, in the order in which it is kept. */
export const CACHE_PARTS: readonly CachePart[] = ["keys", "values"];

/**
 * Hands over what `cache` holds, layer by layer.
 * @throws {UnsupportedError} if the backend does not read caches.
 */
export async function readCache<Dev extends Handles>(
  op: string,
  { backend, config }: { readonly backend: Backend<Dev>; readonly config: GemmaConfig },
  cache: KVCache<Dev>,
  take: (layer: number, part: CachePart, numbers: FloatArray) => void,
  signal?: AbortSignal,
): Promise<void> {
  if (!backend.readKV) {
    const expected = "a backend that reads caches (readKV)";
    throw refusals(op).unsupported("backend", expected, brief(backend.info.name));
  }
  const rows = { from: 0, count: cache.length };
  for (let layer = 0; layer < config.numHiddenLayers; layer++) {
    for (const part of CACHE_PARTS) {
      take(layer, part, await backend.readKV(cache.kv, layer, part, rows, signal));
    }
  }
}

/** Writes numbers of `count` tokens to an empty cache that has room for them; they do not count yet. */
export async function writeCache<Dev extends Handles>(
  { backend, config }: { readonly backend: Backend<Dev>; readonly config: GemmaConfig },
  cache: KVCache<Dev>,
  count: number,
  give: (layer: number, part: CachePart) => Promise<FloatArray>,
  signal?: AbortSignal,
): Promise<void> {
  const { numHiddenLayers, numKeyValueHeads: K, headDim: H } = config;
  const columns = K * H;
  const most = Math.min(backend.info.maxRows, Math.max(1, count));
  const k = backend.alloc("keys of a saved cache", most, columns);
  const v = backend.alloc("values of a saved cache", most, columns);
  try {
    for (let layer = 0; layer < numHiddenLayers; layer++) {
      const [keys, values] = [await give(layer, "keys"), await give(layer, "values")];
      for (let pos = 0; pos < count; pos += most) {
        const rows = { from: 0, count: Math.min(most, count - pos) };
        const stretch = [pos * columns, (pos + rows.count) * columns] as const;
        backend.write(k, keys.subarray(...stretch));
        backend.write(v, values.subarray(...stretch));
        backend.ops.kvWrite(layer, k, v, [{ ...rows, pos, kv: cache.kv }]);
      }
      await backend.read(k, { from: 0, count: 0 }, signal);
    }
  } finally {
    backend.free("tensor", k);
    backend.free("tensor", v);
  }
}
