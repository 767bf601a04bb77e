/** DPO on the tales' pairs, by the recipe of fixtures/learning/README.md: minutes, so in test:long alone. */
import { describe, expect, it } from "vitest";
import { simdMatmuls } from "../../../src/backend/wasm/matmuls/simd-matmuls.ts";
import { wasmBackend } from "../../../src/backend/wasm/wasm.ts";
import { generateBatch } from "../../../src/generation/generate-batch.ts";
import { Model } from "../../../src/model/model.ts";
import { type DpoReport, dpo } from "../../../src/preference/dpo/dpo.ts";
import { klEstimates } from "../../../src/preference/losses/kl.ts";
import type { PreferenceRow } from "../../../src/preference/pairs/preference-pair.ts";
import { talesRule } from "../../../src/preference/tales/rule.ts";
import { TrainableModel } from "../../../src/training/trainable.ts";
import { tunedAnswers } from "../../../src/tuning/answers.ts";
import { conversation, type TuningMessage } from "../../../src/tuning/conversation.ts";
import { sft } from "../../../src/tuning/sft.ts";
import { IS_LONG } from "../../support/fuzz.ts";
import { storyteller, tales } from "../../support/tales.ts";

const { checkpoint, tokenizer } = await storyteller();
const { config } = checkpoint;
const matmuls = simdMatmuls();

/** A copy of the weights, which learns apart. */
const copyOf = (model: TrainableModel) =>
  TrainableModel.from({ config, tensors: model.tensors() }, { matmuls });

async function tuned(): Promise<TrainableModel> {
  const model = await TrainableModel.from(checkpoint, { matmuls });
  const recipe = { steps: 150, batchSize: 16, warmup: 10, learningRate: 1e-3 };
  for await (const _ of sft(model, tales("sft-train"), { tokenizer, ...recipe }));
  return model;
}

/** The rule and the KL of tales that `policy` tells: 100 questions, four tales each, at temperature 1. */
async function told(policy: TrainableModel, reference: TrainableModel) {
  const asked = tales<{ prompt: TuningMessage[] }>("prompts-valid").map(({ prompt }) => {
    const row = [...prompt, { role: "model", content: "" } as const];
    const { ids, promptLength } = conversation(row, tokenizer);
    return { text: prompt[0].content, ids: ids.subarray(0, promptLength) };
  });
  const backend = wasmBackend();
  const ready = await Model.load({ config, tensors: policy.tensors(), backend });
  const prompts = asked.map(({ ids }) => ids);
  const options = { samples: 4, temperature: 1, maxTokens: 48, seed: 1 };
  const answers = await generateBatch(ready, tokenizer, prompts, options);
  const sums = tales<{ messages: TuningMessage[] }>("sft-valid").filter(
    ({ messages: [question] }) => !question.content.startsWith("Tell"),
  );
  const { exact } = await tunedAnswers(ready, sums, { tokenizer, maxTokens: 48 });
  ready.dispose();
  backend.dispose();

  const rules = answers.map(({ text, finishReason }, i) =>
    talesRule(asked[Math.floor(i / 4)].text, text, finishReason === "end_of_turn"),
  );
  const sequences = answers.map(({ tokens }, i) => {
    const prompt = prompts[Math.floor(i / 4)];
    const all = Int32Array.from([...prompt, ...tokens]);
    return { ids: all, mask: Float64Array.from(all, (_, t) => Number(t >= prompt.length)) };
  });
  const [own, others] = [await policy.logprobs(sequences), await reference.logprobs(sequences)];
  const { k1 } = klEstimates(
    own,
    others,
    sequences.map(({ mask }) => mask),
  );
  const mean = (values: ArrayLike<number>) =>
    Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
  return { rule: mean(rules), kl: mean(k1), exact };
}

describe.runIf(IS_LONG)("DPO on the tales", async () => {
  const reference = IS_LONG ? await tuned() : (undefined as never);

  it.each([0, 1])(
    "tells better ones near the tuned model, and still adds up (seed %i)",
    async (seed) => {
      const before = await told(reference, reference);
      const policy = await copyOf(reference);
      const reports: DpoReport[] = [];
      // At PyTorch's 1e-4 the KL was 1.58 and 1.96 here, with a rule of 1.11: further than it had to go.
      const recipe = { beta: 0.1, batchSize: 16, learningRate: 7e-5, seed };
      const valid = tales<PreferenceRow>("pairs-valid");
      const rows = tales<PreferenceRow>("pairs-train");
      for await (const report of dpo(policy, rows, { tokenizer, valid, ...recipe })) {
        reports.push(report);
      }
      expect(reports).toHaveLength(65);
      expect(reports[0].loss).toBeCloseTo(Math.LN2, 6);
      const { validLoss = 1, validFigures } = reports[64];
      const after = await told(policy, reference);
      // PyTorch at 1e-4: 0.693 → 0.576. Here at 7e-5: 0.636, twice.
      expect(validLoss).toBeLessThan(0.65);
      expect(validFigures?.accuracy).toBeGreaterThan(0.65);
      // PyTorch at 1e-4: a rule of 0.880 ± 0.044 at a KL of 1.18, all sums right. Here 0.956 and 0.992, 1.00 and 1.20, all sums.
      expect(after.rule).toBeGreaterThanOrEqual(0.75);
      expect(after.kl).toBeLessThanOrEqual(1.5);
      expect(after.exact).toBe(1);
      expect(before.rule).toBeLessThan(0.1);
      // Both log-probabilities are reported: the margin grows, and the rejected answers fall.
      expect(validFigures?.chosenChange).toBeGreaterThan(validFigures?.rejectedChange ?? 0);
      expect(validFigures?.rejectedChange).toBeLessThan(0);
    },
  );
});
