/** What a caller may hand to a loss that would become NaN, or another loss, in silence: each is refused by name. */
import { expect, it } from "vitest";
import { ArgumentError, ShapeError } from "../../../src/errors.ts";
import {
  advantagesOver,
  leaveOneOutAdvantages,
  movingAverage,
} from "../../../src/preference/losses/baselines.ts";
import {
  bradleyTerryLoss,
  preferenceAccuracy,
} from "../../../src/preference/losses/bradley-terry.ts";
import {
  clippedPolicyGradientLoss,
  clippedTokenPolicyGradientLoss,
} from "../../../src/preference/losses/clipped-ratio.ts";
import { dpoLoss } from "../../../src/preference/losses/dpo.ts";
import { klEstimates } from "../../../src/preference/losses/kl.ts";
import { klInLoss } from "../../../src/preference/losses/kl-in-loss.ts";
import {
  policyGradientLoss,
  tokenPolicyGradientLoss,
} from "../../../src/preference/losses/policy-gradient.ts";
import {
  responseLogprobs,
  responseLogprobsBackward,
} from "../../../src/preference/losses/response-logprobs.ts";
import {
  lastRows,
  rewardHead,
  rewardHeadBackward,
} from "../../../src/preference/losses/reward-head.ts";
import { returnsToGo, shapedRewards } from "../../../src/preference/losses/shaped-rewards.ts";
import { tensor } from "../../../src/tensor/tensor.ts";
import { thrownBy } from "../../support/thrown-by.ts";

// biome-ignore lint/suspicious/noExplicitAny: the compiler is what these callers do without
type Untyped = any;

const nothing = undefined as Untyped;
const NaNs = [Number.NaN];
const matrix = tensor(new Float64Array(4), [2, 2]);
const score = tensor(new Float64Array(2), [1, 2]);
const pairs = { chosen: [1], rejected: [1], referenceChosen: [1], referenceRejected: [1] };
const [masks, logprobs] = [[[0, 1]], [[0, -1]]];

