/**
 * Files of safetensors that are not called as transformers calls them: are they a Gemma's weights, or a head, an
 * embedding, the states of a trainer? The names of their tensors tell.
 * @module
 */
import { GemmaError } from "../../errors.ts";
import { closeAll } from "../../source/byte-source.ts";
import type { Folder } from "../../source/folder.ts";
import { isPackedPart } from "../packed/names.ts";
import { weightNames } from "../usual-names.ts";
import { readSafetensorsHeader } from "./read.ts";

/** Those of `names` that hold a Gemma's weights, all of them or a part, and nothing else. */
export async function gemmaFiles(
  folder: Folder,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<string[]> {
  const found: string[] = [];
  for (const name of names.filter((candidate) => candidate.endsWith(".safetensors"))) {
    signal?.throwIfAborted();
    if (await holdsWeights(folder, name, signal)) found.push(name);
  }
  return found;
}

async function holdsWeights(
  folder: Folder,
  name: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const source = await folder.open(name);
  if (!source) return false;
  try {
    const { entries } = await readSafetensorsHeader(source, signal);
    const names = [...entries.keys()].filter((tensor) => !isPackedPart(tensor));
    return names.length > 0 && weightNames(names).length === names.length;
  } catch (error) {
    if (!(error instanceof GemmaError)) throw error;
    return false; // whatever it is, it is no file of weights that could be advised
  } finally {
    await closeAll([source]);
  }
}
