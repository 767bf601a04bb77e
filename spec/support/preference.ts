/** The batches of reward.npz, policy.npz and dpo.npz (fixtures/learning/README.md), as models and losses take them. */
import { goldens } from "./goldens.ts";
import { digestError, learned, learnedShape, relativeError, sequences } from "./learning.ts";

/** Answers to two prompts, as policy.npz has them: lists of [T], with an entry for each token. */
export function policyBatch(model: string) {
  const of = (name: string) => learned(`${model}/policy`, name);
  const [ids, mask, lengths] = [of("ids"), of("mask"), of("lengths")];
  const answers = sequences(ids, mask, lengths.length, lengths);
  const beside = (name: string) =>
    sequences(ids, of(name), lengths.length, lengths).map((sequence) => Array.from(sequence.mask));
  return {
    answers,
    masks: answers.map((answer) => answer.mask),
    reference: beside("reference_logprobs"),
    known: beside("logprobs"),
    rewards: of("rewards"),
    group: of("group"),
    beta: of("beta")[0],
    baseline: of("baseline")[0],
  };
}

/** Pairs of answers, as reward.npz has them: the chosen ones, then the rejected. Padded with 0 to [T], as there. */
export function rewardBatch(model: string) {
  const of = (name: string) => learned(`${model}/reward`, name);
  const padded = (name: string) => {
    const [P, T] = learnedShape(`${model}/reward`, name);
    return sequences(of(name), new Float64Array(P * (T - 1)), P);
  };
  const answers = [...padded("chosen"), ...padded("rejected")];
  return {
    pairs: answers.length / 2,
    padded: answers,
    lengths: [...of("chosen_lengths"), ...of("rejected_lengths")],
    score: of("score.weight"),
  };
}

/** Splits what belongs to chosen and rejected answers. */
export function halves(values: Float64Array): readonly [Float64Array, Float64Array] {
  return [values.subarray(0, values.length / 2), values.subarray(values.length / 2)];
}

/**
 * How far gradients are from those of a golden file, the worst of all weights: from whole arrays `X.<name>`, or from digests
 * `digest.X` where those are kept.
 */
export function gradientError(
  file: string,
  name: string,
  gradients: ReadonlyMap<string, ArrayLike<number>>,
): number {
  const all = goldens(`learning/${file}.npz`);
  let worst = 0;
  for (const [i, [weight, gradient]] of [...gradients].entries()) {
    const error = all.has(`digest.${name}`)
      ? digestError(gradient, learned(file, `digest.${name}`).subarray(2 * i, 2 * i + 2))
      : relativeError(gradient, learned(file, `${name}.${weight}`));
    worst = Math.max(worst, error); // a NaN stays
  }
  return worst;
}
