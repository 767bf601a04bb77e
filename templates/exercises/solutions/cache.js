/**
 * Keeps keys and values, so that old tokens are not computed again.
 *
 *     cache.k[pos + l] = k[l],  cache.v[pos + l] = v[l]
 *
 * A position that is there already is written again.
 *
 * Left out: room that is made in advance.
 *
 * @param {{ k: Float64Array[], v: Float64Array[] }} cache  of one head
 * @param {Float64Array[]} k  rows of new tokens
 * @param {Float64Array[]} v  rows of new tokens
 * @param {number} pos  where the first of them stands
 */
export function append(cache, k, v, pos) {
  for (let l = 0; l < k.length; l++) {
    cache.k[pos + l] = k[l];
    cache.v[pos + l] = v[l];
  }
}

/**
 * Goes on with a prompt, always with the word of the largest logit.
 *
 * Feed the prompt in one call, then each new id in a call of its own.
 *
 * @param {(ids: number[], pos: number) => Float64Array} step  feeds ids that stand at pos and
 *   after it; gives the logits behind the last of them
 * @param {number[]} prompt
 * @param {number} n
 * @returns {number[]} n new ids
 */
export function continueText(step, prompt, n) {
  const answer = [];
  let logits = step(prompt, 0);
  for (;;) {
    const id = logits.indexOf(Math.max(...logits));
    answer.push(id);
    if (answer.length === n) return answer;
    logits = step([id], prompt.length + answer.length - 1);
  }
}
