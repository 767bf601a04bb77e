/**
 * Sampled policy gradients beside the exact one, on the enumerable policy: each estimator that is offered has the right mean.
 *
 * 4,000 gradients a seed; every one of the 664 weights has to be within 4 standard errors. If weights were independent and normal,
 * 4 % of seeds would fail by chance (664 · 6.3e-5). Weights move together, so it is less: 1 of 180 other seeds, at 4.9.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { exactObjective } from "../../../src/preference/exact/objective.ts";
import { advantagesOver, leaveOneOutAdvantages } from "../../../src/preference/losses/baselines.ts";
import { clippedPolicyGradientLoss } from "../../../src/preference/losses/clipped-ratio.ts";
import {
  policyGradientLoss,
  type TokenLoss,
  tokenPolicyGradientLoss,
} from "../../../src/preference/losses/policy-gradient.ts";
import { returnsToGo, shapedRewards } from "../../../src/preference/losses/shaped-rewards.ts";
import { xoshiro128 } from "../../../src/random.ts";
import { enumerable } from "../../support/enumerable.ts";
import { IS_LONG } from "../../support/fuzz.ts";
import { flatGradients, tokenScores } from "../../support/token-scores.ts";

const GRADIENTS = 4000;
const K = 4;

describe.runIf(IS_LONG)("the mean of 4,000 sampled gradients", () => {
  let all: Awaited<ReturnType<typeof enumerable>>;
  let scores: (Float64Array | undefined)[][];
  let truth: Float64Array;
  let cumulative: Float64Array;

  beforeAll(async () => {
    all = await enumerable();
    const { answers, reference, masks, rewards, beta, policy } = all;
    scores = await tokenScores(policy, answers);
    const { dLogprobs } = exactObjective(
      answers.logprobs,
      reference.logprobs,
      masks,
      rewards,
      beta,
    );
    await policy.accumulateOf(answers.responses, () => dLogprobs);
    truth = flatGradients(policy);
    policy.zeroGradients();
    let sum = 0;
    cumulative = answers.sums.map((S) => {
      sum += Math.exp(S);
      return sum;
    });
  }, 60_000);

  /** An answer, by its probability. */
  const draw = (random: () => number) => {
    const u = random();
    return Math.min(cumulative.findIndex((c) => u < c) >>> 0, cumulative.length - 1);
  };

  interface Group {
    readonly logprobs: readonly Float64Array[];
    readonly reference: readonly Float64Array[];
    readonly masks: readonly Float64Array[];
    readonly rewards: readonly number[];
    readonly shaped: Float64Array;
  }

  function groupOf(drawn: readonly number[]): Group {
    const { answers, reference, masks, rewards, beta } = all;
    const of = <T>(list: ArrayLike<T>) => drawn.map((y) => list[y]);
    const r = of(rewards);
    return {
      logprobs: of(answers.logprobs),
      reference: of(reference.logprobs),
      masks: of(masks),
      rewards: r,
      shaped: shapedRewards(r, of(answers.sums), of(reference.sums), beta),
    };
  }

  const same = new Float64Array(K);
  const ESTIMATORS: readonly [string, (group: Group) => TokenLoss][] = [
    [
      "REINFORCE, a number as baseline",
      ({ logprobs, masks, shaped }) =>
        policyGradientLoss(logprobs, masks, advantagesOver(shaped, 0.3)),
    ],
    [
      "leave one out",
      ({ logprobs, masks, shaped }) =>
        policyGradientLoss(logprobs, masks, leaveOneOutAdvantages(shaped, same)),
    ],
    [
      "by token, return to go",
      ({ logprobs, reference, masks, rewards, shaped }) => {
        const A = leaveOneOutAdvantages(shaped, same);
        const returns = returnsToGo(rewards, logprobs, reference, masks, all.beta);
        const advantages = returns.map((row, i) => row.map((G) => G - (shaped[i] - A[i])));
        return tokenPolicyGradientLoss(logprobs, masks, advantages);
      },
    ],
    [
      "the clipped ratio, at its first update",
      ({ logprobs, masks, shaped }) =>
        clippedPolicyGradientLoss(logprobs, logprobs, masks, leaveOneOutAdvantages(shaped, same)),
    ],
  ];

  /** The largest distance from the exact gradient, in standard errors of the mean. */
  function farthest(lossOf: (group: Group) => TokenLoss, seed: number): number {
    const random = xoshiro128(seed);
    const P = truth.length;
    const [sum, squares] = [new Float64Array(P), new Float64Array(P)];
    const gradient = new Float64Array(P);
    for (let n = 0; n < GRADIENTS; n++) {
      const drawn = Array.from({ length: K }, () => draw(random));
      gradient.fill(0);
      for (const [i, row] of lossOf(groupOf(drawn)).dLogprobs.entries()) {
        for (const [t, d] of row.entries()) {
          const score = scores[drawn[i]][t];
          if (score && d !== 0) for (let p = 0; p < P; p++) gradient[p] += d * score[p];
        }
      }
      for (let p = 0; p < P; p++) {
        sum[p] += gradient[p];
        squares[p] += gradient[p] ** 2;
      }
    }
    return truth.reduce((most, exact, p) => {
      const mean = sum[p] / GRADIENTS;
      const error = Math.sqrt((squares[p] / GRADIENTS - mean ** 2) / (GRADIENTS - 1));
      return Math.max(most, Math.abs(mean - exact) / (error + 1e-12)); // of a weight that no answer moves both are 0
    }, 0);
  }

  it.each(ESTIMATORS)("%s", (_, lossOf) => {
    for (const seed of [1, 2, 3]) expect(farthest(lossOf, seed)).toBeLessThan(4);
  });

  it("sees a baseline that knows the answer, and a KL that is left out", () => {
    const own: [string, (group: Group) => TokenLoss][] = [
      [
        "the batch's mean",
        ({ logprobs, masks, shaped }) => {
          const mean = shaped.reduce((a, b) => a + b) / K;
          return policyGradientLoss(logprobs, masks, advantagesOver(shaped, mean));
        },
      ],
      [
        "no KL",
        ({ logprobs, masks, rewards }) =>
          policyGradientLoss(logprobs, masks, leaveOneOutAdvantages(rewards, same)),
      ],
    ];
    for (const [name, lossOf] of own) expect(farthest(lossOf, 1), name).toBeGreaterThan(8);
  });
});
