/** Gradients of whole models, held against PyTorch's through Google's code (fixtures/learning/README.md). */
import { describe, expect, it } from "vitest";
import { goldenName, type RecordedTap } from "../../src/model/taps.ts";
import {
  digest,
  digestError,
  LEARNING_MODELS,
  learned,
  learnedNames,
  learner,
  relativeError,
  sequences,
  targetsIn,
} from "../support/learning.ts";

/** The batch of lm.npz. */
function batchOf(name: string) {
  const file = `${name}/lm`;
  const all = sequences(learned(file, "ids"), learned(file, "mask"), 2, learned(file, "lengths"));
  return { all, normalizer: targetsIn(all) };
}

/** Distances of all gradients from those of `file`, by the name of the weight. */
async function gradientErrors(name: string, model: Awaited<ReturnType<typeof learner>>) {
  const weights = learnedNames(`${name}/lm`, "grad.");
  expect(weights).toEqual([...model.parameters.keys()]);
  return weights.map((weight) => {
    const gradient = model.parameters.get(weight)?.gradient ?? [];
    return relativeError(gradient, learned(`${name}/lm`, `grad.${weight}`));
  });
}

describe.each(LEARNING_MODELS)("gradients of %s", (name) => {
  const file = `${name}/lm`;
  const { all, normalizer } = batchOf(name);

  it("are Google's in float64: loss, log-probs, and every weight", async () => {
    const model = await learner(name);
    const { loss, logprobs } = await model.accumulate(all, { normalizer });
    expect(Math.abs(loss - learned(file, "loss")[0])).toBeLessThan(1e-12);
    const mask = learned(file, "mask");
    const golden = learned(file, "logprobs").map((p, i) => p * mask[i]);
    const T = golden.length / 2 + 1;
    const ours = Float64Array.from(golden, (_, i) => {
      const [b, t] = [Math.floor(i / (T - 1)), (i % (T - 1)) + 1];
      return logprobs[b][t] ?? 0;
    });
    expect(relativeError(ours, golden)).toBeLessThan(1e-12);
    expect(Math.max(...(await gradientErrors(name, model)))).toBeLessThan(1e-12);
  });
});
