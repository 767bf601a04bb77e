/**
 * What is known of Gemma's own vocabulary, for files that leave it out: a GGUF file, whose converters do
 * not say which pieces are user-defined, and the `tokenizer.json` of early 2024.
 * @module
 */

/** Ids from, and up to: `<mask>` to the HTML tags; `[toxicity=0]`, runs of tabs, `<unused99>`. */
const USER_DEFINED = [
  [4, 217],
  [255_968, 256_000],
] as const;
const SIZE = 256_000;

/**
 * Tells by its id whether a piece is one of the 245 that are user-defined in Gemma. Of another vocabulary
 * than Gemma's it says so of none.
 *
 * @param pieces the texts of the whole vocabulary.
 */
export function gemmaUserDefined(pieces: ArrayLike<string>): (id: number) => boolean {
  if (pieces.length < SIZE || pieces[106] !== "<start_of_turn>") return () => false;
  return (id) => USER_DEFINED.some(([begin, end]) => begin <= id && id < end);
}
