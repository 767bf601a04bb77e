/**
 * An adapter beside whole weights: what it would change is not computed here, and to leave it out unseen would be
 * another model than the one in the folder.
 * @module
 */
import { type GemmaError, refusals } from "../errors.ts";
import { closeAll } from "../source/byte-source.ts";
import type { Folder } from "../source/folder.ts";
import { ADAPTER_BESIDE_HINT, adapterFiles } from "../source/folder-kind.ts";

/**
 * To be called where weights were found in `folder`.
 * @param op the caller, for errors.
 * @throws {UnsupportedError} if there is an adapter beside them.
 */
export async function assertNoAdapter(op: string, folder: Folder): Promise<void> {
  const names = await folder.list?.();
  const found = names ? adapterFiles(names) : await unlisted(folder);
  if (found.length > 0) throw refusal(op, folder, found, names);
}

/** A folder without a list has only names to try. */
async function unlisted(folder: Folder): Promise<string[]> {
  const name = "adapter_config.json";
  const source = await folder.open(name);
  if (!source) return [];
  await closeAll([source]);
  return [name];
}

function refusal(
  op: string,
  { name }: Folder,
  found: readonly string[],
  names: readonly string[] = [],
): GemmaError {
  const expected = "weights without an adapter beside them";
  // A GGUF file is a model by itself, and what it was quantised from may have had the adapter in it.
  const gguf = names.find((file) => /\.gguf$/i.test(file) && !found.includes(file));
  const hint = gguf ? `${ADAPTER_BESIDE_HINT}, or open ${gguf} by itself` : ADAPTER_BESIDE_HINT;
  return refusals(op, name).unsupported(undefined, expected, found.join(", "), hint);
}
