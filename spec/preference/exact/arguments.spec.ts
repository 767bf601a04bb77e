/** What a caller may hand to a sum over all answers that would become NaN, or another number, in silence: refused by name. */
import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../../src/errors.ts";
import { bestOfN } from "../../../src/preference/exact/best-of-n.ts";
import { enumerateResponses } from "../../../src/preference/exact/enumerate.ts";
import { estimateOptimum } from "../../../src/preference/exact/estimate-optimum.ts";
import { expectedKlGradient } from "../../../src/preference/exact/kl-gradients.ts";
import { exactObjective } from "../../../src/preference/exact/objective.ts";
import { optimumOf } from "../../../src/preference/exact/optimum.ts";
import {
  squaredScores,
  varianceLeaveOneOut,
  varianceWithBaseline,
} from "../../../src/preference/exact/variance.ts";
import { enumerablePolicy } from "../../support/enumerable.ts";
import { thrownBy } from "../../support/thrown-by.ts";

// biome-ignore lint/suspicious/noExplicitAny: the compiler is what these callers do without
type Untyped = any;

const half = Math.log(0.5);
const [two, masks] = [
  [[half], [half]],
  [[1], [1]],
];
const scored = { sums: [half, half], shaped: [1, 2], squaredScores: [1, 1], squaredGradient: 1 };

it.each<[string, () => unknown]>([
  ["exactObjective logprobs", () => exactObjective([[half]], [[half]], [[1]], [1], 1)],
  ["exactObjective reference", () => exactObjective(two, [[half]], masks, [1, 2], 1)],
  ["exactObjective rewards", () => exactObjective(two, two, masks, [1], 1)],
  ["exactObjective beta", () => exactObjective(two, two, masks, [1, 2], Number.NaN)],
  ["optimumOf referenceSums", () => optimumOf([half, -3], [1, 2], 1)],
  ["optimumOf rewards[1]", () => optimumOf([half, half], [1, Number.NaN], 1)],
  ["optimumOf beta", () => optimumOf([half, half], [1, 2], 0)],
  ["estimateOptimum rewards", () => estimateOptimum([], 1)],
  ["estimateOptimum beta", () => estimateOptimum([1], -1)],
  ["estimateOptimum beta", () => estimateOptimum([1], undefined as Untyped)],
  ["estimateOptimum groups", () => estimateOptimum([1, 2], 1, { groups: [1] })],
  ["estimateOptimum resamples", () => estimateOptimum([1], 1, { resamples: -1 })],
  ["estimateOptimum seed", () => estimateOptimum([1], 1, { seed: 0.5 })],
  ["estimateOptimum level", () => estimateOptimum([1], 1, { level: 1 })],
  ["bestOfN rewards[0]", () => bestOfN([Number.NaN], 1)],
  ["bestOfN n", () => bestOfN([1, 2], 3)],
  ["bestOfN n", () => bestOfN([1, 2, 3], 2, { groups: [0, 0, 1] })],
  ["bestOfN n", () => bestOfN([1], 0)],
  ["expectedKlGradient kind", () => expectedKlGradient(two, two, masks, "k2" as Untyped)],
  ["expectedKlGradient logprobs", () => expectedKlGradient([[-1]], [[-1]], [[1]], "true")],
  ["varianceWithBaseline baseline", () => varianceWithBaseline(scored, Number.NaN)],
  ["varianceWithBaseline shaped", () => varianceWithBaseline({ ...scored, shaped: [1] }, 0)],
  ["varianceLeaveOneOut k", () => varianceLeaveOneOut(scored, 1)],
  ["varianceLeaveOneOut sums", () => varianceLeaveOneOut({ ...scored, sums: [0, 0] }, 2)],
])("%s is refused by that name", (name, use) => {
  const error = thrownBy(use) as ArgumentError;
  expect(error).toBeInstanceOf(ArgumentError);
  expect(`${error.op} ${error.argument}`).toBe(name);
});

describe("passes", () => {
  it.each<[string, ArrayLike<number>, object]>([
    ["prompt", [], {}],
    ["prompt[1]", [2, 8], {}],
    ["endIds[0]", [2], { endIds: [9] }],
    ["endIds", [2], { endIds: 1 }],
    ["maxTokens", [2], { maxTokens: 0 }],
    ["limit", [2], { limit: 0 }],
  ])("need a %s of the model", async (argument, prompt, options) => {
    const model = await enumerablePolicy();
    const asked = enumerateResponses(model, prompt, { maxTokens: 1, endIds: [1], ...options });
    await expect(asked).rejects.toMatchObject({ name: "ArgumentError", argument });
  });

  it("stop between two answers", async () => {
    const model = await enumerablePolicy();
    const signal = AbortSignal.abort(new Error("enough"));
    const options = { maxTokens: 1, endIds: [1] };
    await expect(enumerateResponses(model, [2], { ...options, signal })).rejects.toThrow("enough");
    const answers = await enumerateResponses(model, [2], options);
    await expect(squaredScores(model, answers, { signal })).rejects.toThrow("enough");
  });
});
