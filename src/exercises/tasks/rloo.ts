/**
 * Exercise `rloo`: from rewards to a gradient, and the policy that all the steps lead to (preference/losses).
 * @module
 */
import type { EnumerablePolicy } from "../enumerable.ts";
import { type Call, type Case, type Exercise, exercise } from "../exercise.ts";
import { row } from "../materials.ts";
import type { Parts, Row, SampledAnswer } from "../parts.ts";

/** Sums of some hundred probabilities, in another order than PyTorch's. */
const SUMS = 1e-11;

export const rloo: Exercise = exercise({
  name: "rloo",
  page: 19,
  title: "from rewards to a gradient",
  noun: "policy gradient",
  isBeside: true,
  task: `Two functions. rloo(answers, beta) is given k answers to one prompt, each with its
    reward and, for each token, logprobs, reference and mask. S and S_ref are the sums
    of logprobs and reference where mask is 1. R is reward - beta · (S - S_ref), and A
    is R less the mean R of the k - 1 others. The loss is - mean of A · S, in which A
    is a number: give back, for each answer, its slope in each token's log-probability.
    optimum(reference, rewards, beta) is given the log-probability of every answer there
    is under the reference, and its reward. It gives back how likely the best policy
    says each: reference probability times e^(reward / beta), as shares that sum to 1.`,
  functions: {
    rloo: ["answers", "beta"],
    optimum: ["reference", "rewards", "beta"],
  },
  hints: [
    "Three steps: R of each answer, A of each answer, then a row for each: the slope of -A · S / k in one log-probability of the sum S is the same for each token of the answer, and 0 for each token of the prompt.",
    "The others' mean is (sum of all R - R) / (k - 1).",
    "In optimum, e^(reward / beta) overflows when beta is small. Take reference + reward / beta, subtract the largest of these, and then take the softmax.",
  ],
  knobs: {
    kl: {
      "before the baseline": "",
      "behind the baseline":
        "The price beta · (S - S_ref) is taken off after the baseline, so the others' mean knows nothing of it. On average that is right, and far noisier: put it into R first.",
      none: "Nothing here costs anything: where is beta · (S - S_ref)? Without it the policy goes wherever the reward is.",
      added:
        "To leave the reference earns a reward here. S - S_ref is large for what the policy says more often: that costs.",
    },
    baseline: {
      "of the others": "",
      "of all":
        "The baseline is the mean of all k, and contains the answer itself. Each gradient is then too short, by (k - 1) / k.",
      none: "There is no baseline: A is R. On average that is right, and far noisier.",
      "by k": "The others are summed, and divided by k. How many others are there?",
    },
    tokens: {
      all: "",
      "without the last":
        "The answer's last token has no part in it. It is the one that ends the answer: a policy that is not told of it does not learn when to stop.",
      "their mean":
        "S is divided by the answer's length. Then a bad answer gets less bad by getting longer.",
      "the prompt's, too":
        "The prompt's tokens have a slope. The policy did not say them: where mask is 0, so is the slope.",
    },
    direction: {
      down: "",
      up: "The sign is turned: a step goes down the slope of the loss, and good answers would get less likely.",
    },
    answers: {
      mean: "",
      sum: "The loss is a sum over the answers here. It is their mean: twice the answers, and the same step.",
    },
    power: {
      "r / beta": "",
      "r times beta":
        "In optimum, the reward is multiplied by beta. What should happen when a nat costs more: less of the reward.",
    },
    start: {
      "the reference": "",
      nowhere:
        "In optimum, all answers begin equally likely. The best policy is the reference, with each answer weighed.",
    },
    shares: {
      "sum to 1": "",
      "as they are": "In optimum, what comes back does not sum to 1.",
    },
    exponent: {
      "less the largest": "",
      "as it is":
        "In optimum, e^(reward / beta) is Infinity when beta is small, and Infinity / Infinity NaN. Subtract the largest exponent first.",
    },
  },
  build: ({ kl, baseline, tokens, direction, answers: over, power, start, shares, exponent }) => ({
    rloo(answers, beta) {
      const k = answers.length;
      const masks = answers.map(({ mask }) =>
        mask.map((m, t) => {
          if (tokens === "the prompt's, too") return 1;
          return tokens === "without the last" && t === mask.lastIndexOf(1) ? 0 : m;
        }),
      );
      const length = (i: number) =>
        tokens === "their mean" ? masks[i].reduce((sum, m) => sum + m, 0) : 1;
      const sign = { added: -1, none: 0, "before the baseline": 1, "behind the baseline": 1 }[kl];
      const price = answers.map(({ logprobs, reference }, i) => {
        const sum = masks[i].reduce((all, m, t) => all + m * (logprobs[t] - reference[t]), 0);
        return (sign * beta * sum) / length(i);
      });
      const isBehind = kl === "behind the baseline";
      const R = answers.map(({ reward }, i) => reward - (isBehind ? 0 : price[i]));
      const all = R.reduce((sum, one) => sum + one, 0);
      return masks.map((mask, i) => {
        const b = {
          ...{ "of the others": (all - R[i]) / (k - 1), "of all": all / k },
          ...{ none: 0, "by k": (all - R[i]) / k },
        }[baseline];
        const A = R[i] - b - (isBehind ? price[i] : 0);
        const slope = (direction === "down" ? -A : A) / length(i) / (over === "mean" ? k : 1);
        return mask.map((m) => m * slope);
      });
    },

    optimum(reference, rewards, beta) {
      const weights = rewards.map((reward, i) => {
        const by = power === "r / beta" ? reward / beta : reward * beta;
        return by + (start === "nowhere" ? 0 : reference[i]);
      });
      const largest = exponent === "as it is" ? 0 : Math.max(...weights);
      const raised = weights.map((weight) => Math.exp(weight - largest));
      const sum = shares === "as they are" ? 1 : raised.reduce((all, one) => all + one, 0);
      return raised.map((one) => one / sum);
    },
  }),
  cases({ policy, right }) {
    const enumerated = policy();
    return [
      byHand(right),
      groups(enumerated, right),
      bestByHand(right),
      bestOfAll(enumerated),
      {
        name: "the mean over all pairs of 400 answers",
        given: "each pair as often as the policy says it; the gradient of J in eight weights",
        ...{ golden: true, bar: SUMS, isLong: true },
        calls: [
          {
            where: "",
            fn: "rloo",
            args: () => [],
            calls: (fn) => enumerated.meanOverPairs(fn as Parts["rloo"]),
            // PyTorch's is the gradient of J, which is to rise.
            expected: enumerated.gradient.map((slope) => 0 - slope),
          },
        ],
      },
    ];
  },
});

