/**
 * An adapter on its way into the weights of a model that is being loaded.
 * @module
 */
import { brief } from "./brief.ts";
import type { Checkpoint } from "./checkpoint/checkpoint.ts";
import { refusals } from "./errors.ts";
import { type Folder, folderOrFile } from "./source/folder.ts";
import type { PrecisionName } from "./tensor/precision.ts";
import type { RowSource } from "./tensor/stored.ts";
import type { Adapter } from "./tuning/lora/adapter.ts";
import { mergeAdapter } from "./tuning/lora/merge.ts";
import { readAdapter } from "./tuning/peft/read.ts";

/**
 * Where an adapter is read from: the path of the folder that PEFT has saved (in Node), its URL with a slash at its end,
 * or a Folder (`filesFolder`); or an adapter that was read or trained.
 */
export type AdapterSource = string | URL | Folder | Adapter;

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
  const adapter = await adapterOf(op, source, config, signal);
  const dtype = precision === "float64" ? "float64" : "float32";
  return mergeAdapter(tensors, adapter, { dtype }).tensors;
}

async function adapterOf(
  op: string,
  source: AdapterSource,
  config: Checkpoint["config"],
  signal?: AbortSignal,
): Promise<Adapter> {
  if (typeof source === "object" && source !== null && "pairs" in source) return source;
  const folder =
    typeof source === "string" || source instanceof URL
      ? await opened(op, `${source}`, signal)
      : folderOrFile(source);
  if (folder && "open" in folder) return readAdapter(folder, config, { signal });
  const hint = "an adapter is two files, adapter_config.json and adapter_model.safetensors";
  throw refusals(op).argument(
    "adapter",
    "the folder of an adapter, or an Adapter",
    brief(source),
    hint,
  );
}

async function opened(op: string, path: string, signal?: AbortSignal) {
  // Only here is Node needed: the package root runs in a browser.
  const { openPath } = await import("./node/open-path.ts");
  return openPath(path, { signal }, op);
}
