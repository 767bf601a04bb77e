/**
 * The gradient of log π of each token of all answers of a small policy: with these, the gradient of any loss of log-probabilities is
 * a sum, and thousands of sampled gradients cost no passes.
 */
import type { EnumeratedResponses } from "../../src/preference/exact/enumerate.ts";
import type { TrainableModel } from "../../src/training/trainable.ts";

/** All weights of a model, one behind the other. */
export function flatGradients(model: TrainableModel): Float64Array {
  return Float64Array.from(
    [...model.parameters.values()].flatMap(({ gradient }) => Array.from(gradient)),
  );
}

/** [Y] lists of [T] gradients of log π; undefined on the prompt. */
export async function tokenScores(
  model: TrainableModel,
  { responses }: EnumeratedResponses,
): Promise<(Float64Array | undefined)[][]> {
  const known = new Map<string, Float64Array>(); // a token and those before it, which answers share
  const scores: (Float64Array | undefined)[][] = [];
  for (const { ids, promptLength } of responses) {
    const own: (Float64Array | undefined)[] = new Array(ids.length).fill(undefined);
    for (let t = promptLength; t < ids.length; t++) {
      const prefix = ids.subarray(0, t + 1);
      let score = known.get(prefix.join());
      if (!score) {
        model.zeroGradients();
        const mask = new Float64Array(t + 1);
        mask[t] = 1;
        await model.accumulate([{ ids: prefix, mask }], { normalizer: 1 });
        score = flatGradients(model).map((g) => -g); // of −log π
        known.set(prefix.join(), score);
      }
      own[t] = score;
    }
    scores.push(own);
  }
  model.zeroGradients();
  return scores;
}
