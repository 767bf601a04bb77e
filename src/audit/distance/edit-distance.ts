/**
 * The distance of Levenshtein, 32 rows of the table at a time. Two neighbours in a column of the table differ by −1, 0 or 1, so a
 * column is two words of bits: P where it rises, M where it falls. A column follows from the one before it by a dozen operations on words
 * (Myers 1999, "A fast bit-vector algorithm for approximate string matching"; in blocks as Hyyrö 2003 has it).
 *
 *     E  bits where a_i is the symbol of this column       h  difference along the row above the block: −1, 0, 1
 *     Xv = E | M,   E |= [h < 0],   Xh = (((E & P) + P) ^ P) | E
 *     Ph = M | ~(Xh | P),   Mh = P & Xh                      where the row rises, and falls
 *     P' = (Mh << 1 | [h < 0]) | ~(Xv | (Ph << 1 | [h > 0])),   M' = (Ph << 1 | [h > 0]) & Xv
 *
 * The bits of Ph and Mh in the block's last row are h of the next block; in the last row of all, what is added to the distance. Lists of more
 * than 1024 symbols are taken a strip of so many rows at a time, and h of a strip's last row is kept for the next: memory grows with n alone.
 * @module
 */
import { SymbolTable } from "./symbol-table.ts";

const BITS = 32;

/** Rows of the table that are in work at once: 32 words, whose bits of 1024 symbols are 128 KiB. */
const STRIP = 1024;

/**
 * Least insertions, deletions and substitutions, each of cost 1, that make `b` of `a`: token ids, code points, any numbers.
 * Time ⌈m / 32⌉ · n.
 */
export function editDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  // What both begin and end with costs nothing, and is most of what is compared here.
  let begin = 0;
  while (begin < a.length && begin < b.length && a[begin] === b[begin]) begin++;
  let [m, n] = [a.length - begin, b.length - begin];
  while (m > 0 && n > 0 && a[begin + m - 1] === b[begin + n - 1]) {
    m--;
    n--;
  }
  if (m === 0 || n === 0) return m + n;
  return m <= n ? distance(a, b, begin, m, n) : distance(b, a, begin, n, m);
}

/** The Unicode code points of a text. A surrogate that has no partner is one of its own. */
export function codePointsOf(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0) as number);
}

/** What each call works in; none waits in between. */
const places = new SymbolTable();
const rises = new Int32Array(STRIP / BITS);
const falls = new Int32Array(STRIP / BITS);

/** Of m symbols of a and n of b, both behind `begin`. */
function distance(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  begin: number,
  m: number,
  n: number,
): number {
  if (m <= STRIP) return m + strip(a, begin, m, b, begin, n);
  const along = new Int8Array(n).fill(1); // above the table: d[0][j] = j
  let risen = 0;
  for (let i = 0; i < m; i += STRIP) {
    risen = strip(a, begin + i, Math.min(STRIP, m - i), b, begin, n, along);
  }
  return m + risen;
}

/**
 * `m` rows of the table, STRIP at most: how much the last of them rises from its begin to its end.
 * @param along differences along the row above, which become those of the last row; without it they are 1, as above the table.
 */
function strip(
  a: ArrayLike<number>,
  from: number,
  m: number,
  b: ArrayLike<number>,
  begin: number,
  n: number,
  along?: Int8Array,
): number {
  places.fill(a, from, m);
  const { bits, words } = places;
  const [P, M] = [rises.fill(-1, 0, words), falls.fill(0, 0, words)];
  let risen = 0;
  for (let j = 0; j < n; j++) {
    const row = places.rowOf(b[begin + j]);
    let h = along === undefined ? 1 : along[j];
    for (let word = 0; word < words; word++) {
      const rising = P[word];
      const falling = M[word];
      let equal = bits[row + word];
      const xv = equal | falling;
      if (h < 0) equal |= 1;
      const xh = (((equal & rising) + rising) ^ rising) | equal;
      const ph = falling | ~(xh | rising);
      const mh = rising & xh;
      const last = word === words - 1 ? (m - 1) % BITS : BITS - 1;
      const shifted = (ph << 1) | Number(h > 0);
      P[word] = (mh << 1) | Number(h < 0) | ~(xv | shifted);
      M[word] = shifted & xv;
      h = ((ph >>> last) & 1) - ((mh >>> last) & 1);
    }
    if (along !== undefined) along[j] = h;
    risen += h;
  }
  return risen;
}
