/**
 * "As a table", in the panels that have it: the numbers are the library's, and none is made before it is asked for.
 */
import type { Page } from "playwright";
import { beforeAll, describe, expect, it } from "vitest";
import type { Gemma } from "../../../src/gemma.ts";
import { chance, LAST, number, openSite, TEXT } from "./site.ts";

const site = openSite();
const { visit, texts } = site;
let page: Page;
let gemma: Gemma;
beforeAll(() => {
  ({ page, gemma } = site);
});

async function open(): Promise<void> {
  const button = page.getByRole("button", { name: "As a table" });
  await button.waitFor();
  expect(await page.locator(".as-table table").count()).toBe(0);
  await button.focus();
  await page.keyboard.press("Enter");
  await page.waitForSelector(".as-table table");
  expect(await button.getAttribute("aria-expanded")).toBe("true");
}

describe("as a table", () => {
  it("attention has the weight of each query and key", async () => {
    await visit("#panel=attention&l=1&h=3");
    await page.locator(".row-table > p", { hasText: "ead 3 hands on" }).waitFor();
    await open();
    const cache = await gemma.runWithCache(TEXT, { names: "attn.hook_pattern", layers: 1 });
    const pattern = cache.head("blocks.1.attn.hook_pattern", 3);
    const cells = await texts(".as-table td");
    expect(cells).toHaveLength((LAST + 1) ** 2);
    for (const [i, text] of cells.entries()) {
      const [query, key] = [Math.floor(i / (LAST + 1)), i % (LAST + 1)];
      if (key > query) expect(text).toBe("hidden");
      // Five decimals, or below 1e-4 two digits, are printed.
      else expect(Math.abs(number(text) - pattern.get(query, key))).toBeLessThan(5.01e-6);
    }
    expect(await page.textContent(".as-table caption")).toContain("each row sums to 1");
    expect((await texts(".as-table tbody th"))[11]).toBe("␣Mira 11");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".as-table table", { state: "detached" });
  });

  it("the lens has what is said at each depth, the last one on top", async () => {
    await visit("#panel=lens");
    await page.waitForSelector(".lens-grid");
    await open();
    const cells = await texts(".as-table td");
    expect(cells).toHaveLength(9 * (LAST + 1));
    const { tops } = await lastRow();
    for (const [pos, { piece, chance: most }] of tops.entries()) {
      const [, name, said] = /^(\S+) (.*)$/.exec(cells[pos]) ?? [];
      expect(name).toBe(piece);
      expect(Math.abs(chance(said) - most)).toBeLessThan(0.000501); // one decimal of a percent
    }
    expect((await texts(".as-table tbody th")).at(-1)).toBe("embedding");
  });

  it("says which tokens it has of a long text, and that rows are not whole", async () => {
    await visit(`#panel=attention&p=${encodeURIComponent(`${TEXT} ${TEXT} ${TEXT}`)}`);
    await page.waitForSelector(".window-note");
    await open();
    expect(await page.textContent(".as-table caption")).toMatch(/for keys 15 to 38 of 39/);
  });
});

async function lastRow() {
  const logits = await gemma.logits(TEXT);
  const tops = Array.from({ length: LAST + 1 }, (_, pos) => {
    const row = Array.from({ length: logits.shape[1] }, (_, v) => logits.get(pos, v));
    const most = Math.max(...row);
    const sum = row.reduce((total, z) => total + Math.exp(z - most), 0);
    const piece = gemma.tokenizer?.piece(row.indexOf(most)) ?? "";
    return { piece: piece.replace("▁", "␣"), chance: 1 / sum };
  });
  return { tops };
}
