/**
 * The explorer's KV cache: what it holds, its bytes, and what it saves, against the library in Node.
 */
import type { Page } from "playwright";
import { beforeAll, describe, expect, it } from "vitest";
import { multiplyAdds } from "../../../docs/explorer/src/panels/cache/shapes.ts";
import { countParameters, GEMMA_2B, GEMMA_7B } from "../../../src/config.ts";
import type { Gemma } from "../../../src/gemma.ts";
import { number, openSite, TEXT } from "./site.ts";

const site = openSite();
const { visit, texts, chosen } = site;
let page: Page;
let gemma: Gemma;
beforeAll(() => {
  ({ page, gemma } = site);
});

const rowsIn = (text: string) =>
  page.locator(".kv-steps", { hasText: new RegExp(`^${text}`) }).waitFor();
const grid = (layer: number, of: "keys" | "values") =>
  page.getByRole("grid", { name: `Layer ${layer}, ${of}` });
const cells = async (row: number) =>
  (
    await page.locator(".bytes tbody tr:not(.bar-row)").nth(row).locator("td").allTextContents()
  ).map((text) => text.replaceAll("\u202f", ""));

describe("the cache", () => {
  it("holds the library's keys and values", async () => {
    await visit("#panel=cache&cell=v0&l=0");
    await rowsIn("13 of 13");
    for (const layer of [0, 3]) {
      for (const [of, tap] of [
        ["keys", "rot_k"],
        ["values", "v"],
      ] as const) {
        const name = `blocks.${layer}.attn.hook_${tap}`;
        const cache = await gemma.runWithCache(TEXT, { names: name });
        const row = page.locator(
          `.kv-strips figure:nth-of-type(${layer + 1}) .kv-strip.${of[0]} b`,
        );
        const most = Math.max(...(cache.get(name).data as Float64Array).map(Math.abs));
        const printed = number(((await row.textContent()) ?? "").replace(/.*± /, ""));
        expect(Math.abs(printed - most)).toBeLessThan(0.051); // one decimal
      }
    }
    const v = await gemma.runWithCache(TEXT, { names: "blocks.2.attn.hook_v" });
    await grid(2, "values").focus();
    for (const [key, pos, dim] of [
      ["Home", 0, 0],
      ["ArrowRight", 0, 1],
      ["ArrowDown", 1, 1],
      ["ArrowDown", 2, 1],
    ] as const) {
      await page.keyboard.press(key);
      await page.locator(".where", { hasText: `(${pos}), dimension ${dim}` }).waitFor();
    }
    await chosen("Layer 2, the value that head");
    await page.waitForURL(/pos=2&.*l=2&.*cell=v1/);
    const value = v.get("blocks.2.attn.hook_v").get(2, 0, 1);
    const printed = number((await page.textContent(".details .number")) ?? "");
    expect(Math.abs(printed - value)).toBeLessThan(6e-6); // five decimals
    expect(await page.textContent(".check")).toContain("✓ equals the library to the last bit");
    // What stands in the strip is the same number, read from the cache's memory.
    const name = (await grid(2, "values").getByRole("gridcell").getAttribute("aria-label")) ?? "";
    expect(Math.abs(number(name.split(", ").at(-1) ?? "") - value)).toBeLessThan(0.00051);
  });

  it("is fed, rewound and played, and the link says how far", async () => {
    await visit("#panel=cache&step=3");
    await rowsIn("3 of 13");
    expect(await grid(1, "keys").getAttribute("aria-rowcount")).toBe("3");
    await page.getByRole("button", { name: "Feed one" }).click();
    await rowsIn("4 of 13");
    await page.waitForURL(/step=4/);
    await page.getByRole("button", { name: "Rewind one" }).click();
    await page.getByRole("button", { name: "Rewind one" }).click();
    await rowsIn("2 of 13");
    await page.getByRole("button", { name: "Play" }).click();
    await rowsIn("4 of 13");
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByRole("slider", { name: "Rows, slider" }).press("End");
    await rowsIn("13 of 13");
    expect(page.url()).not.toContain("step");
    await visit("#panel=cache&step=99");
    await page.locator(".notes", { hasText: "step=99 cannot be: the cache has 1 to 13" }).waitFor();
  });

  it("gives the logits of a pass that has none, and other texts those of theirs", async () => {
    for (const text of [TEXT, "Once upon a time, there was an owl."]) {
      await visit(`#p=${encodeURIComponent(text)}&panel=cache`);
      const ids = gemma.encode(text);
      await rowsIn(`${ids.length} of ${ids.length}`);
      const logits = (await gemma.logits(ids)).pick(ids.length - 1, null);
      const top = Math.max(...Array.from({ length: logits.shape[0] }, (_, i) => logits.get(i)));
      const said = (await page.textContent(".one-more .same")) ?? "";
      expect(said).toContain("the largest difference is 0.");
      const [, cached, anew] = /is ([\d.]+) with it, ([\d.]+) without/.exec(said) ?? [];
      expect(cached).toBe(anew);
      // Another version of V8 has another Math.exp, by an ulp.
      expect(Math.abs(Number(cached) - top)).toBeLessThan(1e-12);
    }
  });

  it("saves the work of all rows but one", async () => {
    await visit("#panel=cache");
    await rowsIn("13 of 13");
    const { config } = gemma;
    const { attention, mlp, embedding } = countParameters(config);
    const { numAttentionHeads: N, headDim: H, numHiddenLayers: layers } = config;
    // A query meets each key, and each value is weighted: 2 · H a head and position.
    const read = 2 * N * H * layers;
    const cached = attention + mlp + embedding + read * 13;
    const anew = 13 * (attention + mlp) + embedding + (read * 13 * 14) / 2;
    expect(multiplyAdds(config, 13)).toEqual({ cached, anew });
    const printed = await texts(".one-more tbody tr:not(.bar-row) td:nth-child(3)");
    expect(printed.map(number)).toEqual([cached, anew]);
    expect(await texts(".one-more tbody tr:not(.bar-row) td:nth-child(2)")).toEqual(["1", "13"]);
  });

  it("takes the bytes of its shape, at any length", async () => {
    await visit("#panel=cache");
    await page.getByRole("heading", { name: "2 048 B a token: one pair for 4 heads" }).waitFor();
    await page.getByLabel("Length of the text, in tokens", { exact: true }).fill("100");
    await page.waitForURL(/len=100/);
    for (const [row, { numKeyValueHeads: K, headDim: H, numHiddenLayers: layers }] of [
      gemma.config,
      { ...gemma.config, numKeyValueHeads: 4 },
      GEMMA_2B,
      GEMMA_7B,
    ].entries()) {
      const bytes = 2 * K * H * 4 * layers;
      const written = (all: number) => (all < 1e6 ? `${all}B` : `${(all / 1e6).toFixed(1)}MB`);
      expect(await cells(row)).toEqual([
        `${K} × ${layers}`,
        `${bytes}B`,
        written(100 * bytes),
        written(50 * bytes),
      ]);
    }
  });

  it("complained of nothing, and asked nobody else for anything", () => {
    expect(site.complaints).toEqual([]);
  });
});
