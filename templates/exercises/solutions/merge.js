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
  const symbols = Array.from(text);
  for (;;) {
    let at = -1;
    let best = Number.NEGATIVE_INFINITY;
    for (let i = 0; i + 1 < symbols.length; i++) {
      const value = score(symbols[i] + symbols[i + 1]);
      if (value !== undefined && value > best) {
        at = i;
        best = value;
      }
    }
    if (at < 0) return symbols; // no two neighbours make a piece
    symbols.splice(at, 2, symbols[at] + symbols[at + 1]);
  }
}
