/** The benchmark on WebGPU, from one device: the backend, its limits, where its time goes. */
import { describe, expect, it } from "vitest";
import { bench } from "../../src/bench/bench.ts";
import type { Setting } from "../../src/bench/figures.ts";
import { GEMMA_2B } from "../../src/config.ts";
import { GPU_HERE } from "../support/webgpu.ts";

const config = {
  ...GEMMA_2B,
  vocabSize: 300,
  hiddenSize: 64,
  intermediateSize: 128,
  numHiddenLayers: 1,
  numAttentionHeads: 2,
  headDim: 32,
};
const setting: Setting = {
  ...{ name: "small", config, dtype: "bfloat16", backend: "webgpu" },
  ...{ prefill: 5, decode: 3, batch: 2, position: 7 },
};

describe.skipIf(!GPU_HERE)("bench on WebGPU", { timeout: 300_000 }, () => {
  it("has a rate, limits, and a profile", async () => {
    let asked = 0;
    const sweepRoom = () => {
      asked++;
      return 0;
    };
    const [run] = await bench([setting], { rounds: 1, sweepRoom });
    expect(run).toMatchObject({
      backend: "webgpu",
      prefill: { tokens: 5, rounds: 1 },
      decode: { tokens: 6, rounds: 1 },
    });
    expect(run).not.toHaveProperty("threads");
    const { adapter, limits, profile } = run;
    expect(adapter?.name).toMatch(/\w/);
    // The processor's memory counts where the processor plays the GPU.
    expect(asked).toBe(adapter?.isSoftware ? 1 : 0);
    expect(limits.sweepBytes).toBe(adapter?.isSoftware ? 2 ** 26 : 2 ** 29);
    expect(limits.sweepGigabytesPerSecond).toBeGreaterThan(0);
    const calls = profile.decode.map(({ op, calls }) => `${calls} ${op}`);
    expect(calls).toEqual(expect.arrayContaining(["1 matmul q_proj", "2 rope", "3 rmsNorm"]));
    expect(profile.recording?.decode).toBeGreaterThan(0);
    expect(profile.recording?.prefill).toBeGreaterThan(0);
  });

  it("refuses a precision that a GPU has not", async () => {
    await expect(bench([setting], { precision: "float64" })).rejects.toThrow(
      'bench: "precision" expected float32, in which "webgpu" computes, got float64',
    );
  });
});
