const MISTAKES = {
  A: "rope-theta-1e6",
  B: "gelu-erf",
  C: "cache-chunk-restarts-position",
};

/**
 * Finds where an engine leaves Gemma, and why. It is called with A, with B and with C.
 *
 *     const trace = suspect.trace(ids);
 *     trace["blocks.0.attn.hook_k"][3]    a row of numbers: of token 3, before RoPE
 *
 * trace feeds the ids, and gives all taps in the order in which they are computed, by name. Each
 * has a row for each token. suspect computes in float32, gemma in float64. What you print with
 * console.log is shown.
 *
 * trace(ids, { maxRows: n }) feeds at most n tokens in a pass, and goes on with the next pass;
 * without it, all tokens are in one pass. Gemma gives the same numbers either way.
 *
 * Left out: weights that are loaded wrongly, and mistakes in the text before the ids.
 *
 * @typedef {{ name: string, trace: (ids: number[], options?: { maxRows?: number }) =>
 *   Record<string, Float64Array[]> }} Engine
 *
 * @param {Engine} suspect  its name is "A", "B" or "C"
 * @param {Engine} gemma  a right one
 * @param {number[]} ids  12 tokens: <bos>Mira the fox had 6 plums. At the lighthouse
 * @returns {{ tap: string, mistake?: string } | undefined} the first tap that is wrong; undefined
 *   if you see no difference
 */
export function detective(suspect, gemma, ids) {
  const feed = { maxRows: 7 }; // C is right in one pass, and wrong in a second one
  const [mine, right] = [suspect.trace(ids, feed), gemma.trace(ids, feed)];
  const tap = Object.keys(right).find((name) => distance(mine[name], right[name]) > 3e-6);
  return { tap, mistake: MISTAKES[suspect.name] };
}

/** The largest difference, in units of the largest number. Float32 stays below 1e-6. */
function distance(rows, truth) {
  let [error, largest] = [0, 0];
  truth.forEach((row, l) => {
    row.forEach((value, i) => {
      error = Math.max(error, Math.abs(rows[l][i] - value));
      largest = Math.max(largest, Math.abs(value));
    });
  });
  return error / largest;
}
