/**
 * Which files of a repository make up a checkpoint. Many repositories hold the same weights in several
 * formats, and 10 GB that no reader here needs.
 * @module
 */
import { type FormatError, refusals, type SourceError } from "../../errors.ts";
import {
  ADAPTER_BESIDE_HINT,
  adapterFiles,
  isSplitGguf,
  SPLIT_HINT,
} from "../../source/folder-kind.ts";
import { type HubReference, revisionOf } from "./reference.ts";

const op = "downloadFromHub";

export const CONFIG = "config.json";

/** Wanted with any weights, if they are there: what says how a model is asked, and where it ends. */
const BESIDES = [
  CONFIG,
  "generation_config.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "chat_template.jinja",
  "tokenizer.json",
  "tokenizer.model",
];

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

/** A model in a repository. */
export interface Choice {
  /** The path of what is opened, a file or a folder: "" is the repository itself. */
  readonly path: string;
  /** The paths of its files. None, if there are no weights. */
  readonly files: readonly string[];
}

/**
 * The files among `names` that `reference` means.
 * @throws {SourceError} if there is no such file.
 * @throws as {@link wantedFiles}.
 */
export function chosenFiles(reference: HubReference, names: readonly string[]): Choice {
  const { file, tag } = reference;
  const repository = revisionOf(reference);
  const single = (path: string) => ({ path, files: [path] });
  if (tag !== undefined) return single(fileOfTag(tag, names, repository));
  const path = file?.replace(/\/$/, "") ?? "";
  if (names.includes(path)) return single(path);
  const start = path && `${path}/`;
  const inside = names.filter((name) => name.startsWith(start)).map((n) => n.slice(start.length));
  if (inside.length === 0 && path) throw missingFile(path, names, repository);
  const wanted = wantedFiles(inside, path ? `${repository}/${path}` : repository) ?? [];
  const files = wanted.map((name) => start + name);
  // The folder of a GGUF file may have other files in it, from other days.
  return files.length === 1 && /\.gguf$/i.test(files[0]) ? single(files[0]) : { path, files };
}

/** llama.cpp and ollama write `:Q4_K_M`. Names have it between signs: `it-Q4_K_M.gguf`, `it.q4_k_m.gguf`. */
function fileOfTag(tag: string, names: readonly string[], repository: string): string {
  const ggufs = ggufsOf(names);
  const pattern = new RegExp(`(?<![a-z0-9])${tag.replaceAll(".", "\\.")}(?![a-z0-9_])`, "i");
  const found = ggufs.filter((name) => pattern.test(name));
  if (found.length > 0) return onlyOf(found, repository);
  const expected = `a GGUF file with ${tag} in its name`;
  throw refusals(op, repository).source(undefined, expected, ggufs.join(", ") || "no GGUF file");
}

/** The error for a file that is not there; a browser's address has /tree/main and /blob/main in it. */
function missingFile(path: string, names: readonly string[], repository: string): SourceError {
  const [, revision, file] = /^(?:tree|blob|resolve|raw)\/([^/]+)(?:\/(.+))?$/.exec(path) ?? [];
  const [plain] = repository.split("@");
  const version = revision === "main" ? "" : `@${revision}`;
  const form = [`${plain}${version}`, file].filter((part) => part !== undefined).join("/");
  const hint = revision === undefined ? undefined : `write ${form}`;
  const similar = names.filter((other) => endingOf(other) === endingOf(path)).join(", ");
  const refuse = refusals(op, repository);
  return refuse.source(undefined, `a file ${path}`, similar || "no such file", hint);
}

function endingOf(name: string): string | undefined {
  return /\.[^.]+$/.exec(name)?.[0];
}

/**
 * The names among `names` that are wanted; undefined if there are no weights. The weights come last, so that
 * a cache with the weights has the rest as well. A GGUF file needs no other file.
 *
 * @param repository for messages, as `hf:google/gemma-2b`.
 * @throws {FormatError} if not all of the weights are there.
 * @throws {UnsupportedError} if an adapter lies beside the weights.
 * @throws {ArgumentError} if one of several files has to be chosen.
 */
export function wantedFiles(names: readonly string[], repository: string): string[] | undefined {
  const adapter = adapterFiles(names);
  if (adapter.length > 0 && names.some((name) => WEIGHTS.test(name))) {
    const expected = "weights without an adapter beside them";
    const refuse = refusals(op, repository);
    throw refuse.unsupported(undefined, expected, adapter.join(", "), ADAPTER_BESIDE_HINT);
  }
  const besides = BESIDES.filter((name) => names.includes(name));
  for (const { single, index, shard } of FORMATS) {
    if (names.includes(single)) return [...besides, single];
    if (!names.includes(index)) continue;
    const shards = names.filter((name) => shard.test(name)).sort();
    const count = Number(shard.exec(shards[0] ?? "")?.[1] ?? Number.NaN);
    if (shards.length === count) return [...besides, index, ...shards];
    const refuse = refusals(op, repository);
    throw refuse.format(undefined, `all shards in ${index}`, shards.join(", ") || "no shards");
  }
  const checkpoints = names.filter((name) => /^[^/]+\.ckpt$/i.test(name));
  if (checkpoints.length > 0) return [...besides, onlyOf(checkpoints, repository)];
  const ggufs = ggufsOf(names);
  return ggufs.length > 0 ? [onlyOf(ggufs, repository)] : undefined;
}

function ggufsOf(names: readonly string[]): string[] {
  return names.filter((name) => /\.gguf$/i.test(name));
}

function onlyOf(found: readonly string[], repository: string): string {
  if (found.length === 1) return found[0];
  const name = `name the file you mean, as ${repository}/${found[0]}`;
  const hint = isSplitGguf(found) ? SPLIT_HINT : name;
  const refuse = refusals(op, repository);
  throw refuse.argument(undefined, "one file of weights", found.join(", "), hint);
}

/** The error for files without weights. @param hint what they are instead, if that is known. */
export function noWeights(
  names: readonly string[],
  repository: string,
  hint: string | undefined,
): FormatError {
  const expected = "weights: safetensors, pytorch_model.bin, .ckpt or .gguf";
  const got = names.slice(0, 8).join(", ") || "nothing";
  return refusals(op, repository).format(undefined, expected, got, hint);
}
