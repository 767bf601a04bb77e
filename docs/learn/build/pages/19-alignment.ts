/**
 * Page 19: from preferences to a policy, in a world of 400 answers.
 * @module
 */

import { optimumOf } from "../../../../src/preference/exact/optimum.ts";
import { leaveOneOutAdvantages } from "../../../../src/preference/losses/baselines.ts";
import { bradleyTerryLoss } from "../../../../src/preference/losses/bradley-terry.ts";
import { lengthOf } from "../learning/gradients.ts";
import { ALIGNMENT, rlooPath } from "../learning/small-alignment.ts";
import { ANSWERS, exact, type Measured, measure, REFERENCE } from "../learning/small-policy.ts";
import { errorOf, WRONG } from "../learning/wrong-estimates.ts";
import type { PageParts } from "../page-parts.ts";
import { count, digits, fixed, markdownTable } from "../text/numbers.ts";
import { bestFor, frontierPicture } from "./19-frontier-picture.ts";

/** Prices of the table. */
const PRICES = [4, 2, 1, 0.5, 0.25, 0.1];

/** Lengths of gradients, of all weights: the first column of the golden's digests. */
const slopeOf = (name: string) =>
  lengthOf(exact(`kl_gradient.${name}`).filter((_, i) => i % 2 === 0));

export const alignment: PageParts = {
  page: 19,

  figures() {
    const { beta } = ALIGNMENT;
    const last = rlooPath().at(-1) as Measured;
    const [chance] = [1 / (1 + Math.exp(-1))];
    const byHand = optimumOf([Math.log(0.5), Math.log(0.5)], [1, 0], 1);
    const [better, worse] = [...byHand.logprobs].map(Math.exp);
    const second = PRICES.map((price) => bestFor(price).second);
    const variance = (name: string) => count(Math.round(exact(`variance.${name}`)[0]));
    return {
      answers: String(ANSWERS.length),
      pairs: count(ANSWERS.length ** 2),
      "rloo-j": fixed(last.reward - beta * last.kl, 2),
      "best-j": fixed(exact("optimum_objective")[0], 2),
      "hand-chosen": fixed(chance, 3),
      "hand-loss": fixed(bradleyTerryLoss([1], [0]).loss, 3),
      "hand-a": [...leaveOneOutAdvantages([1, 0, 2, 1], [0, 0, 0, 0])]
        .map((A) => (A === 0 ? "0" : fixed(A, 2)))
        .join(", "),
      "hand-best": fixed(better, 3),
      "hand-rest": fixed(worse, 3),
      "hand-j": fixed(byHand.objective, 3),
      "variance-one": variance("no_baseline"),
      "variance-shifted": variance("no_baseline_rewards_plus_3"),
      "variance-rloo": variance("rloo_4"),
      "second-most": fixed(Math.max(...second), 2),
      "second-last": fixed(second.at(-1) as number, 2),
      "k1-slope": digits(Math.round(1e9 * slopeOf("k1")) / 1e9, 1),
      "true-slope": digits(slopeOf("true"), 2),
    };
  },

  pictures: { frontier: frontierPicture },

  blocks: {
    prices() {
      const rows = [
        ["before", measure(REFERENCE)] as const,
        ...PRICES.map((price) => [`β = ${price}`, bestFor(price)] as const),
      ];
      return markdownTable(
        ["the best policy", "mean reward", "KL", "among so many answers", "ends", "second opinion"],
        rows.map(([name, { reward, kl, answers, ends, second }]) => [
          name,
          fixed(reward, 2),
          fixed(kl, 2),
          digits(answers, 2),
          `${fixed(100 * ends, 0)} %`,
          fixed(second, 2),
        ]),
      );
    },

    mistakes() {
      const names = Object.keys(WRONG) as (keyof typeof WRONG)[];
      return markdownTable(
        ["mistake", "the mean gradient is off by"],
        names.map((name) => [name, `${fixed(100 * errorOf(name), 0)} %`]),
      );
    },
  },
};
