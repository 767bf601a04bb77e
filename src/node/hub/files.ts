/**
 * Which files of a repository make up a checkpoint. Many repositories hold the same weights in several
 * formats, and 10 GB that no reader here needs.
 * @module
 */
import { refusals } from "../../errors.ts";
import { ADAPTER_BESIDE_HINT, ADAPTER_HINT, adapterFiles } from "../../source/folder-kind.ts";

/** Wanted with any weights, if they are there. */
const BESIDES = ["config.json", "generation_config.json", "tokenizer.json", "tokenizer.model"];

/** The names of weights: of a single file, or of an index and its shards. */
const FORMATS = [
  {
    single: "model.safetensors",
    index: "model.safetensors.index.json",
    shard: /^model-\d+-of-(\d+)\.safetensors$/,
  },
  {
    single: "pytorch_model.bin",
    index: "pytorch_model.bin.index.json",
    shard: /^pytorch_model-\d+-of-(\d+)\.bin$/,
  },
] as const;

/** Of any of them. A single GGUF file may be named: then nothing beside it is looked at. */
const WEIGHTS = /^((model|pytorch_model)\.(safetensors|bin)(\.index\.json)?|[^/]+\.(ckpt|gguf))$/i;

/**
 * The names among `names` that are wanted. The weights come last, so that a cache with the weights has the
 * rest as well. A GGUF file needs no other file.
 *
 * @param repository for messages, as `hf:google/gemma-2b`.
 * @throws {FormatError} if there are no weights, or not all of them.
 * @throws {UnsupportedError} if an adapter lies beside the weights.
 * @throws {ArgumentError} if one of several files has to be chosen.
 */
export function wantedFiles(names: readonly string[], repository: string): string[] {
  const refuse = refusals("downloadFromHub", repository);
  const onlyOf = (found: readonly string[]) => {
    if (found.length === 1) return found[0];
    const hint = `name the file you mean, as ${repository}/${found[0]}`;
    throw refuse.argument(undefined, "one file of weights", found.join(", "), hint);
  };
  const adapter = adapterFiles(names);
  if (adapter.length > 0 && names.some((name) => WEIGHTS.test(name))) {
    const expected = "weights without an adapter beside them";
    throw refuse.unsupported(undefined, expected, adapter.join(", "), ADAPTER_BESIDE_HINT);
  }
  const besides = BESIDES.filter((name) => names.includes(name));
  for (const { single, index, shard } of FORMATS) {
    if (names.includes(single)) return [...besides, single];
    if (!names.includes(index)) continue;
    const shards = names.filter((name) => shard.test(name)).sort();
    const count = Number(shard.exec(shards[0] ?? "")?.[1] ?? Number.NaN);
    if (shards.length === count) return [...besides, index, ...shards];
    throw refuse.format(undefined, `all shards in ${index}`, shards.join(", ") || "no shards");
  }
  const checkpoints = names.filter((name) => /^[^/]+\.ckpt$/i.test(name));
  if (checkpoints.length > 0) return [...besides, onlyOf(checkpoints)];
  const ggufs = names.filter((name) => /\.gguf$/i.test(name));
  if (ggufs.length > 0) return [onlyOf(ggufs)];
  const expected = "weights: safetensors, pytorch_model.bin, .ckpt or .gguf";
  const hint = adapter.length > 0 ? ADAPTER_HINT : undefined;
  throw refuse.format(undefined, expected, names.slice(0, 8).join(", ") || "nothing", hint);
}
