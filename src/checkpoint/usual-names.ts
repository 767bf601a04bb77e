/**
 * The names under which a Gemma's tensors may lie, besides those of the published files. Each is taken only where
 * all of the tensors agree on it; else the names stay, so that a refusal can name them.
 * @module
 */
import type { GemmaConfig } from "../config.ts";

export const TABLE = "model.embed_tokens.weight";
/** The output projection, which Gemma ties to the table. */
export const HEAD = "lm_head.weight";

/** What `torch.compile` and DistributedDataParallel put in front of every name. */
const WRAPPERS = ["_orig_mod.", "module."];

/**
 * `tensors` by the usual names, in their order:
 *
 * - without the prefix of a wrapper;
 * - with `model.` in front, which a model saved as GemmaModel (AutoModel) does not have;
 * - with the table, where only the output projection is stored, and the two are one matrix.
 */
export function usualNames<T>(
  tensors: ReadonlyMap<string, T>,
  { tieWordEmbeddings }: Pick<GemmaConfig, "tieWordEmbeddings"> = {},
): Map<string, T> {
  let entries = [...tensors];
  const all = (prefix: string) => entries.every(([name]) => name.startsWith(prefix));
  const wrapper = () => entries.length > 0 && WRAPPERS.find(all);
  for (let prefix = wrapper(); prefix; prefix = wrapper()) {
    const { length } = prefix;
    entries = entries.map(([name, tensor]) => [name.slice(length), tensor]);
  }
  const isBare = !entries.some(([name]) => name.startsWith("model."));
  if (isBare && entries.some(([name]) => name === "embed_tokens.weight")) {
    entries = entries.map(([name, tensor]) => [
      /^(embed_tokens|layers|norm)\./.test(name) ? `model.${name}` : name,
      tensor,
    ]);
  }
  const byName = new Map(entries);
  const head = byName.get(HEAD);
  if (head !== undefined && tieWordEmbeddings !== false && !byName.has(TABLE)) {
    byName.set(TABLE, head);
  }
  return byName;
}
