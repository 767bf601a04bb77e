/**
 * The distance of Levenshtein by its definition, in a table of (m + 1) × (n + 1): what the fast one is tested against.
 *
 *     d[i][0] = i    d[0][j] = j
 *     d[i][j] = min(d[i−1][j] + 1, d[i][j−1] + 1, d[i−1][j−1] + [a_i ≠ b_j])
 *
 * Levenshtein 1966; the table is that of Wagner and Fischer 1974.
 * @module
 */

/** Least insertions, deletions and substitutions that make `b` of `a`. Time m · n; one row of the table is kept. */
export function plainEditDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = row[j - 1] + Number(a[i - 1] !== b[j - 1]);
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, substituted);
    }
    row = next;
  }
  return row[b.length];
}
