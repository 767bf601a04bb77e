/**
 * The errors for a folder that is not a Hugging Face checkpoint. They name what it seems to be, and the way out.
 * @module
 */
import { type FormatError, refusals } from "../../errors.ts";
import type { Folder } from "../../source/folder.ts";
import { ADAPTER_HINT, adapterFiles, foreignFormat } from "../../source/folder-kind.ts";
import { CONFIG, INDEX, TOKENIZER, torchFiles, WEIGHTS } from "../file-names.ts";

/**
 * To be called before config.json is read: folders of Keras have another file under that name.
 * @throws {FormatError} if the weights in `folder` are only in a format that is not read.
 */
export async function assertNotForeign(folder: Folder): Promise<void> {
  const names = (await folder.list?.()) ?? [];
  const isRead = names.some((name) => /\.(safetensors|gguf|npz)$/i.test(name));
  if (isRead || torchFiles(names).length > 0) return;
  if (foreignFormat(names)) throw missing(folder, WEIGHTS, names);
}

/** The error for a folder without `file`; `names` are those that it has, if they can be listed. */
export function missing(folder: Folder, file: string, names?: readonly string[]): FormatError {
  const expected = `a Hugging Face folder: ${CONFIG}, ${WEIGHTS} (or ${INDEX} and its shards), ${TOKENIZER}`;
  const got = names ? listing(names) : "no such file";
  return refusals("openHfFolder", folder.name).format(file, expected, got, advice(file, names));
}

/** What quantisers leave beside weights, and how they name them. A config.json that tells has been refused before. */
const QUANTISED =
  /^(quanti[sz]e_config|quant_config|hf_quant_config|quanto_qmap|quantization_map)\.json$|(gptq|awq|exl2|exl3|bnb|nf4|hqq|int[48]|[2-8]-?bit).*\.safetensors$/i;

function quantisation(names: readonly string[]): string | undefined {
  const name = names.find((candidate) => QUANTISED.test(candidate));
  return (
    name &&
    `${name} is of weights that others quantised, which are not read: get the model they were made from, or a GGUF file of it in Q8_0 or Q4_0`
  );
}

/** What `names` are where no weights that are read are among them, if they give it away, and the way out. */
export function wayOut(names: readonly string[]): string | undefined {
  if (adapterFiles(names).length > 0) return ADAPTER_HINT;
  return quantisation(names) ?? foreignFormat(names);
}

function listing(names: readonly string[]): string {
  if (names.length === 0) return "an empty folder";
  const shown = names.slice(0, 8).join(", ");
  return names.length > 8 ? `${shown} and ${names.length - 8} more` : shown;
}

function advice(file: string, names: readonly string[] = []): string {
  const ending = (pattern: RegExp) => names.find((name) => pattern.test(name));
  if (names.includes("snapshots") && names.includes("blobs")) {
    return "this is an entry of the Hugging Face cache: open the folder inside its snapshots/";
  }
  if (adapterFiles(names).length > 0) return ADAPTER_HINT;
  const partial = ending(/\.(incomplete|part|crdownload|aria2)$/);
  if (partial) return `${partial} is a download that has not finished`;
  const shard = ending(/^model-\d+-of-\d+\.safetensors$/);
  if (shard && file === WEIGHTS) return `${shard} is there, but its index ${INDEX} is not`;
  const quantised = quantisation(names);
  if (quantised !== undefined && file === WEIGHTS) return quantised;
  const renamed = names.filter((name) => name.endsWith(".safetensors"));
  if (renamed.length === 1 && file === WEIGHTS) {
    return `rename ${renamed[0]} to ${WEIGHTS}: transformers wants that name, too`;
  }
  const other = ending(/\.gguf$/i) ?? torchFiles(names)[0];
  if (other) {
    return `${other} is of another format; openCheckpoint reads it, this reader needs safetensors`;
  }
  const arrays = ending(/^(model|weights)\.npz$/i);
  if (arrays) {
    return `openCheckpoint reads ${arrays} if its arrays have Hugging Face's names (model.norm.weight)`;
  }
  return foreignFormat(names) ?? `download ${file} from the model's page`;
}
