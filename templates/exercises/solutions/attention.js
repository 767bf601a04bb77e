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
  const H = q[0].length;
  return q.map((query, l) => {
    const seen = pos + l + 1; // the causal mask
    const scores = new Float64Array(seen);
    for (let s = 0; s < seen; s++) {
      let dot = 0;
      for (let h = 0; h < H; h++) dot += query[h] * k[s][h];
      scores[s] = dot / Math.sqrt(H);
    }
    const shares = softmax(scores);
    const z = new Float64Array(H);
    for (let s = 0; s < seen; s++) {
      for (let h = 0; h < H; h++) z[h] += shares[s] * v[s][h];
    }
    return z;
  });
}

function softmax(x) {
  const max = x.reduce((a, b) => Math.max(a, b));
  const powers = x.map((value) => Math.exp(value - max));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((value) => value / sum);
}
