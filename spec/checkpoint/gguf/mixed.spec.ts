/**
 * A file of six types at once, as quantisers mix them: Q5_1, Q2_K, Q3_K, Q5_K, IQ4_NL, IQ4_XS (fixtures/README.md,
 * `model.mixed.gguf`). llama.cpp quantised and widened it, NumPy computed the logits.
 */
import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import { wasmBackend } from "../../../src/backend/wasm/wasm.ts";
import { readGguf } from "../../../src/checkpoint/gguf/read.ts";
import { writeGguf } from "../../../src/checkpoint/gguf/write.ts";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import { relativeError } from "../../../src/conformance/metrics.ts";
import { Model } from "../../../src/model/model.ts";
import { bytesSource } from "../../../src/source/byte-source.ts";
import { quantizeQ4_0, quantizeQ8_0 } from "../../../src/tensor/quantized.ts";
import { assertDType, storedFromBytes, widenRow } from "../../../src/tensor/stored.ts";
import { golden, promptLogits, readFixture } from "../../support/goldens.ts";
import { whole } from "../../support/whole.ts";

const file = () => bytesSource(readFixture("gguf/model.mixed.gguf"), "model.mixed.gguf");
const theirs = (name: string) => golden("gguf/mixed.npz", name);

/** A matrix of each type. */
const PARTS = [
  ["q5_1", "ffn_gate"],
  ["q2_k", "attn_k"],
  ["q3_k", "ffn_down"],
  ["q5_k", "ffn_up"],
  ["iq4_nl", "attn_output"],
  ["iq4_xs", "attn_v"],
] as const;

it.each(PARTS)("has rows of %s that widen as llama.cpp widens them", async (dtype, part) => {
  const weight = (await readGguf(file())).tensors.get(`blk.0.${part}.weight`)!;
  assertDType(weight);
  expect(weight.dtype).toBe(dtype);
  const stored = storedFromBytes(await weight.rows(0, 4), dtype, [4, 256]);
  const rows = new Float64Array(4 * 256);
  for (let row = 0; row < 4; row++) widenRow(stored, row, rows.subarray(row * 256));
  expect(rows).toEqual(theirs(dtype.toUpperCase()));
});

describe("its logits", () => {
  it.each([
    // float64 keeps 1e-16; orders of summing cost some more.
    ["cpu in float64", () => cpuBackend({ precision: "float64" }), 1e-12],
    // 2^-24, half a step of float32, some times in turn: 1.03e-7.
    ["wasm", () => wasmBackend({ threads: 1 }), 1e-6],
    // Half a step of the largest of 32 numbers is 0.004 of it, a third of that on average: 0.0029 with relaxed SIMD.
    ["wasm with activations of int8", () => wasmBackend({ threads: 1, activations: "int8" }), 0.01],
  ] as const)("are NumPy's of those numbers: %s", async (_, make, bar) => {
    const { config, tensors } = await openCheckpoint(file());
    const backend = make();
    const model = await Model.load({ config, tensors, backend: backend as never, name: "mixed" });
    const logits = await promptLogits(model, Array.from(theirs("ids")));
    expect(relativeError(logits, theirs("logits.f64"))).toBeLessThan(bar);
    model.dispose();
  });
});

describe("goes out again", () => {
  const encoded = {
    F32: (row: Float32Array) => new Uint8Array(row.slice().buffer),
    Q8_0: quantizeQ8_0,
    Q4_0: quantizeQ4_0,
  };

  it.each(["F32", "Q8_0", "Q4_0"] as const)("as %s, of the numbers it has", async (type) => {
    const bytes = await whole(writeGguf(await openCheckpoint(file()), { type }));
    const { tensors } = await readGguf(bytesSource(bytes));
    for (const [dtype, part] of PARTS) {
      const rows = await tensors.get(`blk.0.${part}.weight`)!.rows(0, 4);
      const numbers = Float32Array.from(theirs(dtype.toUpperCase()));
      expect(new Uint8Array(rows)).toEqual(encoded[type](numbers));
    }
  });
});
