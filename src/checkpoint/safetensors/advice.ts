/**
 * The errors for a folder that is not a Hugging Face checkpoint. They name what it seems to be, and the way out.
 * @module
 */
import { type FormatError, refusals } from "../../errors.ts";
import { FLAX_HINT, KERAS_HINT, SBS_HINT } from "../../source/file-kind.ts";
import type { Folder } from "../../source/folder.ts";
import { CONFIG, INDEX, TOKENIZER, WEIGHTS } from "../file-names.ts";

/**
 * To be called before config.json is read: folders of Keras have another file under that name.
 * @throws {FormatError} if the weights in `folder` are only in a format that is not read.
 */
export async function assertNotForeign(folder: Folder): Promise<void> {
  const names = (await folder.list?.()) ?? [];
  const isRead = names.some((name) => /\.(safetensors|gguf|ckpt|bin|pt|pth|npz)$/i.test(name));
  if (!isRead && foreign(names)) throw missing(folder, WEIGHTS, names);
}

/** The error for a folder without `file`; `names` are those that it has, if they can be listed. */
export function missing(folder: Folder, file: string, names?: readonly string[]): FormatError {
  const expected = `a Hugging Face folder: ${CONFIG}, ${WEIGHTS} (or ${INDEX} and its shards), ${TOKENIZER}`;
  const got = names ? listing(names) : "no such file";
  return refusals("openHfFolder", folder.name).format(file, expected, got, advice(file, names));
}

function listing(names: readonly string[]): string {
  if (names.length === 0) return "an empty folder";
  const shown = names.slice(0, 8).join(", ");
  return names.length > 8 ? `${shown} and ${names.length - 8} more` : shown;
}

const ADAPTER = "this is a LoRA adapter: merge it into its base model first";

/**
 * What `names` give away where no weights are found among them: an adapter, or a format that is not read,
 * and the way out.
 */
export function wayOut(names: readonly string[]): string | undefined {
  return names.includes("adapter_config.json") ? ADAPTER : foreign(names);
}

function advice(file: string, names: readonly string[] = []): string {
  const ending = (pattern: RegExp) => names.find((name) => pattern.test(name));
  if (names.includes("snapshots") && names.includes("blobs")) {
    return "this is an entry of the Hugging Face cache: open the folder inside its snapshots/";
  }
  if (names.includes("adapter_config.json")) return ADAPTER;
  const partial = ending(/\.(incomplete|part|crdownload|aria2)$/);
  if (partial) return `${partial} is a download that has not finished`;
  const shard = ending(/^model-\d+-of-\d+\.safetensors$/);
  if (shard && file === WEIGHTS) return `${shard} is there, but its index ${INDEX} is not`;
  const renamed = names.filter((name) => name.endsWith(".safetensors"));
  if (renamed.length === 1 && file === WEIGHTS) {
    return `rename ${renamed[0]} to ${WEIGHTS}: transformers wants that name, too`;
  }
  const other = ending(/\.(gguf|ckpt|bin|pt|pth)$/i);
  if (other) {
    return `${other} is of another format; openCheckpoint reads it, this reader needs safetensors`;
  }
  const arrays = ending(/^(model|weights)\.npz$/i);
  if (arrays) {
    return `openCheckpoint reads ${arrays} if its arrays have Hugging Face's names (model.norm.weight)`;
  }
  return foreign(names) ?? `download ${file} from the model's page`;
}

/** Files that give away a format that is not read, and how to convert it into one that is. */
const FOREIGN: readonly (readonly [names: RegExp, format: string, hint: string])[] = [
  [/\.(h5|keras)$/i, "of Keras", KERAS_HINT],
  [/^(_METADATA|_CHECKPOINT_METADATA|manifest\.ocdbt|checkpoint)$/, "of Flax (Orbax)", FLAX_HINT],
  [/\.msgpack$/i, "of Flax", FLAX_HINT],
  [/\.sbs$/i, "of gemma.cpp", SBS_HINT],
];

function foreign(names: readonly string[]): string | undefined {
  for (const [pattern, format, hint] of FOREIGN) {
    const name = names.find((candidate) => pattern.test(candidate));
    if (name !== undefined) return `${name} is ${format}, which is not read: ${hint}`;
  }
  return undefined;
}
