/** Adapters beside the weights on WebGPU, where calls of kernels are held back and done together. */
import { describe, expect, it } from "vitest";
import { webgpuBackend } from "../../../src/backend/webgpu/webgpu.ts";
import { Gemma } from "../../../src/gemma.ts";
import { fixtureFolder, readFile } from "../../support/files.ts";
import { golden } from "../../support/goldens.ts";
import { relativeError } from "../../support/learning.ts";
import { GPU_HERE } from "../../support/webgpu.ts";

const ADAPTERS = {
  seven: fixtureFolder("adapters/seven"),
  "llama-cpp": readFile("fixtures/adapters/llama-cpp.gguf"),
};

describe.skipIf(!GPU_HERE)("adapters on WebGPU", { timeout: 300_000 }, () => {
  it("are NumPy's merge, row by row and as a prompt, beside the model alone", async () => {
    const numbers = (name: string) => golden("adapters/logits.npz", name);
    const ids = [...numbers("ids")];
    const backend = await webgpuBackend();
    const gemma = await Gemma.load(fixtureFolder("gqa"), { backend, adapters: ADAPTERS });
    const { vocabSize: V } = gemma.config;
    const names = ["seven", null, "llama-cpp"] as const;
    const prompts = await Promise.all(names.map((adapter) => gemma.logits(ids, { adapter })));
    const rows = names.map(async (name) => {
      const model = gemma.model.withAdapter(name);
      const cache = model.createCache();
      const data: number[] = [];
      for (const id of ids) data.push(...(await model.forward([id], cache)).data);
      return data;
    });
    for (const [i, data] of (await Promise.all(rows)).entries()) {
      const truth = numbers(names[i] ?? "base");
      expect(data.length).toBe(ids.length * V);
      // float32: of a few hundred roundings at 2⁻²⁴.
      expect(relativeError(data, truth)).toBeLessThan(1e-5);
      expect(relativeError(prompts[i].data, truth)).toBeLessThan(1e-5);
    }
    await gemma.dispose();
    backend.dispose();
  });
});
