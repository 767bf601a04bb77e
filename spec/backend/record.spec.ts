import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../src/backend/cpu/cpu.ts";
import { runStep } from "../../src/backend/record.ts";
import { GEMMA_2B, GEMMA_7B } from "../../src/config.ts";
import { separateSlots } from "../../src/model/slots.ts";
import { forwardTape } from "../../src/model/tape.ts";
import type { RecordedTap } from "../../src/model/taps.ts";
import { weightSpecs } from "../../src/model/weights/weights.ts";
import { assertDType } from "../../src/tensor/stored.ts";
import { checkpoint, loadOn, promptIds, promptLogits } from "../support/goldens.ts";

describe("a tape", () => {
  it("has 291 steps for the 2B and 451 for the 7B", () => {
    expect(forwardTape(GEMMA_2B)).toHaveLength(291);
    expect(forwardTape(GEMMA_7B)).toHaveLength(451);
  });

  it("reads as the report's figure", () => {
    const ops = forwardTape({ ...GEMMA_2B, numHiddenLayers: 1 }).map(({ op }) => op);
    expect(ops.join(" ")).toBe(
      "embed rmsNorm matmul matmul matmul rope rope kvWrite attention matmul add " +
        "rmsNorm matmul matmul geglu matmul add rmsNorm matmul",
    );
  });

  it("holds no number of a span: it is plain JSON, the same for any prompt", () => {
    const tape = forwardTape(GEMMA_2B);
    expect(JSON.parse(JSON.stringify(tape))).toEqual(tape);
    expect(tape.at(-1)).toEqual({
      op: "matmul",
      dst: "logits",
      x: "ln_final.hook_out",
      weight: "model.embed_tokens.weight",
      rows: "logits",
    });
  });

  it("names every weight of the checkpoint", () => {
    const used = new Set(
      forwardTape(GEMMA_2B).flatMap((step) => [
        ...("weight" in step ? [step.weight] : []),
        ...("table" in step ? [step.table] : []),
      ]),
    );
    expect(used).toEqual(new Set(weightSpecs(GEMMA_2B).map(({ name }) => name)));
  });

  it("replayed on a backend gives the bits of the forward pass", async () => {
    const backend = cpuBackend({ precision: "float32" });
    const model = await loadOn("gqa", backend);
    const promptTokens = promptIds("gqa", "prompt-7");
    const expected = await promptLogits(model, promptTokens);

    const { config, tensors } = await checkpoint("gqa");
    const count = promptTokens.length;
    const slots = separateSlots(backend, config, { rows: count, logitRows: count });
    const weights = new Map<string, Awaited<ReturnType<typeof backend.upload>>>();
    for (const [name, source] of tensors) {
      assertDType(source);
      weights.set(name, await backend.upload(source));
    }
    const ids = backend.allocIds(count);
    const kv = backend.createKV(config, { positions: count });
    backend.setIds(ids, promptTokens);
    for (const step of forwardTape(config)) {
      runStep(step, backend.ops, {
        tensor: (name) => slots(name as RecordedTap),
        weight: (name) => weights.get(name) ?? expect.unreachable(name),
        ids,
        rows: { from: 0, count },
        spans: [{ from: 0, count, pos: 0, kv }],
        logitRows: [{ from: 0, count }],
      });
    }
    const logits = await backend.read(slots("logits"), { from: 0, count });
    expect(Float64Array.from(logits)).toEqual(expected);
  });
});
