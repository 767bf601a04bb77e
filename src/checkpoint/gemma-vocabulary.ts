/**
 * Which pieces of Gemma's own vocabulary are user-defined, for files that do not say so: GGUF files, whose
 * converters leave it out, and the `tokenizer.json` of early 2024.
 * @module
 */

/** Ranges of ids, the end excluded: `<mask>` to the HTML tags; `[toxicity=0]`, runs of tabs, `<unused99>`. */
const USER_DEFINED = [
  [4, 217],
  [255_968, 256_000],
] as const;
const SIZE = 256_000;

/**
 * Whether the piece of an id is one of the 245 that are user-defined in Gemma. In any vocabulary but Gemma's, no
 * piece is.
 *
 * @param pieces the texts of the whole vocabulary.
 */
export function gemmaUserDefined(pieces: ArrayLike<string>): (id: number) => boolean {
  if (pieces.length < SIZE || pieces[106] !== "<start_of_turn>") return () => false;
  return (id) => USER_DEFINED.some(([begin, end]) => begin <= id && id < end);
}
