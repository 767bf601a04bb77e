/**
 * The errors for a folder that is not a Hugging Face checkpoint. They name what it seems to be, and the way out.
 * @module
 */
import { type FormatError, refusals } from "../../errors.ts";
import type { Folder } from "../../source/folder.ts";
import { ADAPTER_HINT, adapterFiles, foreignFormat } from "../../source/folder-kind.ts";
import { CONFIG, INDEX, TOKENIZER, torchFiles, WEIGHTS } from "../file-names.ts";
import { gemmaFiles } from "./find.ts";

/**
 * To be called before config.json is read: folders of Keras have another file under that name.
 * @param isJudged whether files of other formats have been looked into, and found to be none.
 * @throws {FormatError} if the weights in `folder` are only in a format that is not read.
 */
export async function assertNotForeign(folder: Folder, isJudged: boolean): Promise<void> {
  const names = (await folder.list?.()) ?? [];
  const isRead = names.some((name) => /\.(safetensors|gguf|npz)$/i.test(name));
  if (isRead || (!isJudged && torchFiles(names).length > 0)) return;
  if (foreignFormat(names)) throw await missing(folder, WEIGHTS, isJudged);
}

/** The error for a folder without `file`. @param isJudged as in {@link assertNotForeign}. */
export async function missing(
  folder: Folder,
  file: string,
  isJudged: boolean,
): Promise<FormatError> {
  const expected = `a Hugging Face folder: ${CONFIG}, ${WEIGHTS} (or ${INDEX} and its shards), ${TOKENIZER}`;
  const names = await folder.list?.();
  const got = names ? listing(names) : "no such file";
  const refuse = refusals("openHfFolder", folder.name);
  const hint =
    (file === WEIGHTS ? await adviceOnWeights(folder, names ?? []) : undefined) ??
    advice(file, names ?? [], isJudged);
  return refuse.format(file, expected, got, hint);
}

/**
 * What quantisers leave beside weights, and how they name them, between signs: checkpoint4000 is none of them. A
 * config.json that tells has been refused before.
 */
const QUANTISED =
  /^((quanti[sz]e_config|quant_config|hf_quant_config|quanto_qmap|quantization_map|measurement)\.json)$|(?<![a-z0-9])(gptq|awq|exl[23]|bnb|nf4|hqq|fp8|int[48]|[2-8]-?bits?|bnb-?[48]bit|\d+bpw|w[48]a(8|16))(?![a-z0-9]).*\.safetensors$/i;

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

/** The next step with weights under another name. Only what they hold tells that they are a Gemma's. */
async function adviceOnWeights(
  folder: Folder,
  names: readonly string[],
): Promise<string | undefined> {
  const shard = names.find((name) => /-\d+-of-\d+\.safetensors$/.test(name));
  const ofAdapter = adapterFiles(names);
  const isShard = shard !== undefined && !ofAdapter.includes(shard);
  if (isShard) return `${shard} is there, but its index ${INDEX} is not`;
  const found = await gemmaFiles(
    folder,
    names.filter((name) => !ofAdapter.includes(name)),
  );
  if (found.length === 0) return undefined;
  const what = found.length === 1 ? found[0] : `the one that you mean (${found.join(", ")})`;
  const parts = found.length === 1 ? "" : `; parts of one model need an index, ${INDEX}`;
  return `rename ${what} to ${WEIGHTS}: transformers wants that name, too${parts}`;
}

function advice(file: string, names: readonly string[], isJudged: boolean): string {
  const ending = (pattern: RegExp) => names.find((name) => pattern.test(name));
  if (names.includes("snapshots") && names.includes("blobs")) {
    return "this is an entry of the Hugging Face cache: open the folder inside its snapshots/";
  }
  const entry = ending(/^models--[^/]+--/);
  if (entry) {
    return `this is the Hugging Face cache: open the folder inside ${entry}/snapshots/`;
  }
  if (adapterFiles(names).length > 0) return ADAPTER_HINT;
  const partial = ending(/\.(incomplete|part|crdownload|aria2)$/);
  if (partial) return `${partial} is a download that has not finished`;
  const quantised = file === WEIGHTS ? quantisation(names) : undefined;
  if (quantised !== undefined) return quantised;
  const gguf = ending(/\.gguf$/i);
  const foreign = foreignFormat(names);
  const other = isJudged ? undefined : (gguf ?? (foreign ? undefined : torchFiles(names)[0]));
  if (other) {
    return `${other} is of another format; openCheckpoint reads it, this reader needs safetensors`;
  }
  const arrays = ending(/^(model|weights)\.npz$/i);
  if (arrays) {
    return `openCheckpoint reads ${arrays} if its arrays have Hugging Face's names (model.norm.weight)`;
  }
  if (foreign) return foreign;
  const step = names.findLast((name) => /^checkpoint-\d+$/.test(name));
  if (step) return `open one of the folders in it, such as ${step}`;
  return `download ${file} from the model's page`;
}
