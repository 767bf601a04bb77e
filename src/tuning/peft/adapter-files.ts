/**
 * The two files of an adapter in PEFT's folder, and the tensors in the second.
 * @module
 */
import { readSafetensors } from "../../checkpoint/safetensors/read.ts";
import { readTorch } from "../../checkpoint/torch/read.ts";
import { refusals } from "../../errors.ts";
import { type ByteSource, closeAll, readExactly } from "../../source/byte-source.ts";
import { FILE_KIND_BYTES, fileKind } from "../../source/file-kind.ts";
import type { Folder } from "../../source/folder.ts";
import type { RowSource } from "../../tensor/stored.ts";
import { ADAPTER_PICKLE, ADAPTER_WEIGHTS } from "./adapter.ts";
import { ADAPTER_CONFIG } from "./config.ts";

const OP = "readAdapter";
/** It has only to be named by one config in the file: a small one. */
const MOST_CONFIG_BYTES = 2 ** 24;

/** What is open of an adapter. */
export interface AdapterFiles {
  /** The bytes of its config, and what messages call it. */
  readonly config: Uint8Array;
  readonly configName: string;
  readonly weights: ByteSource;
  /** To be closed. */
  readonly sources: readonly ByteSource[];
}

/** @throws {FormatError} if a file is missing. */
export async function openAdapterFiles(
  folder: Folder,
  signal?: AbortSignal,
): Promise<AdapterFiles> {
  const sources: ByteSource[] = [];
  const open = async (...files: string[]) => {
    for (const file of files) {
      const source = await folder.open(file);
      if (!source) continue;
      sources.push(source);
      return source;
    }
    throw missing(folder, files[0]);
  };
  try {
    const about = await open(ADAPTER_CONFIG);
    const end = Math.min(about.size, MOST_CONFIG_BYTES);
    const config = await readExactly(OP, about, 0, end, signal);
    const weights = await open(ADAPTER_WEIGHTS, ADAPTER_PICKLE);
    return { config, configName: about.name, weights, sources };
  } catch (error) {
    await closeAll(sources);
    throw error;
  }
}

function missing(folder: Folder, file: string): Error {
  const hint = `an adapter of PEFT is a folder with ${ADAPTER_CONFIG} and ${ADAPTER_WEIGHTS} (or ${ADAPTER_PICKLE})`;
  return refusals(OP, folder.name).format(file, "a file of that name", "no such file", hint);
}

/** The tensors of the file, by the names that PEFT's save_pretrained gives them. */
export async function adapterTensors(
  weights: ByteSource,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, RowSource>> {
  const { name: file } = weights;
  const head = await readExactly(OP, weights, 0, Math.min(weights.size, FILE_KIND_BYTES), signal);
  const isTorch = fileKind(head)?.kind === "zip" || file.endsWith(".bin");
  if (!isTorch) return byName(await readSafetensors(weights, signal), file);
  const tensors = new Map<string, RowSource>();
  for (const [name, tensor] of await readTorch(weights, signal)) {
    if (tensor.dtype === "int8") {
      const expected = "float64, float32, float16 or bfloat16";
      throw refusals(OP, file).unsupported(name, expected, "int8");
    }
    tensors.set(name, tensor);
  }
  return byName(tensors, file);
}

/** Without the name of the adapter, as which PEFT holds it in memory. */
function byName(
  tensors: ReadonlyMap<string, RowSource>,
  file: string,
): ReadonlyMap<string, RowSource> {
  const named = new Map<string, RowSource>();
  for (const [stored, tensor] of tensors) {
    const name = stored.replace(/\.(lora_[AB])\.default\.weight$/, ".$1.weight");
    if (named.has(name)) {
      throw refusals(OP, file).format(name, "one tensor of that name", `a second one, ${stored}`);
    }
    named.set(name, tensor);
  }
  return named;
}