it.each<[string, () => unknown]>([
  ["bradleyTerryLoss chosen", () => bradleyTerryLoss([], [])],
  ["bradleyTerryLoss chosen", () => bradleyTerryLoss(nothing, [1])],
  ["bradleyTerryLoss chosen[0]", () => bradleyTerryLoss(NaNs, [1])],
  ["bradleyTerryLoss chosen[0]", () => bradleyTerryLoss(["1"] as Untyped, [1])],
  ["bradleyTerryLoss rejected", () => bradleyTerryLoss([1, 2], [1])],
  ["bradleyTerryLoss margins", () => bradleyTerryLoss([1], [1], { margins: 1 as Untyped })],
  ["bradleyTerryLoss centring", () => bradleyTerryLoss([1], [1], { centring: Number.NaN })],
  ["bradleyTerryLoss certainty[0]", () => bradleyTerryLoss([1], [1], { certainty: [2] })],
  ["bradleyTerryLoss margin", () => bradleyTerryLoss([1], [1], { margin: 1 } as Untyped)],
  ["preferenceAccuracy chosen", () => preferenceAccuracy([], [])],
  ["dpoLoss rejected", () => dpoLoss({ ...pairs, rejected: [1, 2] })],
  ["dpoLoss referenceChosen", () => dpoLoss({ ...pairs, referenceChosen: nothing })],
  ["dpoLoss labelSmoothing", () => dpoLoss(pairs, { labelSmoothing: 0.6 })],
  ["dpoLoss beta", () => dpoLoss(pairs, { beta: Number.NaN })],
  ["dpoLoss tau", () => dpoLoss(pairs, { tau: 0.1 } as Untyped)],
  ["responseLogprobs masks", () => responseLogprobs([], [])],
  ["responseLogprobs masks[0]", () => responseLogprobs(logprobs, [[0, 0]])],
  ["responseLogprobs masks[0][1]", () => responseLogprobs(logprobs, [[0, 0.5]])],
  ["responseLogprobs masks[0][1]", () => responseLogprobs(logprobs, [[0, true]] as Untyped)],
  ["responseLogprobs logprobs[0]", () => responseLogprobs([[1]], masks)],
  ["responseLogprobs logprobs[0][1]", () => responseLogprobs([[0, -Infinity]], masks)],
  ["responseLogprobs logprobs[0]", () => responseLogprobs([5] as Untyped, masks)],
  ["responseLogprobsBackward dSums", () => responseLogprobsBackward([1, 2], masks)],
  ["klEstimates reference", () => klEstimates(logprobs, [], masks)],
  ["klInLoss kind", () => klInLoss(logprobs, logprobs, masks, "k1" as Untyped, 1)],
  ["klInLoss kind", () => klInLoss(logprobs, logprobs, masks, nothing, 1)],
  ["klInLoss beta", () => klInLoss(logprobs, logprobs, masks, "k2", nothing)],
  ["shapedRewards sums", () => shapedRewards([1], [1, 2], [1], 0.1)],
  ["shapedRewards beta", () => shapedRewards([1], [1], [1], nothing)],
  ["returnsToGo rewards", () => returnsToGo([], logprobs, logprobs, masks, 0.1)],
  ["advantagesOver baseline", () => advantagesOver([1], Number.NaN)],
  ["leaveOneOutAdvantages groups", () => leaveOneOutAdvantages([1, 2], [0])],
  ["leaveOneOutAdvantages groups[2]", () => leaveOneOutAdvantages([1, 2, 3], [0, 0, 1])],
  ["movingAverage decay", () => movingAverage(1, [1], { decay: 1.5 })],
  ["movingAverage previous", () => movingAverage(Number.NaN, [1])],
  ["policyGradientLoss advantages", () => policyGradientLoss(logprobs, masks, [1, 2])],
  ["tokenPolicyGradientLoss advantages[0]", () => tokenPolicyGradientLoss(logprobs, masks, [[1]])],
  [
    "clippedPolicyGradientLoss old[0]",
    () => clippedPolicyGradientLoss([[1]], [[1, 2]], [[1]], [1]),
  ],
  [
    "clippedPolicyGradientLoss advantages",
    () => clippedPolicyGradientLoss([[1]], [[1]], [[1]], []),
  ],
  [
    "clippedPolicyGradientLoss clip",
    () => clippedPolicyGradientLoss([[1]], [[1]], [[1]], [1], { clip: 0 }),
  ],
  [
    "clippedPolicyGradientLoss logprobs[0]",
    () => clippedPolicyGradientLoss([[0]], [[-800]], [[1]], [1]),
  ],
  [
    "clippedTokenPolicyGradientLoss logprobs[0][1]",
    () => clippedTokenPolicyGradientLoss([[0, 0]], [[0, -800]], [[0, 1]], [[0, 1]]),
  ],
  [
    "clippedTokenPolicyGradientLoss advantages[0][0]",
    () => clippedTokenPolicyGradientLoss([[1]], [[1]], [[1]], [NaNs]),
  ],
  ["lastRows lengths[1]", () => lastRows([2, 0])],
  ["lastRows lengths[0]", () => lastRows([5], { padded: 4 })],
  ["lastRows padded", () => lastRows([5], { padded: 0.5 })],
  ["rewardHead rows[0]", () => rewardHead(matrix, score, [2])],
  ["rewardHead h", () => rewardHead([1] as Untyped, score, [0])],
  ["rewardHeadBackward dRewards", () => rewardHeadBackward([1, 2], matrix, score, [0])],
])("%s is refused by that name", (name, use) => {
  const error = thrownBy(use) as ArgumentError;
  expect(error).toBeInstanceOf(ArgumentError);
  expect(`${error.op} ${error.argument}`).toBe(name);
});

it("a head for another width is refused", () => {
  expect(thrownBy(() => rewardHead(matrix, matrix, [0]))).toBeInstanceOf(ShapeError);
});
