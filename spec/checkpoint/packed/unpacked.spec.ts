/**
 * Folders of MLX and bitsandbytes. The goldens are NumPy's reading of the same files, computed on by
 * fixtures/generate/gemma_f64.py (fixtures/packed, by fixtures/generate/packed.py).
 */
import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import { writeGguf } from "../../../src/checkpoint/gguf/write.ts";
import { writeNpzCheckpoint } from "../../../src/checkpoint/numpy/write.ts";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import { writeSafetensors } from "../../../src/checkpoint/safetensors/write.ts";
import { FormatError, type GemmaError, UnsupportedError } from "../../../src/errors.ts";
import { Model } from "../../../src/model/model.ts";
import { bytesSource } from "../../../src/source/byte-source.ts";
import { filesFolder } from "../../../src/source/folder.ts";
import { rejection, safetensorsFile } from "../../support/files/safetensors-file.ts";
import { golden, goldens, promptLogits, readFixture } from "../../support/goldens.ts";
import { withBackend } from "../../support/wasm-backend.ts";
import { whole } from "../../support/whole.ts";

const CASES = ["mlx-4bit", "mlx-8bit", "mlx-mixed", "nf4", "fp4", "int8"] as const;
const GOLDENS = "packed/goldens.npz";
const ids = Array.from(goldens(GOLDENS).get("ids")?.data as Int32Array);

const filesOf = (name: string) => ({
  "config.json": readFixture(`packed/${name}/config.json`),
  "model.safetensors": readFixture(`packed/${name}/model.safetensors`),
});
const open = (files: Record<string, Uint8Array>) => openCheckpoint(filesFolder(files, "x"));

async function logitsOf(opening: ReturnType<typeof open>): Promise<Float64Array> {
  const { config, tensors } = await opening;
  const backend = cpuBackend({ precision: "float64" });
  const model = await Model.load({ config, tensors, backend });
  return promptLogits(model, ids);
}

const distance = (a: Float64Array, b: Float64Array) =>
  a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);

describe("a folder of packed weights", () => {
  it.each(CASES)("computes what NumPy's reading of it does: %s", async (name) => {
    expect((await open(filesOf(name))).storage).toMatch(/^(MLX|bitsandbytes), [48] bits/);
    // Float64 of another order of summing: gemma_f64.py's own bar.
    expect(distance(await logitsOf(open(filesOf(name))), golden(GOLDENS, name))).toBeLessThan(
      1e-12,
    );
  });

  it.each(CASES)("goes out whole, in every format, and comes back the same: %s", async (name) => {
    const packed = await open(filesOf(name));
    const expected = await logitsOf(Promise.resolve(packed));
    const plain = { "config.json": readFixture(`packed/nf4/config.json`) };
    const folder = {
      ...plain,
      "model.safetensors": await whole(writeSafetensors(packed.tensors)),
    };
    expect(distance(await logitsOf(open(folder)), expected)).toBe(0);
    const npz = bytesSource(await whole(writeNpzCheckpoint(packed)), "x.npz");
    expect(distance(await logitsOf(openCheckpoint(npz)), expected)).toBe(0);
    const gguf = bytesSource(await whole(writeGguf(packed)), "x.gguf");
    // GGUF has F32: it holds MLX's sums of few bits, while a product with a float32 is rounded to one, by 6e-8 of it.
    const most = name.startsWith("mlx") && name !== "mlx-mixed" ? 0 : 1e-5;
    expect(distance(await logitsOf(openCheckpoint(gguf)), expected)).toBeLessThanOrEqual(most);
  });
});

it("is told under another name", async () => {
  const { "config.json": config, "model.safetensors": weights } = filesOf("nf4");
  const files = { "config.json": config, "model-bnb-4bit.safetensors": weights };
  const error = (await rejection(open(files))) as GemmaError;
  expect(error.hint).toContain("rename model-bnb-4bit.safetensors to model.safetensors");
});

describe("packed weights in the fast backend", () => {
  it.each(CASES)("are float32, or blocks that it knows: %s", async (name) => {
    const { config, tensors } = await open(filesOf(name));
    const o = tensors.get("model.layers.0.self_attn.o_proj.weight");
    expect(o?.dtype).toBe(name === "mlx-mixed" ? "q4_1" : "float64");
    await withBackend({ threads: 1 }, async (backend) => {
      const model = await Model.load({ config, tensors, backend });
      // Float32 of logits up to 13; int8 activations are not asked for.
      expect(distance(await promptLogits(model, ids), golden(GOLDENS, name))).toBeLessThan(1e-4);
    });
  });
});

