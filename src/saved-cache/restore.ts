/**
 * A cache from a file that save.ts has written, refused unless it is whole and this model's.
 * @module
 */
import type { Handles } from "../backend/backend.ts";
import { brief } from "../brief.ts";
import { readSafetensors, readSafetensorsHeader } from "../checkpoint/safetensors/read.ts";
import { refusals } from "../errors.ts";
import type { KVCache } from "../model/kv-cache.ts";
import type { Model } from "../model/model.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import { type ByteSource, blobSource, bytesSource } from "../source/byte-source.ts";
import { RunningSha256 } from "../source/sha256.ts";
import { storedFromBytes } from "../tensor/stored.ts";
import type { FloatArray } from "../tensor/tensor.ts";
import { type Identity, identityOf } from "./identity.ts";
import { KIND, VERSION } from "./save.ts";

/** The bytes of a saved cache: in memory, as a Blob or a File, or to be read by range. */
export type SavedCache = Uint8Array | Blob | ByteSource;

/** Options of restoring. */
export interface RestoreCacheOptions {
  /** Most tokens the cache will hold. Default: that of the chat; of a cache, what the model was trained for. */
  readonly contextLength?: number;
  /** Stops it. */
  readonly signal?: AbortSignal;
}

export const RESTORE_CACHE_NAMES: OptionNames<RestoreCacheOptions> = {
  contextLength: true,
  signal: true,
};

/** A cache, and what else the file says. */
export interface RestoredCache<Dev extends Handles> {
  readonly cache: KVCache<Dev>;
  /** Of a conversation. */
  readonly chat: string | undefined;
}

/** What is said of a file that is not this model's, by what differs. */
const HINTS: Readonly<Record<keyof Identity, string>> = {
  config: "it was saved by a model of other shapes: load that model",
  weights:
    "it was saved by other weights, or under an adapter: load those, or name it: { adapter }",
  precision: "load the model in the precision in which it was saved, or feed the text again",
  accuracy: "load the model on the kind of backend on which it was saved, or feed the text again",
};

/**
 * @throws {FormatError} if it is no such file, or damaged, or cut short.
 * @throws {ArgumentError} if it is of another model, other weights, another precision, or its tokens do not fit.
 */
export async function restoreCache<Dev extends Handles>(
  op: string,
  model: Model<Dev>,
  saved: SavedCache,
  options: RestoreCacheOptions = {},
): Promise<RestoredCache<Dev>> {
  assertOptions(op, options, RESTORE_CACHE_NAMES);
  const { signal } = options;
  const source = sourceOf(op, saved);
  const refuse = refusals(op, source.name);
  const { metadata } = await readSafetensorsHeader(source, signal);
  const kind = metadata.get("kind");
  if (kind !== KIND) {
    const hint = "chat.save() and gemma.saveCache(cache) write such files";
    throw refuse.format("kind", brief(KIND), brief(kind), hint);
  }
  const version = metadata.get("version");
  if (version !== VERSION) throw refuse.unsupported("version", brief(VERSION), brief(version));
  const wanted = await identityOf(model, signal);
  for (const name of ["config", "precision", "accuracy", "weights"] as const) {
    const got = metadata.get(name);
    if (got === wanted[name]) continue;
    throw refuse.argument(name, wanted[name], got ?? "nothing", HINTS[name]);
  }
  const tokens = idsIn(metadata.get("tokens"), model.config.vocabSize);
  if (!tokens) throw refuse.format("tokens", "ids of the vocabulary", "others", DAMAGED);
  const { numKeyValueHeads: K, headDim: H } = model.config;
  const tensors = await readSafetensors(source, signal);
  const hash = new RunningSha256();
  hash.update(`${metadata.get("tokens")}${metadata.get("chat") ?? ""}`);
  const dtype = wanted.precision === "float64" ? "float64" : "float32";
  const shape = [tokens.length, K, H];
  const give = async (layer: number, part: string): Promise<FloatArray> => {
    const name = `layers.${layer}.${part}`;
    const tensor = tensors.get(name);
    if (tensor?.dtype !== dtype || tensor.shape.join() !== shape.join()) {
      const got = tensor ? `${tensor.dtype} [${tensor.shape.join(", ")}]` : "nothing";
      throw refuse.format(name, `${dtype} [${shape.join(", ")}]`, got, DAMAGED);
    }
    const bytes = await tensor.rows(0, tokens.length, signal);
    hash.update(bytes);
    return storedFromBytes(bytes, dtype, shape).data as FloatArray;
  };
  const { contextLength = contextOf(metadata.get("chat")) } = options;
  const cache = await model.filledCache(op, tokens, give, contextLength, signal);
  if (hash.digest() === metadata.get("sha256")) return { cache, chat: metadata.get("chat") };
  cache.dispose();
  throw refuse.format("sha256", "that of what it holds", "another", DAMAGED);
}

/** The context of a conversation; undefined of a cache. */
function contextOf(chat: string | undefined): number | undefined {
  try {
    const { contextLength } = JSON.parse(chat ?? "{}");
    return Number.isInteger(contextLength) ? contextLength : undefined;
  } catch {
    return undefined; // its reader says what is wrong with it
  }
}

const DAMAGED = "the file is damaged: save it again";

function sourceOf(op: string, saved: SavedCache): ByteSource {
  if (saved instanceof Uint8Array) return bytesSource(saved, "saved cache");
  if (typeof Blob === "function" && saved instanceof Blob) return blobSource(saved);
  const { name, size, read } = Object(saved) as Partial<ByteSource>;
  if (typeof read === "function" && typeof size === "number" && typeof name === "string") {
    return saved as ByteSource;
  }
  const hint = typeof saved === "string" ? "read the file first: its bytes are wanted" : undefined;
  throw refusals(op).argument("saved", "the bytes that save() gave", brief(saved), hint);
}

function idsIn(json: string | undefined, vocabSize: number): readonly number[] | undefined {
  try {
    const ids: unknown = JSON.parse(json ?? "");
    const isId = (id: unknown) => Number.isInteger(id) && (id as number) >= 0;
    const isBelow = (id: number) => id < vocabSize;
    return Array.isArray(ids) && ids.every(isId) && ids.every(isBelow) ? ids : undefined;
  } catch {
    return undefined;
  }
}
