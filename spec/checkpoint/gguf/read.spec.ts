/** Against files that llama.cpp's own tools wrote, and Google's code on their numbers (fixtures/README.md). */
import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import { readGguf } from "../../../src/checkpoint/gguf/read.ts";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import { relativeError } from "../../../src/conformance/metrics.ts";
import { UnsupportedError } from "../../../src/errors.ts";
import { Model } from "../../../src/model/model.ts";
import { bytesSource } from "../../../src/source/byte-source.ts";
import { quantizeQ4_0, quantizeQ8_0 } from "../../../src/tensor/quantized.ts";
import { assertDType, storedFromBytes, widenRow } from "../../../src/tensor/stored.ts";
import { ggufFile } from "../../support/files/gguf-file.ts";
import { golden, promptLogits, readFixture } from "../../support/goldens.ts";

const TYPES = ["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q4_K_M", "Q6_K"];
const open = (type: string) =>
  bytesSource(readFixture(`gguf/model.${type}.gguf`), `model.${type}.gguf`);

describe.each(TYPES)("%s", (type) => {
  it("gives in its rows the bytes of the file, but for the header", async () => {
    const source = open(type);
    const { tensors } = await readGguf(source);
    let bytes = 0;
    for (const { shape, rows } of tensors.values()) bytes += (await rows(0, shape[0])).length;
    expect(source.size - bytes).toBeGreaterThan(0);
    expect(source.size - bytes).toBeLessThan(4096); // the header
  });

  it("widens to the numbers that llama.cpp widens to, bit for bit", async () => {
    const { tensors } = await readGguf(open(type));
    const gate = tensors.get("blk.0.ffn_gate.weight")!;
    assertDType(gate);
    const stored = storedFromBytes(await gate.rows(0, 4), gate.dtype, [4, 256]);
    const rows = new Float64Array(4 * 256);
    for (let row = 0; row < 4; row++) widenRow(stored, row, rows.subarray(row * 256));
    expect(rows).toEqual(golden("gguf/goldens.npz", `gate_proj.${type}`));
  });

  it("gives Google's logits of those numbers to 1e-12, in float64", async () => {
    const { config, tensors } = await openCheckpoint(open(type));
    const backend = cpuBackend({ precision: "float64" });
    const model = await Model.load({ config, tensors, backend, name: type });
    const ids = Array.from(golden("gguf/goldens.npz", "ids"));
    const logits = await promptLogits(model, ids);
    expect(relativeError(logits, golden("gguf/goldens.npz", `logits.${type}.f64`))).toBeLessThan(
      1e-12,
    );
  });
});

it("reads F64, which llama.cpp's tools do not write, as it is", async () => {
  const numbers = Float64Array.of(1, Math.PI, -1e-300, 0.1, 5e-324, 1 / 3);
  const bytes = new Uint8Array(numbers.buffer);
  const row = { name: "x", dimensions: [3, 2], type: 28, bytes };
  const { tensors } = await readGguf(bytesSource(ggufFile({}, [row])));
  const { dtype, shape, rows } = tensors.get("x")!;
  expect([dtype, shape, await rows(0, 2)]).toEqual(["float64", [2, 3], bytes]);
});

it.each([
  // Numbers of ggml's enum ggml_type.
  [9, "Q8_1"],
  [15, "Q8_K"],
  [16, "IQ2_XXS"],
  [18, "IQ3_XXS"],
  [19, "IQ1_S"],
  [21, "IQ3_S"],
  [29, "IQ1_M"],
  [31, "Q4_0_4_4"],
  [34, "TQ1_0"],
  [35, "TQ2_0"],
  [39, "MXFP4"],
  [40, "NVFP4"],
])("names type %i, which it does not read: %s", async (type, name) => {
  const row = { name: "blk.0.attn_v.weight", dimensions: [256], type, bytes: new Uint8Array(256) };
  const reading = readGguf(bytesSource(ggufFile({}, [row])));
  await expect(reading).rejects.toThrow(UnsupportedError);
  await expect(reading).rejects.toThrow(
    `"blk.0.attn_v.weight" expected a tensor of type F64, F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, IQ4_NL, IQ4_XS, got ${name}; get a file of this model that is called Q8_0, Q6_K, Q5_K, Q4_K, Q3_K, IQ4, BF16 or F16;`,
  );
});

it.each([
  ["Q8_0", quantizeQ8_0],
  ["Q4_0", quantizeQ4_0],
] as const)("quantises to %s as llama.cpp does, block for block", async (type, quantize) => {
  const from = (await readGguf(open("F32"))).tensors;
  const to = (await readGguf(open(type))).tensors;
  let compared = 0;
  for (const [name, source] of to) {
    if (source.dtype === "float32") continue;
    const [rows] = source.shape;
    const bytes = await from.get(name)!.rows(0, rows);
    const numbers = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    expect(quantize(numbers)).toEqual(new Uint8Array(await source.rows(0, rows)));
    compared += numbers.length;
  }
  expect(compared).toBeGreaterThan(400_000);
});
