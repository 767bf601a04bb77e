/**
 * From the rewards of k answers to one prompt to the gradient of a loss.
 *
 *     S    = Σ mask[t] · logprobs[t],  S_ref the same of reference
 *     R    = reward − beta · (S − S_ref)
 *     A    = R − mean of the others' R
 *     loss = − mean over the answers of A · S,  A being a number
 *
 * Left out: several prompts, and answers that another policy said.
 *
 * @param {{ reward: number, logprobs: Float64Array, reference: Float64Array,
 *   mask: Float64Array }[]} answers  two or more; a number a token, of prompt and answer;
 *   mask is 1 on the answer's tokens, 0 on the prompt's
 * @param {number} beta  the price of leaving the reference
 * @returns {Float64Array[]} for each answer, the slope of the loss in each of logprobs
 */
export function rloo(answers, beta) {
  const k = answers.length;
  const R = answers.map(({ reward, logprobs, reference, mask }) => {
    const difference = mask.reduce((sum, m, t) => sum + m * (logprobs[t] - reference[t]), 0);
    return reward - beta * difference;
  });
  const all = R.reduce((sum, one) => sum + one, 0);
  return answers.map(({ mask }, i) => {
    const A = R[i] - (all - R[i]) / (k - 1);
    return mask.map((m) => (-m * A) / k);
  });
}

/**
 * The best policy: what training by `rloo` leads to.
 *
 *     best[y] = e^(reference[y] + rewards[y] / beta) / sum of the same over all answers
 *
 * Left out: answers too many to be written out.
 *
 * @param {Float64Array} reference  the log-probability of every answer there is
 * @param {Float64Array} rewards  of each
 * @param {number} beta  the price of leaving the reference
 * @returns {Float64Array} the probability of each answer
 */
export function optimum(reference, rewards, beta) {
  const exponents = reference.map((logprob, y) => logprob + rewards[y] / beta);
  const largest = Math.max(...exponents);
  const weights = exponents.map((exponent) => Math.exp(exponent - largest));
  const sum = weights.reduce((all, one) => all + one, 0);
  return weights.map((weight) => weight / sum);
}
