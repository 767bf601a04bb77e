/** Gemma.load with an adapter. */
import { describe, expect, it } from "vitest";
import { Gemma } from "../../../src/gemma.ts";
import { filesFolder } from "../../../src/source/folder.ts";
import { readAdapter } from "../../../src/tuning/peft/read.ts";
import { fixtureFolder, readFile } from "../../support/files.ts";
import { learned, learningCheckpoint, relativeError } from "../../support/learning.ts";

const IDS = [...learned("micro/lora", "adapter.ids")];
const GOLDEN = learned("micro/lora", "adapter.logits");
const BASE = fixtureFolder("learning/models/micro");
const FOLDER = fixtureFolder("learning/micro/lora-adapter");

describe("Gemma.load with an adapter", () => {
  it("gives the logits of PyTorch with it, from a folder or an adapter that was read", async () => {
    const { config } = await learningCheckpoint("micro");
    for (const adapter of [FOLDER, await readAdapter(FOLDER, config)]) {
      const gemma = await Gemma.load(BASE, { adapter, precision: "float64" });
      const { data } = await gemma.logits(IDS);
      expect(relativeError(data, GOLDEN)).toBeLessThan(1e-12);
      await gemma.dispose();
    }
  });

  it("does so on the fast backend, to float32", async () => {
    const gemma = await Gemma.load(BASE, { adapter: FOLDER });
    const { data } = await gemma.logits(IDS);
    expect(relativeError(data, GOLDEN)).toBeLessThan(1e-5); // of a few hundred roundings at 2⁻²⁴
    await gemma.dispose();
  });

  it("refuses what is no adapter, or one of another model", async () => {
    const load = (adapter: unknown, base = BASE) => Gemma.load(base, { adapter: adapter as never });
    const bytes = readFile("fixtures/learning/micro/lora-adapter/adapter_model.safetensors");
    await expect(load(bytes)).rejects.toThrow("adapter_config.json and adapter_model.safetensors");
    await expect(load(7)).rejects.toThrow("the folder of an adapter");
    await expect(load(filesFolder({}))).rejects.toThrow("adapter_config.json");
    await expect(load(FOLDER, fixtureFolder("mqa"))).rejects.toThrow("it is of another model");
  });
});
