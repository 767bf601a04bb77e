/** Whole runs of pretraining, with the bars of fixtures/learning/README.md's figures (bench/training/pretraining.ts has them all). */
import { describe, expect, it } from "vitest";
import { MIXTURES, pretrain } from "../../bench/training/pretrain.ts";
import { IS_LONG } from "../support/fuzz.ts";

describe.runIf(IS_LONG)("a model from scratch", () => {
  it("learns stories and facts, and what it was shown late it knows better", async () => {
    // PyTorch's: stories 0.86 to 0.92, facts 0.68 to 0.69.
    const { loss, losses } = await pretrain(MIXTURES["a fifth of facts"], 1);
    expect(loss.stories).toBeLessThanOrEqual(0.95);
    expect(loss.facts).toBeLessThanOrEqual(0.75);
    expect(losses[0]).toBeCloseTo(Math.log(1024), 0); // a uniform guess
    // PyTorch's: 1.2 to 1.4 in the second half, 1.9 to 2.4 in the first.
    const late = await pretrain(MIXTURES["in the second half"], 1);
    const early = await pretrain(MIXTURES["in the first half"], 1);
    expect(early.loss.facts - late.loss.facts).toBeGreaterThanOrEqual(0.5);
  });
});
