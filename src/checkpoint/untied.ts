/**
 * What to say of a checkpoint whose output projection is not its embedding, though no file says so.
 * @module
 */
import type { GemmaConfig } from "../config.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { HEAD } from "./usual-names.ts";

/** llama.cpp's name of it. That a GGUF file has it is how such a file says that the two are not one. */
const IN_GGUF = "output.weight";

/**
 * A sentence without its full stop, or undefined if the files agree.
 * @param matched the config of the model that the checkpoint came to.
 */
export function untiedWarning(
  { config, tensors }: Pick<Checkpoint, "config" | "tensors">,
  matched: GemmaConfig,
): string | undefined {
  if (matched.tieWordEmbeddings !== false || config.tieWordEmbeddings === false) return undefined;
  const name = tensors.get(HEAD)?.name ?? HEAD;
  if (name === IN_GGUF) return undefined;
  return (
    `${name} has other numbers than the embedding, though config.json does not say "tie_word_embeddings": false; ` +
    "it is the output projection, as in transformers 5"
  );
}
