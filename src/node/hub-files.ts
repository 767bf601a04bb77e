/**
 * Which files of a repository make up a checkpoint. Many hold the same weights in several formats, and
 * besides them 10 GB of what no reader here needs.
 * @module
 */
import { ArgumentError, FormatError } from "../errors.ts";

const op = "downloadFromHub";

/** What is wanted with any weights, where it is there. */
const BESIDES = ["config.json", "generation_config.json", "tokenizer.json", "tokenizer.model"];

/** Weights in one file, its index where they are in several, and what those are called. */
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

/**
 * The files wanted of those named `names`: the weights last, so that who finds weights in a cache finds
 * the rest as well. One file alone if it is a GGUF file, which needs no other.
 *
 * @param repository for messages, as `hf:google/gemma-2b`.
 * @throws {FormatError} if there are no weights, or not all of them.
 * @throws {ArgumentError} if one has to be chosen.
 */
export function wantedFiles(names: readonly string[], repository: string): string[] {
  const besides = BESIDES.filter((name) => names.includes(name));
  for (const { single, index, shard } of FORMATS) {
    if (names.includes(single)) return [...besides, single];
    if (!names.includes(index)) continue;
    const shards = names.filter((name) => shard.test(name)).sort();
    const count = Number(shard.exec(shards[0] ?? "")?.[1] ?? Number.NaN);
    if (shards.length === count) return [...besides, index, ...shards];
    throw new FormatError({
      op,
      file: repository,
      expected: `all shards that ${index} is the index of`,
      got: shards.join(", ") || "none",
    });
  }
  const checkpoints = names.filter((name) => /^[^/]+\.ckpt$/i.test(name));
  if (checkpoints.length > 0) return [...besides, onlyOf(checkpoints, repository)];
  const ggufs = names.filter((name) => /\.gguf$/i.test(name));
  if (ggufs.length > 0) return [onlyOf(ggufs, repository)];
  const isAdapter = names.includes("adapter_config.json");
  throw new FormatError({
    op,
    file: repository,
    expected: "weights: safetensors, pytorch_model.bin, .ckpt or .gguf",
    got: names.length > 0 ? names.slice(0, 8).join(", ") : "nothing",
    hint: isAdapter ? "this is a LoRA adapter: merge it into its base model first" : undefined,
  });
}

function onlyOf(names: readonly string[], repository: string): string {
  if (names.length === 1) return names[0];
  throw new ArgumentError({
    op,
    file: repository,
    expected: "one file of weights",
    got: names.join(", "),
    hint: `name the one that you mean, as ${repository}/${names[0]}`,
  });
}
