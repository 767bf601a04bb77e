/** Runs of the loop that are stopped and go on. */
import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import type { Baseline, Level } from "../../../src/preference/rlhf/baseline.ts";
import type { RlhfOptions } from "../../../src/preference/rlhf/options.ts";
import { PolicyLearner } from "../../../src/preference/rlhf/policy-learner.ts";
import { rlhf } from "../../../src/preference/rlhf/rlhf.ts";
import { RolloutBatches } from "../../../src/preference/rlhf/rollout-batches.ts";
import type { RewardOf } from "../../../src/preference/rollout/answer.ts";
import { askedPrompts } from "../../../src/preference/rollout/prompts.ts";
import type { RatedRollout } from "../../../src/preference/rollout/rollout.ts";
import { drawsFrom } from "../../../src/preference/rollout/sample.ts";
import type { ByteSource } from "../../../src/source/byte-source.ts";
import { adamW } from "../../../src/training/optimizer/adamw.ts";
import { constant } from "../../../src/training/optimizer/schedule.ts";
import type { TrainableModel } from "../../../src/training/trainable.ts";
import { IS_LONG } from "../../support/fuzz.ts";
import { frozen, onOneSide, PROMPTS, weightsOf } from "../../support/rlhf.ts";
import { small, tokenizer } from "../../support/small-model.ts";
import { inMemory, type Makes, stopping } from "../../support/training.ts";

describe("a run that is stopped", () => {
  /** Reports and bits of a run that is stopped whenever the judge has been asked so often. */
  async function stoppingDraws(options: Partial<RlhfOptions>, afterSteps: readonly number[]) {
    let file: ByteSource | undefined;
    const reports: string[] = [];
    for (const [part, stop] of [...afterSteps, Number.POSITIVE_INFINITY].entries()) {
      // Weights to begin with differ: all that counts is in the file.
      const model = await small();
      if (part > 0) for (const own of weightsOf(model)) own.fill(part);
      const aborter = new AbortController();
      const { signal } = aborter;
      const save: RlhfOptions["save"] = async (written) => {
        file = await inMemory(written);
      };
      let asked = 0;
      const reward: RewardOf = (answers, given) => {
        if (++asked > stop) aborter.abort();
        return onOneSide(answers, given);
      };
      try {
        const own = { ...options, reward, signal, save, resume: file, steps: 4 };
        for await (const { tokensPerSecond: _, secondsLeft: __, ...report } of started(
          model,
          own,
        )) {
          reports.push(JSON.stringify(report));
        }
        return { reports, weights: weightsOf(model) };
      } catch (error) {
        if (error !== signal.reason) throw error;
      }
    }
    throw new Error("it never came to its end");
  }

  let reference: TrainableModel | undefined;
  function started(model: TrainableModel, options: Partial<RlhfOptions>) {
    return rlhf(model, PROMPTS, {
      ...{ tokenizer, reward: onOneSide, reference: reference as TrainableModel, beta: 0.1 },
      ...{ groupSize: 2, promptsPerStep: 2, maxTokens: 4, learningRate: 1e-2 },
      ...options,
    });
  }

  const ways: [string, Partial<RlhfOptions>][] = [
    ["a moving average", { baseline: "moving-average" }],
    ["leave-one-out", {}],
    ["answers that are learnt from twice", { innerSteps: 2, clip: 0.1, level: "token" }],
  ];
  it.each(IS_LONG ? ways : ways.slice(0, 1))(
    "goes on to the same bits and reports, in the middle of a draw too: %s",
    async (_, options) => {
      reference = await frozen();
      const whole = await stoppingDraws(options, []);
      expect(whole.reports).toHaveLength(4);
      for (const moments of IS_LONG ? [[1], [0, 1], [2]] : [[0, 2]]) {
        const again = await stoppingDraws(options, moments);
        expect(again.weights).toEqual(whole.weights);
        expect(again.reports).toEqual(whole.reports);
      }
    },
  );

  it("goes on with the options that it began with, and no others", async () => {
    reference = await frozen();
    let file: ByteSource | undefined;
    const save: RlhfOptions["save"] = async (written) => {
      file = await inMemory(written);
    };
    for await (const _ of started(await small(), { steps: 1, save }));
    const others: Partial<RlhfOptions>[] = [
      { beta: 0.3 },
      { groupSize: 3 },
      { maxTokens: 9 },
      { level: "token" },
      { seed: 1 },
      { innerSteps: 2, clip: 0.1 },
    ];
    for (const other of others) {
      const resumed = started(await small(), { steps: 2, resume: file, ...other });
      await expect(resumed.next(), JSON.stringify(other)).rejects.toThrow(/as in the saved run/);
    }
  });

  it("is saved as often as it is to be", async () => {
    reference = await frozen();
    const saved: number[] = [];
    const save: RlhfOptions["save"] = async (file, step) => {
      await inMemory(file);
      saved.push(step);
    };
    for await (const _ of started(await small(), { steps: 5, save, saveEvery: 2 }));
    expect(saved).toEqual([2, 4, 5]);
  });
});

describe("a run that is stopped within a step", () => {
  const ways: [string, Baseline, Level, number][] = [
    ["answers that are learnt from three times", "moving-average", "token", 3],
    ["leave-one-out", "leave-one-out", "sequence", 1],
    ["a moving average", "moving-average", "sequence", 1],
  ];
  it.each(IS_LONG ? ways : ways.slice(0, 1))(
    "draws it again, after each answer: %s",
    async (_, baseline, level, innerSteps) => {
      const reference = await frozen();
      const prompts = askedPrompts(PROMPTS, tokenizer);
      const rating = { beta: 0.1, baseline, level, decay: baseline === "moving-average" ? 0.7 : 0 };
      const drawing = { groupSize: 2, promptsPerStep: 2, maxTokens: 4, seed: 3, innerSteps };
      const makes: Makes<PolicyLearner, RatedRollout> = {
        // Weights to begin with differ: all that counts is in the file.
        async model(part) {
          const model = await small();
          if (part > 0) for (const own of weightsOf(model)) own.fill(part);
          return new PolicyLearner(model, { level, clip: innerSteps > 1 ? 0.1 : undefined });
        },
        batches({ model: policy }) {
          const draw = drawsFrom(policy, tokenizer, cpuBackend());
          const parts = { prompts, draw, policy, reference, reward: onOneSide };
          return new RolloutBatches(parts, { ...rating, ...drawing });
        },
        options: () => ({ optimizer: adamW(), schedule: constant(1e-2), steps: 4 }),
      };
      const whole = await stopping(makes, []);
      // A stop after each answer: all moments that there are.
      expect(await stopping(makes, Array(15).fill(1))).toBe(whole);
      if (IS_LONG) expect(await stopping(makes, [4, 6])).toBe(whole);
    },
  );
});
