/**
 * One head of causal attention.
 *
 *     score[l][s] = q[l] · k[s] / √H          for s ≤ pos + l
 *     share[l]    = softmax(score[l])
 *     z[l][h]     = Σ_s share[l][s] · v[s][h]
 *
 * Row l of q stands at position pos + l. There may be more keys than it may see.
 *
 * Left out: several heads, and who shares a key (exercise kvhead).
 *
 * @param {Float64Array[]} q  L rows of H numbers
 * @param {Float64Array[]} k  S rows of H numbers
 * @param {Float64Array[]} v  S rows of H numbers
 * @param {number} pos
 * @returns {Float64Array[]} L rows of H numbers
 */
export function attention(q, k, v, pos) {
  throw new Error("not yet");
}
