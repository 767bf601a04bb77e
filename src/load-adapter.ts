/**
 * Adapters of a model that is being loaded, or that was: merged into its weights, or held beside them by name.
 * @module
 */
import type { Handles } from "./backend/backend.ts";
import { brief } from "./brief.ts";
import type { Checkpoint } from "./checkpoint/checkpoint.ts";
import type { GemmaConfig } from "./config.ts";
import { refusals } from "./errors.ts";
import type { Model } from "./model/model.ts";
import { closeAll, readExactly } from "./source/byte-source.ts";
import { FILE_KIND_BYTES, fileKind } from "./source/file-kind.ts";
import { type Folder, folderOrFile, type Source } from "./source/folder.ts";
import type { PrecisionName } from "./tensor/precision.ts";
import type { RowSource, WeightSource } from "./tensor/stored.ts";
import type { Adapter } from "./tuning/lora/adapter.ts";
import { mergeAdapter } from "./tuning/lora/merge.ts";
import { readLoraGguf } from "./tuning/lora-gguf/read.ts";
import { ADAPTER_CONFIG } from "./tuning/peft/config.ts";
import { readAdapter } from "./tuning/peft/read.ts";

/**
 * Where an adapter is read from: the path of the folder that PEFT has saved, or of a LoRA GGUF file of llama.cpp (in Node);
 * its URL, with a slash at its end if it is a folder, or `hf:OWNER/NAME`; a Folder (`filesFolder`), or the GGUF file as a
 * Blob or bytes; or an adapter that was read or trained.
 */
export type AdapterSource = string | URL | Source | Adapter;

/**
 * The tensors of `checkpoint` with `source` merged in, in float64 where the model computes in that, else in float32: what is
 * rounded to bfloat16 may lose the change (tuning/lora/merge.ts).
 */
export async function withAdapter(
  op: string,
  { config, tensors }: Checkpoint,
  source: AdapterSource,
  precision: PrecisionName,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, RowSource>> {
  const adapter = await openAdapter(op, source, config, signal);
  return mergeAdapter(tensors, adapter, { dtype: mergedType(precision) }).tensors;
}

const mergedType = (precision: PrecisionName) => (precision === "float64" ? "float64" : "float32");

/** Adapters by the names under which they are to be held, read whole. */
export async function openAdapters(
  op: string,
  sources: Readonly<Record<string, AdapterSource>>,
  config: GemmaConfig,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Adapter>> {
  const isNamed =
    typeof sources === "object" &&
    sources !== null &&
    [Object.prototype, null].includes(Object.getPrototypeOf(sources)) &&
    !Object.values(sources).some((one) => typeof one === "function" || one instanceof Map);
  if (!isNamed) {
    const hint = "an adapter without a name is merged into the weights: { adapter: FOLDER }";
    throw refusals(op).argument("adapters", "{ NAME: FOLDER }", brief(sources), hint);
  }
  const adapters = new Map<string, Adapter>();
  for (const [name, source] of Object.entries(sources)) {
    adapters.set(name, await openAdapter(op, source, config, signal, `adapters.${name}`));
  }
  return adapters;
}

/** Holds an adapter beside the weights of `model`. */
export async function holdAdapter<Dev extends Handles>(
  model: Model<Dev>,
  name: string,
  adapter: Adapter,
  signal?: AbortSignal,
): Promise<void> {
  const base = model.withAdapter(null);
  const dtype = mergedType(model.backend.info.precision);
  const { tensors } = mergeAdapter(base.sources, adapter, { dtype });
  const sources = [...tensors].filter(([own]) => base.sources.has(own));
  await model.addAdapter(name, adapter, {
    sources: new Map(sources) as ReadonlyMap<string, WeightSource>,
    signal,
  });
}

/**
 * An adapter, wherever it is, read whole.
 * @param config of the model that it belongs to.
 */
export async function openAdapter(
  op: string,
  source: AdapterSource,
  config: GemmaConfig,
  signal?: AbortSignal,
  argument = "adapter",
): Promise<Adapter> {
  if (typeof source === "object" && source !== null && "pairs" in source) return source;
  const isPath = typeof source === "string" || source instanceof URL;
  const found = isPath ? await opened(op, `${source}`, signal) : folderOrFile(source);
  if (!found) {
    throw refusals(op).argument(argument, EXPECTED, brief(source), HINT);
  }
  const file = "open" in found ? await onlyGguf(found) : found;
  if (!file) return readAdapter(found as Folder, config, { signal });
  try {
    const head = await readExactly(op, file, 0, Math.min(file.size, FILE_KIND_BYTES), signal);
    const kind = fileKind(head);
    if (kind?.kind !== "gguf") {
      throw refusals(op).argument(argument, EXPECTED, kind?.title ?? brief(file.name), HINT);
    }
    return await readLoraGguf(file, config, { signal });
  } finally {
    if (isPath || "open" in found) await closeAll([file]);
  }
}

const EXPECTED = "the folder of an adapter, its GGUF file, or an Adapter";
const HINT =
  "an adapter is a folder of adapter_config.json and adapter_model.safetensors, or a LoRA GGUF file";

/** The GGUF file of a folder that has nothing of PEFT's. */
async function onlyGguf(folder: Folder) {
  const names = (await folder.list?.()) ?? [];
  const ggufs = names.filter((name) => /\.gguf$/i.test(name));
  const isPeft = names.includes(ADAPTER_CONFIG);
  return !isPeft && ggufs.length === 1 ? folder.open(ggufs[0]) : undefined;
}

async function opened(op: string, path: string, signal?: AbortSignal) {
  // Only here is Node needed: the package root runs in a browser.
  const { openPath } = await import("./node/open-path.ts");
  // Read where it is: what is downloaded is judged as a model.
  return openPath(path, { signal, download: false }, op);
}
