/**
 * A cache as a file, which people and other programs can read: safetensors.
 *
 *     layers.0.keys     [T, K, H]   rotated, float32 (float64 where the model computes in it)
 *     layers.0.values   [T, K, H]   … and so on for each layer
 *     __metadata__      kind        "gemma-reference cache", version "1"
 *                       tokens      their ids, as JSON: [2,651,…]
 *                       config, weights, precision, accuracy   whose cache it is: see identity.ts
 *                       sha256      of tokens, chat and all keys and values, one behind the other
 *                       chat        of a conversation: its messages, as JSON
 *
 * Numbers are those of the backend, to the bit.
 * @module
 */
import type { Handles } from "../backend/backend.ts";
import { writeSafetensors } from "../checkpoint/safetensors/write.ts";
import type { KVCache } from "../model/kv-cache.ts";
import type { Model } from "../model/model.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import { RunningSha256 } from "../source/sha256.ts";
import type { RowSource } from "../tensor/stored.ts";
import { identityOf } from "./identity.ts";

/** What the metadata of such a file says of its kind. */
export const KIND = "gemma-reference cache";
export const VERSION = "1";

/** Options of saving. */
export interface SaveCacheOptions {
  /** Stops it. */
  readonly signal?: AbortSignal;
}

export const SAVE_CACHE_NAMES: OptionNames<SaveCacheOptions> = { signal: true };

/**
 * The bytes of a file that holds what `cache` holds.
 * @param chat of the conversation, if it is one.
 * @throws {UnsupportedError} if the backend does not read caches.
 */
export async function saveCache<Dev extends Handles>(
  op: string,
  model: Model<Dev>,
  cache: KVCache<Dev>,
  options: SaveCacheOptions = {},
  chat?: string,
): Promise<Uint8Array> {
  assertOptions(op, options, SAVE_CACHE_NAMES);
  const { signal } = options;
  const { numKeyValueHeads: K, headDim: H } = model.config;
  const tensors = new Map<string, RowSource>();
  const hash = new RunningSha256();
  let tokens: readonly number[] = [];
  await model.readCache(
    op,
    cache,
    (layer, part, numbers) => {
      if (tensors.size === 0) {
        tokens = cache.tokens; // while nobody else may write
        hash.update(JSON.stringify(tokens) + (chat ?? ""));
      }
      const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
      hash.update(bytes);
      const name = `layers.${layer}.${part}`;
      const dtype = numbers instanceof Float64Array ? "float64" : "float32";
      const rowBytes = K * H * numbers.BYTES_PER_ELEMENT;
      const rows = async (begin: number, end: number) =>
        bytes.slice(begin * rowBytes, end * rowBytes);
      tensors.set(name, { name, dtype, shape: [tokens.length, K, H], rows });
    },
    signal,
  );
  const metadata = {
    kind: KIND,
    version: VERSION,
    tokens: JSON.stringify(tokens),
    ...(await identityOf(model, signal)),
    sha256: hash.digest(),
    ...(chat !== undefined && { chat }),
  };
  const file = writeSafetensors(tensors, { metadata });
  const whole = new Uint8Array(file.size);
  let at = 0;
  for await (const piece of file.chunks(signal)) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
