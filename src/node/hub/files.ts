/**
 * Which files of a repository make up a checkpoint. Many repositories hold the same weights in several
 * formats, and 10 GB that no reader here needs.
 * @module
 */
import { brief } from "../../brief.ts";
import { type FormatError, refusals, type SourceError } from "../../errors.ts";
import { adapterFiles, ggufModels, partNumbers, renamedPart } from "../../source/folder-kind.ts";
import { isObject, parseJsonObject } from "../../source/json.ts";
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

/** The names of weights in a single file; or in shards, which an index names. */
const SINGLES = ["model.safetensors", "pytorch_model.bin"];
const indexOf = (single: string) => `${single}.index.json`;

/** Of any of them. */
const WEIGHTS =
  /^((model|pytorch_model)\.(safetensors|bin)(\.index\.json)?|[^/]+\.(ckpt|gguf|npz))$/i;

/** A model in a repository. */
export interface Choice {
  /** The path of what is opened, a file or a folder: "" is the repository itself. */
  readonly path: string;
  /** The paths of its files. None, if there are no weights. */
  readonly files: readonly string[];
}

/** The content of a file of the repository, by its path. */
export type ReadFile = (path: string) => Promise<Uint8Array>;

/**
 * The files among `names` that `reference` means.
 * @param read reads the index of shards.
 * @throws {SourceError} if there is no such file.
 * @throws as {@link wantedFiles}.
 */
export async function chosenFiles(
  reference: HubReference,
  names: readonly string[],
  read: ReadFile,
): Promise<Choice> {
  const { file, tag } = reference;
  const repository = revisionOf(reference);
  const single = (path: string) => ({ path, files: partsOf(path, names, repository) });
  if (tag !== undefined) return single(fileOfTag(tag, names, repository));
  const path = file?.replace(/\/$/, "") ?? "";
  if (names.includes(path)) return single(path);
  const start = path && `${path}/`;
  const inside = names.filter((name) => name.startsWith(start)).map((n) => n.slice(start.length));
  if (inside.length === 0 && path) throw missingFile(path, names, repository);
  const folder = path ? `${repository}/${path}` : repository;
  const wanted = (await wantedFiles(inside, folder, (name) => read(start + name))) ?? [];
  const files = wanted.map((name) => start + name);
  // The folder of a GGUF file may have other files in it, from other days.
  return files.length > 0 && /\.gguf$/i.test(files[0]) ? single(files[0]) : { path, files };
}

/**
 * The files of a model in one file, or in parts of which `path` is one.
 * @throws {FormatError} if a part is not there.
 */
