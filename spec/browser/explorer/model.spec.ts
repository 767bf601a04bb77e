/**
 * A model of one's own in the explorer: files of fixtures/, chosen as a visitor does, against the library in Node.
 */
import { createWriteStream, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright";
import { beforeAll, describe, expect, it } from "vitest";
import { bytesOf, planOf, shapeOf } from "../../../docs/explorer/src/panels/model/plan.ts";
import { syntheticWeights } from "../../../src/bench/synthetic.ts";
import { writeSafetensors } from "../../../src/checkpoint/safetensors/write.ts";
import { GEMMA_2B, GEMMA_7B } from "../../../src/config.ts";
import { Gemma } from "../../../src/gemma.ts";
import { toHfConfig } from "../../../src/hf-config.ts";
import { softmax } from "../../../src/nn/softmax.ts";
import { float64 as precision } from "../../../src/tensor/precision.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { chance, openSite } from "./site.ts";

const site = openSite();
const scratch = scratchFolder("own-model");
let page: Page;
beforeAll(() => {
  ({ page } = site);
});

const fixture = (path: string) =>
  fileURLToPath(new URL(`../../../fixtures/${path}`, import.meta.url));
const inFolder = (folder: string, files = ["config.json", "model.safetensors"]) =>
  files.map((file) => fixture(`${folder}/${file}`));
const choose = (files: string[], on = page) =>
  on.locator('input[aria-label="Files of a model"]').setInputFiles(files);
const openIt = (on = page) => on.getByRole("button", { name: "Open it" }).click();
const hash = () => new URL(page.url()).hash;
/** Waits until the first screen is that of a model with so many layers. */
const shown = (layers: number, on = page) =>
  on.locator(".status .size", { hasText: `${layers} layer` }).waitFor();

/** What a model says after ids: its first words by id, with their chances. */
async function said(path: string, ids: number[]): Promise<{ id: number; chance: number }[]> {
  const gemma = await Gemma.load(path, { backend: "cpu", precision: "float64" });
  const cache = await gemma.runWithCache(ids, { names: "logits", positions: -1 });
  await gemma.dispose();
  const row = softmax(cache.get("logits"), { precision });
  return Array.from({ length: row.shape[1] }, (_, id) => ({ id, chance: row.get(0, id) }))
    .sort((a, b) => b.chance - a.chance)
    .slice(0, 3);
}

/** A model that nobody trained. @returns its files. */
async function untrained(over: Partial<typeof GEMMA_7B>): Promise<string[]> {
  const config = { ...GEMMA_7B, vocabSize: 1024, ...over };
  const [json, weights] = ["config.json", "model.safetensors"].map((name) => join(scratch, name));
  writeFileSync(json, JSON.stringify(toHfConfig(config, "bfloat16")));
  const { chunks } = writeSafetensors(syntheticWeights(config, "bfloat16"));
  await pipeline(Readable.from(chunks()), createWriteStream(weights));
  return [json, weights, fixture("tiny-stories-it/tokenizer.model")];
}

describe("a model without a tokenizer", () => {
  it("is looked at before it is opened: its sizes, what is missing, the memory", async () => {
    await site.visit("#panel=model");
    await page.locator(".sizes").waitFor();
    await choose(inFolder("gqa"));
    const found = page.locator(".found dl");
    await found.waitFor();
    const facts = (await found.textContent()) ?? "";
    expect(facts).toContain("2 layers, width 72, 6 heads of 12 over 2 keys and values, 100 units");
    expect(facts).toContain("missing. Texts cannot be cut into tokens");
    expect(facts).toContain("in bfloat16");
    const shape = {
      ...{ weights: 89_712, layers: 2, width: 72, heads: 6, keyHeads: 2, headDim: 12 },
      ...{ units: 100, vocabSize: 257, contextLength: 256 },
    };
    // Three digits of KB are printed.
    const printed = Number.parseFloat((await found.locator("b").last().textContent()) ?? "");
    expect(Math.abs(printed - bytesOf(planOf(shape, 2 * shape.weights)) / 1000)).toBeLessThan(0.51);
    expect(await page.textContent(".status")).toContain("tiny-stories-it"); // nothing has been loaded
  });

  it("is then what the whole page shows, by ids", async () => {
    await openIt();
    await shown(2);
    expect(hash()).toContain("model=model.safetensors");
    expect(await page.inputValue(".prompt input")).toBe("3 5 8 13 21 34 3 5");
    const next = await said(fixture("gqa"), [2, 3, 5, 8, 13, 21, 34, 3, 5]);
    expect(await site.texts(".next-word .piece")).toEqual(next.map(({ id }) => `id ${id}`));
    for (const [i, text] of (await site.texts(".next-word b")).entries()) {
      expect(Math.abs(chance(text) - next[i].chance)).toBeLessThan(0.00051);
    }
    await page.locator(".check.holds").waitFor();
    await page.getByRole("button", { name: "To its stream" }).click();
    expect(await page.locator(".across .layer").count()).toBe(2);
    expect(
      await page.locator(".across .layer").first().locator(".heads [role=option]").count(),
    ).toBe(6);
    expect(await page.textContent(".across .layer")).toContain("2 of each");
  });

  it("has attention and the lens, and says which ids it has", async () => {
    await page.keyboard.press("a");
    await page.locator(".panel.attention .stages").waitFor();
    expect(await page.textContent(".shared-pair")).toContain("6 queries share 2 pairs");
    await page.keyboard.press("l");
    await page.locator(".lens-grid").waitFor();
    await page.locator(".prompt input").fill("3, 4");
    await expect.poll(() => site.texts(".chips small")).toEqual(["2", "3", "4"]);
    await page.locator(".prompt input").fill("3 300");
    await page.locator(".notes", { hasText: "there is no token 300: ids go to 256" }).waitFor();
  });

  it("is left by a button and by Back, and the text is there again", async () => {
    await page.goBack();
    await page.locator("h1").click();
    await page.keyboard.press("o");
    await page.getByRole("button", { name: "Back to the page’s own model" }).click();
    await shown(4);
    expect(hash()).not.toContain("model=");
    expect(await page.inputValue(".prompt input")).toContain("Once upon a time");
    await page.goBack();
    await shown(2);
    await page.goForward();
    await shown(4);
  });
});

describe("a link to a model", () => {
  it("asks for the files, and then shows what it says", async () => {
    const fresh = await site.ready("#p=9%208%207&pos=2&l=2&h=3&panel=attention&model=mha");
    await fresh.locator(".notes", { hasText: "This link is of the model “mha”" }).waitFor();
    await fresh.getByRole("button", { name: "Choose its files" }).click();
    await fresh.locator(".chooser", { hasText: "This link is of “mha”" }).waitFor();
    await choose(inFolder("mha-wide-heads"), fresh);
    await openIt(fresh);
    await shown(3, fresh);
    await fresh.locator(".status", { hasText: "mha" }).waitFor();
    expect(new URL(fresh.url()).hash).toBe("#p=9%208%207&pos=2&panel=model&l=2&h=3&model=mha");
    await fresh.locator(".where", { hasText: "Layer 2, head 3, query “id 8” (2)" }).waitFor();
    await fresh.locator(".check.holds").waitFor();
    await fresh.close();
  });
});

describe("files", () => {
  it("that are not enough are refused in the library's words; more come to them", async () => {
    await site.visit("#panel=model&theme=light");
    await choose([fixture("tiny-stories/model.safetensors")]);
    await page.locator(".refused", { hasText: "a safetensors file alone" }).waitFor();
    await choose(inFolder("tiny-stories", ["config.json", "tokenizer.model"]));
    await page.locator(".found dl", { hasText: "pieces" }).waitFor();
    expect(await page.locator(".files li").count()).toBe(3);
    await openIt();
    await page.locator(".status", { hasText: "model.safetensors" }).waitFor();
    const ids = await Gemma.load(fixture("tiny-stories"), { precision: "float64" });
    const next = await said(
      fixture("tiny-stories"),
      ids.encode("Once upon a time, there was a fox named Mira."),
    );
    await ids.dispose();
    const shownChance = async () => chance((await site.texts(".next-word b"))[0] ?? "");
    await expect
      .poll(async () => Math.abs((await shownChance()) - next[0].chance) < 0.00051)
      .toBe(true);
  });

  it("of GGUF are opened one at a time", async () => {
    await page.getByRole("button", { name: "forget these files" }).click();
    await choose([fixture("gguf/model.Q8_0.gguf")]);
    await page.locator(".found dl", { hasText: "q8_0" }).waitFor();
    await openIt();
    await shown(1);
    expect(await page.textContent(".now-open")).toContain("model.Q8_0.gguf");
    // Its tensors are quantised: the numbers of the page are computed from what is stored.
    const next = await said(fixture("gguf/model.Q8_0.gguf"), [2, 3, 5, 8, 13, 21, 34, 3, 5]);
    expect(await site.texts(".next-word .piece")).toEqual(next.map(({ id }) => `id ${id}`));
  });

  it("that break off while they are read leave the last model", async () => {
    const broken = join(scratch, "broken.gguf");
    writeFileSync(broken, "GGUF and nothing more");
    await choose([broken]);
    await page.locator(".refused", { hasText: "broken.gguf" }).waitFor();
    expect(await page.textContent(".status")).toContain("model.Q8_0.gguf");
    expect(await page.locator(".notes .error").count()).toBe(0);
    await page.locator(".check.holds").waitFor();
  });

  it("are chosen by keys as well", async () => {
    const [chooser] = await Promise.all([
      page.waitForEvent("filechooser"),
      page.getByRole("button", { name: "Choose files" }).press("Enter"),
    ]);
    expect(chooser.isMultiple()).toBe(true);
  });

  it("are taken where they are dropped", async () => {
    await page.getByRole("button", { name: "forget these files" }).click();
    const data = await page.evaluateHandle(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(["{}"], "config.json"));
      return transfer;
    });
    await page.dispatchEvent(".panel.model", "drop", { dataTransfer: data });
    await page.locator(".found .files", { hasText: "config.json" }).waitFor();
    await page.locator(".refused").waitFor();
  });
});

