/**
 * How many edits make one list of another.
 *
 *     d[i][j] = least of  d[i−1][j] + 1,  d[i][j−1] + 1,  d[i−1][j−1] + (a[i−1] = b[j−1] ? 0 : 1)
 *
 * Left out: lists so long that the table gets slow.
 *
 * @param {number[]} a  ids, or code points
 * @param {number[]} b  the same
 * @returns {number} insertions, deletions and replacements, the fewest
 */
export function editDistance(a, b) {
  throw new Error("not yet");
}

/**
 * How likely a text is among n answers that are drawn.
 *
 *     1 − (1 − p)^n
 *
 * Left out: samplers that draw from the likeliest tokens only.
 *
 * @param {number} logprob  log p of the text, all its tokens; below 0
 * @param {number} n  answers
 * @returns {number} from 0 to 1, and right where p is as small as 1e-29
 */
export function chanceIn(logprob, n) {
  throw new Error("not yet");
}

/**
 * How far a secret is given away, in bits.
 *
 *     log2 of the number of secrets − log2 rank,  rank = 1 + those that are more likely
 *
 * Left out: to compute the log-probabilities.
 *
 * @param {Float64Array} logprobs  of every secret that might have been planted
 * @param {number} own  the place of the one that was
 * @returns {number} 0 for the least likely, the most for the most likely
 */
export function exposure(logprobs, own) {
  throw new Error("not yet");
}