function partsOf(path: string, names: readonly string[], repository: string): string[] {
  const { count = 1 } = partNumbers(path) ?? {};
  if (count <= 1) return [path];
  const parts = Array.from({ length: count }, (_, i) => renamedPart(path, i + 1));
  const missing = parts.find((part) => !names.includes(part));
  if (missing === undefined) return parts;
  const got = parts.filter((part) => names.includes(part)).join(", ");
  const refuse = refusals(op, repository);
  throw refuse.format(undefined, `all ${count} parts of a model, with ${missing}`, `only ${got}`);
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
 * @param read reads the index of shards.
 * @throws {FormatError} if not all of the weights are there, or their index is damaged.
 * @throws {UnsupportedError} if an adapter lies beside the weights.
 * @throws {ArgumentError} if one of several files has to be chosen.
 */
export async function wantedFiles(
  names: readonly string[],
  repository: string,
  read: ReadFile,
): Promise<string[] | undefined> {
  assertNoAdapter(names, repository);
  const besides = BESIDES.filter((name) => names.includes(name));
  for (const single of SINGLES) {
    const index = indexOf(single);
    if (names.includes(single)) return [...besides, single];
    if (!names.includes(index)) continue;
    const shards = shardsIn(await read(index), `${repository}/${index}`);
    if (shards.every((name) => names.includes(name))) return [...besides, index, ...shards];
    const there = shards.filter((name) => names.includes(name)).join(", ") || "no shards";
    throw refusals(op, repository).format(undefined, `all shards in ${index}`, there);
  }
  const checkpoints = names.filter((name) => /^[^/]+\.ckpt$/i.test(name));
  if (checkpoints.length > 0) return [...besides, onlyOf(checkpoints, repository)];
  const ggufs = ggufsOf(names);
  if (ggufs.length > 0) return partsOf(onlyOf(ggufs, repository), names, repository);
  const archives = names.filter((name) => /^[^/]+\.npz$/i.test(name));
  if (archives.length === 0 || adapterFiles(archives).length > 0) return undefined;
  return [...besides, onlyOf(archives, repository)];
}

/** The names of the files into which the weights were split: each of many tensors has that of its file. */
function shardsIn(index: Uint8Array, file: string): string[] {
  const { weight_map: map } = parseJsonObject(index, op, file);
  const shards = isObject(map) ? [...new Set(Object.values(map))].sort() : [];
  if (shards.length > 0 && shards.every((name) => typeof name === "string")) return shards;
  const expected = "the names of files by the names of tensors";
  throw refusals(op, file).format("weight_map", expected, brief(map), "the index is damaged");
}

/** A config that a merged adapter left behind is none, where no file but that of the weights could be one. */
function assertNoAdapter(names: readonly string[], repository: string): void {
  const adapter = adapterFiles(names);
  const weights = names.filter((name) => WEIGHTS.test(name) && !adapter.includes(name));
  const isLeft = adapter.length === 1 && adapter[0] === "adapter_config.json";
  const isWhole = weights.some((name) => SINGLES.includes(name));
  const others = names.filter((name) =>
    /^[^/]+\.(safetensors|bin|pt|pth|ckpt|gguf|npz)$/i.test(name),
  );
  if (weights.length === 0 || adapter.length === 0) return;
  if (isLeft && isWhole && others.length === 1) return;
  const alone = weights.find((name) => /\.(gguf|ckpt)$/i.test(name));
  const without =
    alone === undefined
      ? "to run them without it, download them, and move its files elsewhere"
      : `to run them without it, write ${repository}/${alone}`;
  const merge =
    "merge it into the weights with PEFT's merge_and_unload(), and open what that saves";
  const expected = "weights without an adapter beside them";
  const refuse = refusals(op, repository);
  throw refuse.unsupported(undefined, expected, adapter.join(", "), `${merge}; ${without}`);
}

function ggufsOf(names: readonly string[]): string[] {
  return names.filter((name) => /\.gguf$/i.test(name));
}

/** GGUF files that are called by types that are not read (checkpoint/gguf/read.ts). */
const NOT_READ = /(?<![a-z0-9])(iq[123]_|tq[12]_|mxfp4)/i;

/** The only file, or the first of the only one in parts. */
function onlyOf(found: readonly string[], repository: string): string {
  const files = ggufModels(found).map(([first]) => first);
  if (files.length === 1) return files[0];
  const one = files.find((file) => !NOT_READ.test(file)) ?? files[0];
  const hint = `name the file you mean, as ${repository}/${one}`;
  throw refusals(op, repository).argument(undefined, "one file of weights", files.join(", "), hint);
}

/** Whether a wanted file is one of weights: the others are small. */
export function isWeights(name: string): boolean {
  return !/\.(json|jinja|model)$/i.test(name);
}

/** The error for weights without a shape. */
export function noConfig(files: readonly string[], repository: string): FormatError {
  const hint =
    "download its files, and put the config.json of the model that they were made from beside them";
  const refuse = refusals(op, repository);
  return refuse.format(CONFIG, "the config beside the weights", files.join(", "), hint);
}

/** The error for files without weights. @param hint what they are instead, if that is known. */
export function noWeights(
  names: readonly string[],
  repository: string,
  hint: string | undefined,
): FormatError {
  const expected = "weights: safetensors, pytorch_model.bin, .ckpt, .gguf or .npz";
  const got = names.slice(0, 8).join(", ") || "nothing";
  return refusals(op, repository).format(undefined, expected, got, hint);
}

/**
 * The next step with a folder without weights: a folder in it that has them, or what its own names are, or those
 * further in.
 * @param start its path in the repository, with a slash at its end.
 */
export function wayOutOf(
  names: readonly string[],
  start: string,
  repository: string,
  wayOut: (names: readonly string[]) => string | undefined,
): string | undefined {
  const inside = names.filter((name) => name.startsWith(start)).map((n) => n.slice(start.length));
  const models = foldersOfModels(inside).map((folder) => `${repository}/${start}${folder}`);
  if (models.length === 1) return `the weights lie in a folder: write ${models[0]}`;
  if (models.length > 1) {
    return `weights lie in folders: write the one that you mean, as ${models.slice(0, 4).join(" or ")}`;
  }
  const parts = inside.map((name) => name.split("/"));
  const own = new Set(parts.map(([first]) => first));
  return wayOut([...own].sort()) ?? wayOut([...new Set(parts.flat())].sort());
}

/** The folders with a model that is whole, by its names. */
function foldersOfModels(names: readonly string[]): string[] {
  const folders = new Set(names.map((name) => name.slice(0, Math.max(0, name.lastIndexOf("/")))));
  return [...folders].filter((folder) => {
    const start = `${folder}/`;
    const inside = names.filter((name) => name.startsWith(start)).map((n) => n.slice(start.length));
    const isWhole = inside.some(
      (name) => WEIGHTS.test(name) && (/\.(gguf|ckpt)$/i.test(name) || inside.includes(CONFIG)),
    );
    return folder !== "" && isWhole && adapterFiles(inside).length === 0;
  });
}