describe("a model of many layers and heads", () => {
  it("scrolls in a frame of its own, and the chosen layer is in sight", async () => {
    const files = await untrained({
      ...{ numHiddenLayers: 28, numAttentionHeads: 16, numKeyValueHeads: 16, headDim: 8 },
      ...{ hiddenSize: 264, intermediateSize: 1200 },
    });
    await site.visit("#panel=model");
    await page.reload();
    await page.waitForSelector(".check.holds");
    await choose(files);
    await page.locator(".found dl", { hasText: "28 layers" }).waitFor();
    await openIt();
    await shown(28);
    await page.goto(`${site.url}#model=model.safetensors&l=27&h=15`);
    await page.locator(".across.long").waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(1440);
    await page.locator(".layer.chosen h3", { hasText: "Layer 27" }).waitFor();
    await expect
      .poll(async () => (await page.locator(".layer.chosen").boundingBox())?.x)
      .toBeLessThan(1100);
    // 1,200 units are more than there are cells; a cell is the one of some that is furthest from 0.
    await page.locator(".layer.chosen .units", { hasText: "2 a cell" }).waitFor();
    await page.locator(".strip", { hasText: "2 a cell" }).first().waitFor();
    await page.setViewportSize({ width: 390, height: 844 });
    await page.locator(".down .layer").nth(27).waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
    await page.setViewportSize({ width: 1440, height: 900 });
  });
});

describe("the plan", () => {
  it("is float64 for small models, and what fits for large ones", () => {
    const large = shapeOf(GEMMA_2B);
    const plan = planOf(large, 2 * large.weights);
    expect(plan).toMatchObject({ backend: "auto", precision: "float32" });
    // The table alone, as the inspector needs it.
    expect(plan.bytes.table).toBe(256_000 * 2048 * 4);
    expect(plan.bytes.weights).toBe(5_012_344_832);
    expect(bytesOf(plan) / 1e9).toBeCloseTo(7.3, 1);
    const small = shapeOf({ ...GEMMA_2B, vocabSize: 1024, hiddenSize: 128, intermediateSize: 512 });
    expect(planOf(small, 1)).toMatchObject({ backend: "cpu", precision: "float64" });
  });
});

it("all of this complained of nothing", () => {
  expect(site.complaints).toEqual([]);
});
