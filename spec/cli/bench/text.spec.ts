/** What a reader sees of a GPU; commands/bench.spec.ts runs the backends of the processor. */
import { describe, expect, it } from "vitest";
import type { BenchRun } from "../../../src/bench/figures.ts";
import { benchText } from "../../../src/cli/bench/text.ts";

const rate = { medianTokensPerSecond: 1, seconds: 1, rounds: 5 };
const run: BenchRun = {
  ...{ config: "2b", layers: 18, parameters: 2_506_172_416, weightBytes: 5_012_803_584 },
  ...{ dtype: "bfloat16", backend: "webgpu", batch: 1, position: 128 },
  prefill: { ...rate, tokens: 128, tokensPerSecond: 4000, gigaflops: 16_000 },
  decode: { ...rate, tokens: 16, tokensPerSecond: 120, gigabytesPerSecond: 600 },
  limits: {
    ...{ sweepBytes: 5_012_803_584, sweepGigabytesPerSecond: 800 },
    ...{ mulAddGigaflops: 40_000, fmaGigaflops: 32_000 },
  },
  adapter: { name: "a card", isSoftware: false },
  profile: {
    prefill: [{ op: "attention", calls: 18, milliseconds: 3, share: 1 }],
    decode: [{ op: "matmul q_proj", calls: 18, milliseconds: 2, share: 1 }],
    recording: { prefill: 1.5, decode: 2.25 },
  },
};
const machine = { cpu: "a processor", cores: 2, node: "20.20.0" };

describe("benchText of a GPU", () => {
  const text = benchText([run], machine);

  it("names the adapter, and holds the rates against its limits", () => {
    expect(text).toContain("backend webgpu\na card\na processor, 2 cores");
    const [head, row] = text.split("\n").filter((line) => /^(weights|BF16)/.test(line));
    expect(head).not.toMatch(/threads|activations/);
    // 16,000 of the faster 40,000; 600 of 800.
    expect(row.split(/\s{2,}/)).toEqual(
      "BF16/1/128/4000.0/16000.0/40 %/120.00/600.0/75 %".split("/"),
    );
    expect(text).toContain(
      "Limits of the GPU: sweep 800.0 GB/s over 5.01 GB; mul+add 40000.0 GFLOP/s, FMA 32000.0\n",
    );
    expect(text).toContain("records a prefill in 1.50 ms, a step of decoding in 2.25 ms\n");
  });

  it("says where the processor plays it, and shows how slow that is", () => {
    const adapter = { name: "SwiftShader", isSoftware: true };
    const decode = { ...run.decode, gigabytesPerSecond: 0.0123 };
    const played = benchText([{ ...run, adapter, decode }], machine);
    expect(played).toContain(
      "\nSwiftShader, a GPU that the processor plays: its figures say nothing",
    );
    expect(played).toContain(" 0.012 ");
    expect(text).not.toContain("plays");
  });
});
