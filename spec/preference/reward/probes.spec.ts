/** What a reward model thinks of answers that nobody wants. */
import { describe, expect, it } from "vitest";
import { rewardProbes } from "../../../src/preference/reward/probes.ts";
import { RewardModel } from "../../../src/preference/reward/reward-model.ts";
import { learner } from "../../support/learning.ts";

const model = await RewardModel.on(await learner("micro"), { headSeed: 1 });
const EXAMPLES = [
  { ids: Int32Array.of(2, 5, 9, 7, 3, 1), promptLength: 2 },
  { ids: Int32Array.of(2, 4, 8, 6, 1), promptLength: 3 },
];

describe("a reward model", () => {
  it("is asked about what nobody wants: nothing, the same twice, and half of it", async () => {
    const rewards = async (...all: number[][]) => [
      ...(await model.rewards(all.map((ids) => ({ ids })))),
    ];
    const whole = await rewards([2, 5, 9, 7, 3, 1], [2, 4, 8, 6, 1]);
    const kinds = {
      empty: await rewards([2, 5, 1], [2, 4, 8, 1]),
      repeated: await rewards([2, 5, 9, 7, 3, 9, 7, 3, 1], [2, 4, 8, 6, 6, 1]),
      truncated: await rewards([2, 5, 9, 7], [2, 4, 8, 6]),
    };
    const found = await rewardProbes(model, EXAMPLES);
    expect(found.answers).toBe(2);
    expect(found.whole).toBeCloseTo((whole[0] + whole[1]) / 2, 14);
    for (const kind of ["empty", "repeated", "truncated"] as const) {
      const [a, b] = kinds[kind];
      expect(found[kind].reward).toBeCloseTo((a + b) / 2, 14);
      expect(found[kind].preferred).toBe((Number(a >= whole[0]) + Number(b >= whole[1])) / 2);
    }
    const signal = AbortSignal.abort();
    await expect(rewardProbes(model, EXAMPLES, { signal })).rejects.toThrow(/abort/);
  });

  it("is not asked about answers that are too long to be said twice", async () => {
    const { maxPositionEmbeddings: most } = model.config;
    const long = { ids: new Int32Array(most).fill(3), promptLength: 2 };
    const found = await rewardProbes(model, [...EXAMPLES, long]);
    expect(found.answers).toBe(2);
    await expect(rewardProbes(model, [long])).rejects.toThrow(
      `"examples" expected an answer that fits into ${most} positions when it is said twice, got 1 that do not`,
    );
  });
});
