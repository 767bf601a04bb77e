import { describe, expect, it } from "vitest";
import { BackendError } from "../../../src/backend/backend.ts";
import type { BenchRun } from "../../../src/bench/figures.ts";
import { sweepRoom, withHint } from "../../../src/cli/bench/machine.ts";
import { GEMMA_2B } from "../../../src/config.ts";
import { UnsupportedError } from "../../../src/errors.ts";
import { cli } from "../../support/cli.ts";

const QUICK = [
  ...["bench", "--config", "tiny", "--backend", "cpu", "--prefill", "4", "--decode", "2"],
  ...["--rounds", "1"],
];

describe("bench", () => {
  it("gives the figures of one setting as one object", async () => {
    const { code, out, err } = await cli([...QUICK, "--batch", "2", "--position", "9", "--json"]);
    expect([code, err]).toEqual([0, ""]);
    const run = JSON.parse(out) as BenchRun;
    expect(run).toMatchObject({
      ...{ config: "tiny", layers: 2, dtype: "bfloat16", backend: "cpu", threads: 1 },
      ...{ batch: 2, position: 9 },
      prefill: { tokens: 4, rounds: 1 },
      decode: { tokens: 4, rounds: 1 },
      limits: { threads: 1, sweepBytes: 2 ** 28 },
    });
    const { prefill, decode, limits, memory, weightBytes } = run;
    expect(prefill.tokensPerSecond).toBe(4 / prefill.seconds);
    expect(decode.tokensPerSecond).toBe(4 / decode.seconds);
    // Two steps, which read each weight once for both sequences.
    expect(decode.gigabytesPerSecond).toBeCloseTo((2 * weightBytes) / decode.seconds / 1e9, 10);
    expect(prefill.gigaflops).toBeGreaterThan(0);
    expect(limits.sweepGigabytesPerSecond).toBeGreaterThan(0);
    expect(limits.mulAddGigaflops).toBeGreaterThan(0);
    expect(limits).toHaveProperty("fmaGigaflops");
    expect(memory?.peakShare).toBe((memory?.peak ?? 0) / weightBytes);
    expect(memory?.decodedTokens).toBe(4);
  });

  it("measures every combination of its lists, and shows them to a reader", async () => {
    const { out, err } = await cli([...QUICK, "--dtype", "bf16,Q8_0", "--position", "0,3"], {
      terminal: true,
    });
    expect(err).toContain("bench loads tiny in q8_0\n");
    const rows = out.split("\n").filter((line) => /^(BF16|Q8_0) /.test(line));
    expect(rows.map((row) => row.split(/\s+/).slice(0, 5).join(" "))).toEqual([
      "BF16 1 float32 1 0",
      "BF16 1 float32 1 3",
      "Q8_0 1 float32 1 0",
      "Q8_0 1 float32 1 3",
    ]);
    expect(out).toMatch(/^Limits on 1 thread: sweep [\d.]+ GB\/s over 268 MB; mul\+add/m);
  });

  it("takes the threads and the activations of the backend wasm, which is the usual one", async () => {
    const quick = QUICK.filter((word) => word !== "--backend" && word !== "cpu");
    const chosen = [
      "--threads",
      "2",
      "--dtype",
      "bf16,q8_0",
      "--activations",
      "float32,int8",
      "--json",
    ];
    const { code, out, err } = await cli([...quick, ...chosen]);
    expect([code, err]).toEqual([0, ""]);
    const { runs } = JSON.parse(out) as { runs: BenchRun[] };
    const both = { backend: "wasm", threads: 2, limits: { threads: 2 } };
    expect(runs).toMatchObject([
      { ...both, dtype: "bfloat16", activations: "float32" }, // nothing else with these weights
      { ...both, dtype: "q8_0", activations: "float32" },
      { ...both, dtype: "q8_0", activations: "int8" },
    ]);
    const idle = await cli([...quick, "--dtype", "bf16", "--activations", "int8"]);
    expect(idle.err).toContain(
      "--activations int8 does nothing with weights in bf16: give --dtype q8_0",
    );
    const refused = await cli([...quick, "--backend", "wasm", "--precision", "float64"]);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('expected float32, in which "wasm" computes, got float64');
  });

  it("measures on a busy machine, too", async () => {
    const { out } = await cli([...QUICK, "--busy", "--json"]);
    const { busy } = JSON.parse(out) as BenchRun;
    expect(busy?.decode).toMatchObject({ tokens: 2, rounds: 1 });
  });

  it.each([
    [["--threads", "2"], "--threads expects 1 on the backend cpu"],
    [["--activations", "int8"], "--activations does nothing on the backend cpu"],
    [["--dtype", "bf16,bf17"], 'got "bf17"; did you mean bf16?'],
    [["--layers", "3"], '--layers expects an integer from 1 to 2, got "3"'],
    [["--position", "8191"], '--position expects an integer from 0 to 8190, got "8191"'],
    [["--batch", "1,"], '--batch expects an integer from 1 to 1024, got ""'],
    [["--config", "3b"], '--config expects 2b | 7b | tiny, got "3b"'],
    [["fast"], 'unexpected argument "fast"'],
  ])("refuses %j", async (more, said) => {
    const { code, err } = await cli([...QUICK, ...more]);
    expect(code).toBe(2);
    expect(err).toContain(said);
  });

  it.each([
    ["--threads", "2", "--threads does nothing on the backend webgpu, which runs on the GPU"],
    [
      "--activations",
      "int8",
      "--activations does nothing on the backend webgpu, which has float32",
    ],
  ])("refuses %s on a GPU", async (option, value, said) => {
    const { code, err } = await cli(["bench", "--backend", "webgpu", option, value]);
    expect(code).toBe(2);
    expect(err).toContain(said);
  });

  it("says what is done about a GPU without room", () => {
    const details = { op: "webgpuBackend", argument: "x", label: "x", hint: "a shorter context" };
    const memory = new BackendError({ ...details, kind: "memory", expected: "room", got: "none" });
    const said = withHint(memory);
    expect(said).toBeInstanceOf(BackendError);
    expect(said).toMatchObject({ kind: "memory", label: "x", cause: memory });
    expect((said as Error).message).toBe(
      'webgpuBackend: "x" expected room, got none; ' +
        "take fewer --layers, a smaller --dtype, or fewer settings at once",
    );
    const lost = new BackendError({ ...details, kind: "lost" });
    expect(withHint(lost)).toBe(lost);
  });

  it("refuses what memory has no room for", () => {
    const config = { ...GEMMA_2B, numHiddenLayers: 100_000 }; // 110 million parameters each, in 2 bytes
    const load = { prefill: 1, decode: 1, batch: 1, position: 0 };
    const setting = {
      name: "huge",
      config,
      dtype: "bfloat16",
      backend: "cpu",
      threads: 1,
    } as const;
    expect(() => sweepRoom([{ ...setting, ...load }])).toThrow(UnsupportedError);
    expect(() => sweepRoom([{ ...setting, ...load }])).toThrow(
      /^bench: expected 22 TB of free memory/,
    );
  });
});
