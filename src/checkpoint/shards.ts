/**
 * A checkpoint in several files. Hugging Face splits a checkpoint into shards of about 5 GB,
 * `model-00001-of-00002.safetensors` and so on, beside an index that says where each tensor lies:
 *
 *     {"metadata": {"total_size": 5012344832},
 *      "weight_map": {"model.embed_tokens.weight": "model-00001-of-00002.safetensors", ...}}
 *
 * Index and shards must agree tensor by tensor. If they do not, they are of different versions (a download
 * resumed after an update): the mixture would run, and give wrong results. Only of the table and the output
 * projection, which are one matrix, some tools list or store one, and some both. `total_size` is not checked: tools
 * count tied weights differently, or keep it when they change the dtype, and no loader reads it
 * (transformers: src/transformers/modeling_utils.py).
 * @module
 */
import { brief } from "../brief.ts";
import { refusals } from "../errors.ts";
import {
  assertSmall,
  type ByteSource,
  closeAll,
  MAX_TEXT,
  readAll,
} from "../source/byte-source.ts";
import { type Folder, isFileName } from "../source/folder.ts";
import { isObject, kindOf, parseJsonObject } from "../source/json.ts";
import type { RowSource } from "../tensor/stored.ts";
import { HEAD, TABLE } from "./usual-names.ts";

/** The tensors of all shards, and the open shards they read from. */
export interface Shards<T = RowSource> {
  readonly tensors: ReadonlyMap<string, T>;
  readonly sources: readonly ByteSource[];
}

const op = "openShards";
const DAMAGED = "the index is damaged; download it again";

/**
 * Opens every shard that `index` names, once.
 *
 * @param folder where the shards lie.
 * @param index the index beside them, of safetensors or of torch; it is read whole, and may be closed afterwards.
 * @param read reads the tensors of one shard.
 * @throws {FormatError} if the index is malformed, a shard is missing or damaged, or they disagree.
 */
export async function openShards<T = RowSource>(
  folder: Folder,
  index: ByteSource,
  signal: AbortSignal | undefined,
  read: (shard: ByteSource, signal?: AbortSignal) => Promise<ReadonlyMap<string, T>>,
): Promise<Shards<T>> {
  const file = index.name;
  assertSmall(op, index, MAX_TEXT);
  const namesByShard = parseIndex(await readAll(index, signal), file);
  const tensors = new Map<string, T>();
  const sources: ByteSource[] = [];
  try {
    for (const shard of namesByShard.keys()) {
      signal?.throwIfAborted();
      const source = await folder.open(shard);
      if (!source) {
        const expected = `this shard and the index in one folder (${namesByShard.size} in all)`;
        const hint = "finish the download: every shard is needed";
        throw refusals(op, file).format(shard, expected, await filesLike(shard, folder), hint);
      }
      sources.push(source);
    }
    const shards: ReadonlyMap<string, T>[] = [];
    for (const source of sources) shards.push(await read(source, signal));
    const listed = [...namesByShard.values()];
    const isSpare = spareNames(listed, shards);
    for (const [i, held] of shards.entries()) {
      assertAgree(listed[i], held, isSpare, file, sources[i].name);
      for (const [name, tensor] of held) tensors.set(name, tensor);
    }
  } catch (error) {
    await closeAll(sources);
    throw error;
  }
  return { tensors, sources };
}

/** Shard → the names of the tensors the index puts there. */
function parseIndex(bytes: Uint8Array, file: string): Map<string, Set<string>> {
  const refuse = refusals(op, file, { format: DAMAGED });
  const { weight_map: map } = parseJsonObject(bytes, op, file);
  if (!isObject(map) || Object.keys(map).length === 0) {
    const got = isObject(map) ? "an empty one" : kindOf(map);
    throw refuse.format("weight_map", "an object from tensor names to file names", got);
  }
  const shards = new Map<string, Set<string>>();
  for (const [name, shard] of Object.entries(map)) {
    if (typeof shard !== "string" || !isFileName(shard)) {
      const expected = "the name of a file in the same folder, without a path";
      throw refuse.format(name, expected, brief(shard));
    }
    const names = shards.get(shard) ?? new Set();
    shards.set(shard, names.add(name));
  }
  return shards;
}

/**
 * Tells which name index and shards may disagree on: one of the two of the tied matrix, if it is stored under the
 * other, or stored once and not listed.
 */
function spareNames<T>(
  listed: readonly ReadonlySet<string>[],
  shards: readonly ReadonlyMap<string, T>[],
): (name: string) => boolean {
  const times = (name: string) => shards.filter((held) => held.has(name)).length;
  const isListed = (name: string) => listed.some((names) => names.has(name));
  return (name) => {
    const other = { [TABLE]: HEAD, [HEAD]: TABLE }[name];
    if (other === undefined) return false;
    if (times(name) === 0) return times(other) > 0;
    return times(name) === 1 && !isListed(name) && (times(other) > 0 || isListed(other));
  };
}

function assertAgree(
  listed: ReadonlySet<string>,
  held: ReadonlyMap<string, unknown>,
  isSpare: (name: string) => boolean,
  index: string,
  shard: string,
): void {
  const hint = "index and shard are of different versions; download both again";
  const refuse = refusals(op, shard, { format: hint });
  for (const name of listed) {
    if (held.has(name) || isSpare(name)) continue;
    throw refuse.format(name, `the tensor, which ${index} puts here`, "no such tensor");
  }
  for (const name of held.keys()) {
    if (listed.has(name) || isSpare(name)) continue;
    throw refuse.format(name, `only tensors that ${index} puts here`, "an extra tensor");
  }
}

/** The files there with the ending of the missing `shard`, for a message. */
async function filesLike(shard: string, folder: Folder): Promise<string> {
  const ending = shard.slice(shard.lastIndexOf("."));
  const there = (await folder.list?.())?.filter((name) => name.endsWith(ending));
  return there?.length ? `only ${there.join(", ")}` : "no such file";
}
