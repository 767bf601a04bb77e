/**
 * Files under the endings of torch: which of them is a model? A folder has tokenizers, heads and the states of
 * trainers under them, too. Only what they hold tells.
 * @module
 */
import { FormatError, type GemmaError, refusals, UnsupportedError } from "../../errors.ts";
import { type ByteSource, closeAll, readExactly } from "../../source/byte-source.ts";
import { FILE_KIND_BYTES, fileKind } from "../../source/file-kind.ts";
import type { Folder } from "../../source/folder.ts";
import { weightNames } from "../usual-names.ts";
import { readZipDirectory } from "../zip/directory.ts";
import { gemmaNames } from "./gemma.ts";
import { readTorch } from "./read.ts";

const op = "openTorchFolder";

/** What files turned out to be. */
export interface TorchFiles {
  /** The names of those with weights of a Gemma. */
  readonly gemmas: readonly string[];
  /** Those with other tensors. */
  readonly others: readonly string[];
  /** Why a file that might be a model cannot be read. */
  readonly failure?: GemmaError;
}

/**
 * Looks into each of the files `names`.
 * @throws {FormatError} if an archive is damaged: it may be the model.
 */
export async function findTorch(
  folder: Folder,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<TorchFiles> {
  const gemmas: string[] = [];
  const others: string[] = [];
  let failure: GemmaError | undefined;
  for (const name of names) {
    signal?.throwIfAborted();
    const source = await folder.open(name);
    if (!source) continue;
    try {
      const tensors = await tensorNames(source, signal);
      if (Array.isArray(tensors)) (isGemma(tensors) ? gemmas : others).push(name);
      else failure ??= tensors;
    } finally {
      await closeAll([source]);
    }
  }
  return { gemmas, others, failure };
}

const isGemma = (names: readonly string[]) =>
  weightNames(names).length > 0 || gemmaNames(names).length > 0;

/** The names of its tensors, or why there are none; undefined of a file that is nothing of torch. */
async function tensorNames(
  source: ByteSource,
  signal: AbortSignal | undefined,
): Promise<string[] | GemmaError | undefined> {
  const end = Math.min(source.size, FILE_KIND_BYTES);
  const kind = fileKind(await readExactly(op, source, 0, end, signal));
  if (!kind) return undefined;
  if (kind.kind !== "zip") {
    const expected = "a checkpoint of torch.save";
    return refusals(op, source.name).format(undefined, expected, kind.title, kind.hint);
  }
  const members = await readZipDirectory(source, signal);
  try {
    return [...(await readTorch(source, signal, members)).keys()];
  } catch (error) {
    if (error instanceof FormatError || error instanceof UnsupportedError) return error;
    throw error;
  }
}