type Header = Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;

/** A case with another config, or other tensors: `change` works on the header of the file. */
function changed(
  name: string,
  fields: object,
  change: (header: Header) => void = () => {},
): Record<string, Uint8Array> {
  const { "config.json": config, "model.safetensors": file } = filesOf(name);
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length))) as Header;
  change(header);
  const json = { ...JSON.parse(new TextDecoder().decode(config)), ...fields };
  return {
    "config.json": new TextEncoder().encode(JSON.stringify(json)),
    "model.safetensors": safetensorsFile(header, file.subarray(8 + length)),
  };
}

const Q = "model.layers.0.self_attn.q_proj";
const renamed = (from: string, to: string) => (header: Header) => {
  header[to] = header[from];
  delete header[from];
};

describe("refused, by what is wrong with them:", () => {
  it.each<[string, Record<string, Uint8Array>, typeof FormatError, string]>([
    [
      "other bits than the config says",
      changed("mlx-4bit", { quantization: { group_size: 32, bits: 8 }, quantization_config: null }),
      FormatError,
      "expected rows of whole groups of 32 numbers of 8 bits, as config.json says, got U32 [80, 12]",
    ],
    [
      "other groups than the config says",
      changed("mlx-4bit", { quantization: { group_size: 96, bits: 4 }, quantization_config: null }),
      FormatError,
      "expected a tensor of shape [80, 1], got [80, 3]",
    ],
    [
      "a scale of another shape",
      changed("mlx-4bit", {}, (header) => {
        header[`${Q}.scales`].shape = [32, 6];
      }),
      FormatError,
      `"${Q}.scales" expected a tensor of shape [64, 3], got [32, 6]`,
    ],
    [
      "no config of MLX",
      changed("mlx-4bit", { quantization: null, quantization_config: null }),
      FormatError,
      'expected "quantization" in config.json, as MLX writes it beside such weights, got no such field',
    ],
    [
      "MLX in another mode",
      changed("mlx-4bit", { quantization: { group_size: 32, bits: 4, mode: "mxfp4" } }),
      UnsupportedError,
      '"quantization.mode" expected "affine", got weights quantised by MLX as "mxfp4"',
    ],
    [
      "bits that MLX has not",
      changed("mlx-4bit", { quantization: { group_size: 32, bits: 7 } }),
      UnsupportedError,
      '"quantization.bits" expected 2, 3, 4, 5, 6, 8, got 7',
    ],
    [
      "a packed weight without its scales",
      changed("nf4", {}, renamed(`${Q}.weight.nested_absmax`, "x")),
      FormatError,
      `"${Q}.weight.nested_absmax" expected a tensor of that name, as the weight is packed, got none`,
    ],
    [
      "a packed weight of another size",
      changed("nf4", {}, (header) => {
        header[`${Q}.weight`].shape = [1536, 2];
      }),
      FormatError,
      `"${Q}.weight" expected a tensor of shape [3072, 1], got [1536, 2]`,
    ],
    [
      "int8 without a scale for each row",
      changed("int8", {}, (header) => {
        header[`${Q}.SCB`].shape = [8, 8];
      }),
      FormatError,
      `"${Q}.SCB" expected a tensor of shape [64], got [8, 8]`,
    ],
  ])("%s", async (_, files, Type, message) => {
    const error = (await rejection(open(files))) as GemmaError;
    expect(error).toBeInstanceOf(Type);
    expect(error.message).toContain(message);
  });

  it("damaged JSON beside a packed weight", async () => {
    const name = `${Q}.weight.quant_state.bitsandbytes__nf4`;
    const files = filesOf("nf4");
    const file = files["model.safetensors"].slice();
    const text = new TextDecoder("latin1").decode(file);
    const at = text.indexOf('"blocksize": 64');
    file.set(new TextEncoder().encode('"blocksize": -4'), at);
    const error = (await rejection(open({ ...files, "model.safetensors": file }))) as GemmaError;
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(/quant_state.* expected a positive integer as blocksize, got -4/);
    expect(text).toContain(name);
  });
});
