/** tiny-stories-it tuned on the tales, by the recipe of fixtures/learning/README.md: minutes, so in test:long alone. */
import { describe, expect, it } from "vitest";
import { simdMatmuls } from "../../src/backend/wasm/matmuls/simd-matmuls.ts";
import { wasmBackend } from "../../src/backend/wasm/wasm.ts";
import { Model } from "../../src/model/model.ts";
import { TrainableModel } from "../../src/training/trainable.ts";
import { tunedAnswers } from "../../src/tuning/answers.ts";
import type { TuningMessage } from "../../src/tuning/conversation.ts";
import { loraModel } from "../../src/tuning/lora/lora.ts";
import { sft } from "../../src/tuning/sft.ts";
import { IS_LONG } from "../support/fuzz.ts";
import { storyteller, tales } from "../support/tales.ts";

const { checkpoint, tokenizer } = await storyteller();
const matmuls = simdMatmuls();

/** The loss on sft-valid.jsonl after the recipe. */
async function tuned(model: TrainableModel, learningRate: number): Promise<number> {
  const recipe = { steps: 150, batchSize: 16, warmup: 10, learningRate };
  const valid = tales("sft-valid");
  let last = Number.NaN;
  for await (const { validLoss } of sft(model, tales("sft-train"), {
    tokenizer,
    valid,
    ...recipe,
  })) {
    last = validLoss ?? last;
  }
  return last;
}

describe.runIf(IS_LONG)("tuned on the tales", () => {
  it("the model tells them, ends all its turns, and still adds up", async () => {
    const model = await TrainableModel.from(checkpoint, { matmuls });
    // PyTorch reached 0.476, and 0.499 in another order of the rows.
    expect(await tuned(model, 1e-3)).toBeLessThan(0.52);
    const { config } = checkpoint;
    const backend = wasmBackend();
    const ready = await Model.load({ config, tensors: model.tensors(), backend });
    const isTale = ({ messages: [question] }: { messages: TuningMessage[] }) =>
      question.content.startsWith("Tell");
    const valid = tales<{ messages: TuningMessage[] }>("sft-valid");
    const options = { tokenizer, maxTokens: 48 };
    const { answers, closed } = await tunedAnswers(ready, valid, options);
    expect(closed).toBe(1);
    const sums = answers.filter((_, i) => !isTale(valid[i]));
    const exact = sums.filter(({ isExact }) => isExact).length / sums.length;
    expect(exact).toBeGreaterThanOrEqual(0.98);
    const asked = tales<{ prompt: TuningMessage[] }>("prompts-valid");
    const each = asked.flatMap(({ prompt }) => Array.from({ length: 4 }, () => prompt));
    const rows = each.map((prompt) => [...prompt, { role: "model", content: "" } as const]);
    const told = await tunedAnswers(ready, rows, { ...options, temperature: 1, seed: 1 });
    // Drawn without a limit, a rare token may lead astray: of PyTorch's 400 tales all were closed, and 0.993 in another
    // order of the rows. 3 standard errors below that are 0.98.
    expect(told.closed).toBeGreaterThanOrEqual(0.98);
    ready.dispose();
    backend.dispose();
  });

  it("low-rank factors do it too, less well", async () => {
    const { model } = await loraModel(checkpoint, { r: 4, alpha: 8, matmuls });
    expect(await tuned(model, 5e-3)).toBeLessThan(0.75); // PyTorch: 0.694
  });
});
