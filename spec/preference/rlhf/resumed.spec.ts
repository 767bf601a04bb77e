/** Runs of the loop that are stopped and go on. */
import { describe, expect, it } from "vitest";
import type { RlhfOptions } from "../../../src/preference/rlhf/options.ts";
import { rlhf } from "../../../src/preference/rlhf/rlhf.ts";
import type { RewardOf } from "../../../src/preference/rollout/answer.ts";
import type { ByteSource } from "../../../src/source/byte-source.ts";
import type { TrainableModel } from "../../../src/training/trainable.ts";
import { frozen, onOneSide, PROMPTS, weightsOf } from "../../support/rlhf.ts";
import { small, tokenizer } from "../../support/small-model.ts";
import { inMemory } from "../../support/training.ts";

describe("a run that is stopped", () => {
  /** Reports and bits of a run that is stopped whenever the judge has been asked so often. */
  async function stopping(options: Partial<RlhfOptions>, afterSteps: readonly number[]) {
    let file: ByteSource | undefined;
    const reports: string[] = [];
    for (const [part, stop] of [...afterSteps, Number.POSITIVE_INFINITY].entries()) {
      // Weights to begin with differ: all that counts is in the file.
      const model = part === 0 ? await small() : await small({ trains: undefined });
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

  it.each<[string, Partial<RlhfOptions>]>([
    ["leave-one-out", {}],
    ["a moving average", { baseline: "moving-average" }],
    ["answers that are learnt from twice", { innerSteps: 2, clip: 0.1, level: "token" }],
  ])(
    "goes on to the same bits and reports, in the middle of a draw too: %s",
    async (_, options) => {
      reference = await frozen();
      const whole = await stopping(options, []);
      expect(whole.reports).toHaveLength(4);
      for (const moments of [[1], [0, 1]]) {
        const again = await stopping(options, moments);
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
