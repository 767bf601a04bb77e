import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import { ArgumentError } from "../../../src/errors.ts";
import { Gemma } from "../../../src/gemma.ts";
import { runWithCache } from "../../../src/interp/run/run-with-cache.ts";
import { weightOf } from "../../../src/interp/run/weights.ts";
import { weightSpecs } from "../../../src/model/weights/weights.ts";
import { linear } from "../../../src/nn/linear.ts";
import { float64 } from "../../../src/tensor/precision.ts";
import { fixtureFolder } from "../../support/files.ts";
import { load, promptIds } from "../../support/goldens.ts";

describe("a weight of a model", () => {
  it("has the shape of the table, and the numbers that the model computes with", async () => {
    const model = await load("gqa", "float64");
    for (const { name, shape } of weightSpecs(model.config)) {
      expect((await weightOf(model, name)).shape, name).toEqual(shape);
    }
    const ids = promptIds("gqa", "prompt-7");
    const names = ["blocks.1.ln1.hook_out", "blocks.1.attn.hook_q"];
    const cache = await runWithCache(model, ids, { names });
    const q = await weightOf(model, "model.layers.1.self_attn.q_proj.weight");
    const stored = { dtype: "float64", shape: q.shape, data: q.data } as const;
    const out = linear(cache.get("blocks.1.ln1.hook_out"), stored, { precision: float64 });
    expect(out.data).toEqual(cache.get("blocks.1.attn.hook_q").data);
  });

  it("of a norm is without the 1, whatever the file has", async () => {
    const name = "model.layers.0.input_layernorm.weight";
    const options = { backend: "cpu", precision: "float64" } as const;
    const files = ["mqa", "gguf"].map(async (fixture) => {
      const gemma = await Gemma.load(fixtureFolder(fixture), options);
      const weight = await gemma.weight(name).finally(() => gemma.dispose());
      return Math.max(...Array.from(weight.data, (w) => Math.abs(w)));
    });
    for (const largest of await Promise.all(files)) expect(largest).toBeLessThan(1);
  });

  it("is refused by a name that there is not, with the nearest; and stops on abort", async () => {
    const model = await load("gqa", "float64");
    await expect(weightOf(model, "model.layers.0.self_attn.q_prj.weight")).rejects.toThrow(
      /did you mean "model.layers.0.self_attn.q_proj.weight"\?/,
    );
    await expect(weightOf(model, 5 as never)).rejects.toThrow(ArgumentError);
    const gemma = await Gemma.load(fixtureFolder("gqa"), { backend: cpuBackend() });
    const reading = gemma.weight("model.norm.weight", { signal: AbortSignal.abort("enough") });
    await expect(reading).rejects.toBe("enough");
    await gemma.dispose();
  });
});
