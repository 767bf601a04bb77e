/**
 * Which key-value head a query head reads.
 *
 * N query heads share K key-value heads, K divides N. Neighbours share one: the first N/K query
 * heads read head 0, the next N/K head 1, and so on.
 *
 * Left out: what is read there (exercise attention).
 *
 * @param {number} n  the query head, from 0
 * @param {number} N
 * @param {number} K
 * @returns {number} the key-value head, from 0
 */
export function kvHead(n, N, K) {
  throw new Error("not yet");
}
