/** The world of page 19: its words explain PyTorch's rewards, its table is PyTorch's reference, and nobody passes the best policy. */
import { expect, it } from "vitest";
import { ALIGNMENT, dpoPath, rlooPath } from "../../docs/learn/build/learning/small-alignment.ts";
import {
  ANSWERS,
  answerLogprobs,
  exact,
  REFERENCE,
  REWARDS,
  rewardOf,
  tableOf,
} from "../../docs/learn/build/learning/small-policy.ts";

it("has the rewards that plums, thorns and ends are said to be worth", () => {
  expect(ANSWERS.map(rewardOf)).toEqual([...REWARDS]);
});

it("is a table that gives each answer as PyTorch's reference does", () => {
  const again = answerLogprobs(tableOf(REFERENCE));
  const worst = again.reduce((most, S, y) => Math.max(most, Math.abs(S - REFERENCE[y])), 0);
  expect(worst).toBeLessThan(1e-13); // sums of 57 shares: 4e-15
});

it.each([
  ["RLOO", rlooPath(), 0.99],
  ["DPO", dpoPath(), 0.9],
] as const)("lets %s come near the best policy, and no step pass it", (_, path, share) => {
  const [[best], { beta }] = [exact("optimum_objective"), ALIGNMENT];
  const objectives = path.map(({ reward, kl }) => reward - beta * kl);
  const [before] = objectives;
  expect(Math.max(...objectives)).toBeLessThan(best);
  expect((objectives[objectives.length - 1] - before) / (best - before)).toBeGreaterThan(
    share - 0.01,
  );
});