/** Made anew, as a function may spoil them. */
function copied(answers: readonly SampledAnswer[]): SampledAnswer[] {
  return answers.map(({ reward, logprobs, reference, mask }) => ({
    reward,
    logprobs: logprobs.slice(),
    reference: reference.slice(),
    mask: mask.slice(),
  }));
}

function rlooCall(
  answers: readonly SampledAnswer[],
  beta: number,
  right: Parts,
  words: { where: string; given?: string },
): Call {
  const args = () => [copied(answers), beta] as const;
  return { ...words, fn: "rloo", args, expected: right.rloo(...args()) };
}

function byHand(right: Parts): Case {
  const answer = (reward: number, logprobs: Row, reference: Row): SampledAnswer => ({
    ...{ reward, logprobs, reference },
    mask: logprobs.map((_, t) => (t === 0 ? 0 : 1)),
  });
  const four = [1, 0, 2, 1].map((reward) => answer(reward, row(-1, -2), row(-1, -2)));
  const two = [
    answer(1, row(-1, -2, -1), row(-2, -3, -2)),
    answer(0.5, row(-1, -1), row(-2, -0.5)),
  ];
  return {
    ...{ name: "calculator", given: "", golden: false },
    calls: [
      rlooCall(four, 0.5, right, {
        where: "",
        given: "four answers of one token, rewards 1, 0, 2, 1; reference = logprobs, beta 0.5",
      }),
      rlooCall(two, 0.5, right, {
        where: "",
        given:
          "beta 0.5; reward 1, logprobs [-1, -2, -1], reference [-2, -3, -2], mask [0, 1, 1]; and reward 0.5, [-1, -1], [-2, -0.5], [0, 1]",
      }),
    ],
  };
}

/** Four answers of the 400: of one token and of three, likely and unlikely. */
function groups({ answers, beta }: EnumerablePolicy, right: Parts): Case {
  const of = [
    [0, 7, 291, 120],
    [399, 0, 56, 3],
    [17, 301, 302, 5],
  ];
  return {
    ...{ name: "three groups of four", given: "", golden: false },
    calls: of.map((group, l) =>
      rlooCall(
        group.map((i) => answers[i]),
        beta,
        right,
        { where: `group ${l}`, given: `answers of 1 to 3 tokens, beta ${beta}` },
      ),
    ),
  };
}

function bestByHand(right: Parts): Case {
  const call = (shares: Row, rewards: Row, beta: number): Call => {
    const args = () => [shares.map(Math.log), rewards.slice(), beta] as const;
    return {
      where: "",
      fn: "optimum",
      given: `reference [${[...shares].map((share) => `log ${share}`).join(", ")}], rewards [${rewards.join(", ")}], beta ${beta}`,
      args,
      expected: right.optimum(...args()),
    };
  };
  return {
    ...{ name: "the best policy, by calculator", given: "", golden: false },
    calls: [
      call(row(0.5, 0.5), row(1, 0), 1),
      call(row(0.25, 0.75), row(1, 0), 2),
      call(row(0.5, 0.5), row(3, 2.999), 0.001),
    ],
  };
}

function bestOfAll({ answers, optimum, beta }: EnumerablePolicy): Case {
  const sum = ({ mask, reference }: SampledAnswer) =>
    mask.reduce((all, m, t) => all + m * reference[t], 0);
  return {
    ...{ name: "Google's best policy of 400 answers", golden: true, bar: SUMS },
    given: `the reference's log-probabilities, rewards from -0.75 to 3, beta ${beta}`,
    calls: [
      {
        where: "",
        fn: "optimum",
        args: () => [
          Float64Array.from(answers, sum),
          Float64Array.from(answers, ({ reward }) => reward),
          beta,
        ],
        expected: optimum,
      },
    ],
  };
}
