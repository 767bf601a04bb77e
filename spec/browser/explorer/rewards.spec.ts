/** The explorer's 400 answers: what it prints of them is what the library has, and what PyTorch has of the best policy. */
import { beforeAll, describe, expect, it } from "vitest";
import { smallWorld } from "../../../docs/explorer/build/small-world.ts";
import {
  best,
  learnt,
  policyOf,
  type World,
} from "../../../docs/explorer/src/panels/learning/rewards/world.ts";
import { optimumOf } from "../../../src/preference/exact/optimum.ts";
import { golden } from "../../support/goldens.ts";
import { openSite } from "./site.ts";

const EXACT = "learning/enumerable/exact.npz";
const world = JSON.parse(smallWorld()) as World;
const rewards = world.answers.map(({ reward }) => reward);

describe("the policy of the explorer", () => {
  it("has the library's best policies, and PyTorch's", () => {
    for (const beta of [0.1, 0.5, 4]) {
      const { reward, kl, objective } = optimumOf(world.reference, rewards, beta);
      const shown = policyOf(world, best(world, beta), beta);
      // The reference is rounded to six digits in the file.
      expect(shown.reward).toBeCloseTo(reward, 5);
      expect(shown.kl).toBeCloseTo(kl, 5);
      expect(shown.objective).toBeCloseTo(objective, 5);
    }
    const at = policyOf(world, best(world, 0.5), 0.5);
    expect(at.objective).toBeCloseTo(golden(EXACT, "optimum_objective")[0], 5);
  });

  it("earns more with each step, and ends at the best", () => {
    const objective = (steps: number) => policyOf(world, learnt(world, 0.5, steps), 0.5).objective;
    const path = [0, 1, 5, 20, 60, 200].map(objective);
    expect(path).toEqual([...path].sort((a, b) => a - b));
    expect(path[0]).toBeCloseTo(golden(EXACT, "reference_objective")[0], 5);
    expect(path[5]).toBeCloseTo(golden(EXACT, "optimum_objective")[0], 4);
  });
});

describe("the panel", () => {
  const site = openSite();
  let at: (link: string) => Promise<string[]>;
  beforeAll(() => {
    at = async (link) => {
      await site.visit(`#panel=learning&view=rewards${link}`);
      await site.page.locator(".strips").waitFor();
      return site.texts("[aria-label=Means] tbody tr");
    };
  });

  it("prints them, for the price and the steps of the link", async () => {
    for (const [link, beta, steps] of [
      ["", 0.5, 20],
      ["&beta=1&steps=50", 1, 50],
    ] as const) {
      const policies = [world.reference, learnt(world, beta, steps), best(world, beta)].map(
        (logprobs) => policyOf(world, logprobs, beta),
      );
      const [reward, , objective] = await at(link);
      const shown = (of: (policy: (typeof policies)[number]) => number) =>
        policies.map((policy) => of(policy).toFixed(2)).join("");
      expect(reward.replaceAll(/\s/g, "")).toBe(`meanreward${shown((policy) => policy.reward)}`);
      expect(objective.replaceAll(/\s/g, "")).toBe(`reward−βKL${shown((one) => one.objective)}`);
    }
  });

  it("follows its slider", async () => {
    await at("");
    await site.page.getByLabel("β what a nat costs").fill("2");
    const best2 = policyOf(world, best(world, 2), 2).reward.toFixed(2);
    await site.page.locator("[aria-label=Means] td", { hasText: best2 }).first().waitFor();
    expect(new URL(site.page.url()).hash).toContain("beta=2");
  });

  it("refuses a price that cannot be", async () => {
    await site.visit("#panel=learning&view=rewards&beta=0");
    await site.page.getByText("beta=0 cannot be").waitFor();
  });

  it("complained of nothing", () => {
    expect(site.complaints).toEqual([]);
  });
});
