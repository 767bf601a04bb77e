/** The loop: what it reports, and what it learns. */

import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import type { RlhfOptions } from "../../../src/preference/rlhf/options.ts";
import type { RlhfReport } from "../../../src/preference/rlhf/rlhf.ts";
import type { RewardOf, ScoredAnswer } from "../../../src/preference/rollout/answer.ts";
import { adamW } from "../../../src/training/optimizer/adamw.ts";
import { constant } from "../../../src/training/optimizer/schedule.ts";
import type { TrainableModel } from "../../../src/training/trainable.ts";
import { loraModel } from "../../../src/tuning/lora/lora.ts";
import { IS_LONG } from "../../support/fuzz.ts";
import { frozen, onOneSide, rlhfRun, sideOf, weightsOf } from "../../support/rlhf.ts";
import { SMALL, small } from "../../support/small-model.ts";

describe("rlhf", () => {
  it("reports what it has drawn, and samples what it learns from", async () => {
    const seen: ScoredAnswer[][] = [];
    const reward: RewardOf = (answers, options) => {
      seen.push([...answers]);
      return onOneSide(answers, options);
    };
    const [model, reference] = [await small({ precision: "float64" }), await frozen()];
    const reports = await rlhfRun(model, { reward, reference, judge: (all) => all.map(() => 7) });
    expect(reports.map(({ step, steps, targets }) => [step, steps, targets])).toEqual([
      [1, 3, 6],
      [2, 3, 6],
      [3, 3, 6],
    ]);
    for (const [i, answers] of seen.entries()) {
      const report = reports[i];
      const mean = (of: (answer: ScoredAnswer) => number) =>
        answers.reduce((sum, answer) => sum + of(answer), 0) / answers.length;
      expect(report.reward).toBeCloseTo(
        mean(({ ids, promptLength }) => sideOf(ids, promptLength)),
        12,
      );
      expect(report.length).toBeCloseTo(
        mean(({ ids, promptLength }) => ids.length - promptLength),
        12,
      );
      expect(report.closed).toBeCloseTo(
        mean(({ isClosed }) => Number(isClosed)),
        12,
      );
      expect(report.shaped).toBeCloseTo(report.reward - 0.05 * report.k1, 12);
      expect(report.distinct).toBe(new Set(answers.map(({ text }) => text)).size / 6);
      expect(report.judge).toBe(7);
      expect(report.warnings).toEqual([]);
      // The bar, of float64 on both sides.
      expect(report.gap).toBeLessThan(1e-9);
      // Two prompts, three answers to each.
      expect(new Set(answers.map(({ prompt }) => prompt)).size).toBe(2);
    }
    // Nothing has been learnt at the first step, but that the reference has rounded weights.
    const exact = await rlhfRun(await small(), { steps: 2 });
    expect([exact[0].k1, exact[0].k2, exact[0].k3]).toEqual([0, 0, 0]);
    expect(exact[1].k2).toBeGreaterThan(0);
    expect(exact[1].k3).toBeGreaterThan(0);
    const undecided = -(await model.logprobs([{ ids: seen[0][0].ids }]))[0][1];
    expect(undecided).toBeGreaterThan(0);
    expect(reports[0].entropy).toBeGreaterThan(0);
    expect(reports[0].entropy).toBeLessThan(Math.log(SMALL.vocabSize) + 1);
  });

  const ways: [string, Partial<RlhfOptions>][] = [
    ["a clipped ratio", { innerSteps: 2, clip: 0.2 }],
    ["leave-one-out", {}],
    ["a moving average", { baseline: "moving-average", baselineDecay: 0.8 }],
    ["tokens", { level: "token" }],
  ];
  it.each(IS_LONG ? ways : ways.slice(0, 1))(
    "finds answers with more reward: %s",
    async (_, options) => {
      const model = await small();
      const own = { steps: 16, promptsPerStep: 4, groupSize: 4, learningRate: 0.04, ...options };
      const reports = await rlhfRun(model, own);
      const mean = (some: RlhfReport[]) =>
        some.reduce((sum, { reward }) => sum + reward, 0) / some.length;
      // The standard error of the difference is 0.04: 640 tokens, half of them on either side.
      expect(mean(reports.slice(-4)) - mean(reports.slice(0, 4))).toBeGreaterThan(0.12);
      expect(reports.at(-1)?.k1).toBeGreaterThan(0);
      expect(reports.flatMap(({ warnings }) => warnings)).toEqual([]);
      const hasRatio = "clip" in options;
      expect(reports.every(({ clipped }) => (clipped !== undefined) === hasRatio)).toBe(true);
      // Two steps learn from the same answers, and the first of them cuts nothing.
      if (!hasRatio) return;
      expect(reports[1].reward).toBe(reports[0].reward);
      expect(reports[2].reward).not.toBe(reports[1].reward);
      expect(reports[0].clipped).toBe(0);
      expect(reports.some(({ clipped = 0 }) => clipped > 0)).toBe(true);
    },
  );

  it("stays near the reference where that is dear", async () => {
    const klOf = async (beta: number) => {
      const reports = await rlhfRun(await small(), { steps: 8, beta });
      return reports.slice(-3).reduce((sum, { k3 }) => sum + k3 / 3, 0);
    };
    expect(await klOf(5)).toBeLessThan((await klOf(0)) / 2);
  });

  it("gives the same bits for the same seed, and others for another", async () => {
    const bits = async (seed: number) => {
      const model = await small();
      await rlhfRun(model, { seed, steps: 2 });
      return weightsOf(model);
    };
    const once = await bits(3);
    expect(await bits(3)).toEqual(once);
    expect(await bits(4)).not.toEqual(once);
  });

  it("has the optimiser, the schedule and the warm-up that it is given", async () => {
    const lrs = async (options: Partial<RlhfOptions>) =>
      (await rlhfRun(await small(), options)).map(({ lr }) => lr);
    expect(await lrs({ warmup: 2 })).toEqual([5e-3, 1e-2, 1e-2]);
    expect(await lrs({ schedule: constant(0.5) })).toEqual([0.5, 0.5, 0.5]);
    // Without steps each prompt comes once.
    expect(await lrs({ steps: undefined })).toHaveLength(3);
    const [clipped, free] = [await small(), await small()];
    const optimizer = () => adamW({ beta1: 0, beta2: 0, eps: 1, weightDecay: 0 });
    await rlhfRun(clipped, { optimizer: optimizer(), maxNorm: 1e-9, microBatch: 4, steps: 1 });
    await rlhfRun(free, { optimizer: optimizer(), steps: 1 });
    const moved = (model: TrainableModel, other: TrainableModel) =>
      Math.max(
        ...weightsOf(model).flatMap((own, i) =>
          Array.from(own, (x, j) => Math.abs(x - weightsOf(other)[i][j])),
        ),
      );
    expect(moved(clipped, await small())).toBeLessThan(1e-8);
    expect(moved(free, await small())).toBeGreaterThan(1e-5);
  });

  it("draws by the backend that it is given", async () => {
    const backend = cpuBackend({ precision: "float64", maxRows: 3 });
    const [{ gap }] = await rlhfRun(await small(), { steps: 1, backend });
    // The trainer is float32, so they are a rounding apart.
    expect(gap).toBeGreaterThan(0);
    expect(gap).toBeLessThan(1e-5);
  });

  it("tunes low-rank factors, held to the weights beside which they lie", async () => {
    const base = await frozen();
    const { model } = await loraModel({ config: SMALL, tensors: base.tensors() }, { r: 2 });
    const reports = await rlhfRun(model, { reference: base, steps: 2 });
    // B is 0 at first; and what is drawn from has the factors in it.
    expect(reports[0].k1).toBe(0);
    expect(reports[1].k2).toBeGreaterThan(0);
    expect(reports[1].gap).toBeLessThan(1e-5);
    expect(reports.flatMap(({ warnings }) => warnings)).toEqual([]);
  });
});
