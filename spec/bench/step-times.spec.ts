import { afterEach, expect, it, vi } from "vitest";
import type { KernelName } from "../../src/backend/backend.ts";
import { cpuBackend } from "../../src/backend/cpu/cpu.ts";
import { Subject } from "../../src/bench/subject.ts";
import { syntheticWeights } from "../../src/bench/synthetic.ts";
import { GEMMA_2B } from "../../src/config.ts";
import { Model } from "../../src/model/model.ts";

afterEach(() => vi.restoreAllMocks());

const config = {
  ...GEMMA_2B,
  vocabSize: 50,
  hiddenSize: 8,
  intermediateSize: 8,
  numHiddenLayers: 2,
  numAttentionHeads: 2,
  headDim: 4,
};

/** Milliseconds in which a kernel is recorded, and in which it computes when it is read; and those of each wait. */
const [RECORDED, COMPUTED, WAITED] = [0.25, 1, 0.125];

it("times a backend that computes when it is read kind by kind, as often as makes the wait small", async () => {
  let [now, recorded] = [0, 0];
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const backend = cpuBackend({ maxRows: 4 });
  for (const [name, kernel] of Object.entries(backend.ops) as [KernelName, () => void][]) {
    backend.ops[name] = (...args: unknown[]) => {
      now += RECORDED;
      recorded += COMPUTED - RECORDED;
      (kernel as (...args: unknown[]) => void)(...args);
    };
  }
  const { read } = backend;
  backend.read = (src, rows, signal) => {
    now += recorded + WAITED;
    recorded = 0;
    return read(src, rows, signal);
  };
  const tensors = syntheticWeights(config, "bfloat16");
  const model = await Model.load({ config, tensors, backend });
  const load = { prefill: 4, decode: 1, batch: 1, position: 3 };
  const subject = await Subject.create(model, load);
  const { prefill, decode } = await subject.profile("kind by kind");
  for (const { lines, recording } of [prefill, decode]) {
    const steps = lines.reduce((sum, { calls }) => sum + calls, 0);
    expect(steps).toBe(1 + 2 * 16 + 2);
    expect(recording).toBe(RECORDED * steps);
    for (const { op, calls, milliseconds } of lines) {
      // A wait, of at least 50 ms: a four-hundredth.
      const more = milliseconds - calls * COMPUTED;
      expect([op, more > 0 && more < calls / 400]).toEqual([op, true]);
    }
  }
  expect(decode.lines.find(({ op }) => op === "matmul up_proj")?.calls).toBe(2);
  subject.dispose();
  model.dispose();
});
