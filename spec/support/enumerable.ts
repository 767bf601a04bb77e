/** The enumerable policy of exact.npz (fixtures/learning/README.md): 8 ids, prompt [2, 3], answers of 3 tokens at most. */
import {
  type EnumeratedResponses,
  enumerateResponses,
} from "../../src/preference/exact/enumerate.ts";
import type { TrainableModel } from "../../src/training/trainable.ts";
import { learned, learner } from "./learning.ts";

/** An array of exact.npz. */
export const exact = (name: string): Float64Array => learned("enumerable/exact", name);

/** The policy, or with the weights that the goldens call `reference`. */
export async function enumerablePolicy(weights?: "reference"): Promise<TrainableModel> {
  const model = await learner("enumerable");
  if (!weights) return model;
  for (const { name, data } of model.parameters.values()) data.set(exact(`${weights}.${name}`));
  return model;
}

/** All answers of a model to the prompt. */
export function answersOf(model: TrainableModel): Promise<EnumeratedResponses> {
  return enumerateResponses(model, exact("prompt"), { maxTokens: 3, endIds: [1] });
}

/** What every test of the policy begins with. */
export async function enumerable() {
  const [policy, referencePolicy] = [await enumerablePolicy(), await enumerablePolicy("reference")];
  const [answers, reference] = [await answersOf(policy), await answersOf(referencePolicy)];
  const masks = answers.responses.map(({ mask }) => mask);
  return { policy, answers, reference, masks, rewards: exact("rewards"), beta: exact("beta")[0] };
}
