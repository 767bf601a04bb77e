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
  throw new Error("not yet");
}
