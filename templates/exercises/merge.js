/**
 * From letters to pieces: byte pair encoding.
 *
 *     while two neighbours make a known piece: merge the pair with the best score
 *
 * In the text ▁ stands for a blank. score("▁t") is a number if "▁t" is a piece, and undefined if
 * not; scores are minus a rank, so the largest comes first. Of equal ones the leftmost is merged.
 *
 * Left out: pieces that never merge (newlines, runs of blanks), bytes, and speed.
 *
 * @param {string} text
 * @param {(piece: string) => number | undefined} score
 * @returns {string[]} the pieces; joined they are the text
 */
export function segment(text, score) {
  throw new Error("not yet");
}
