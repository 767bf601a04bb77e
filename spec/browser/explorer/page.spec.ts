/**
 * The explorer's first screen, inspector, keyboard, link and text.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright";
import { beforeAll, describe, expect, it } from "vitest";
import type { Gemma } from "../../../src/gemma.ts";
import { linear } from "../../../src/nn/linear.ts";
import { rmsNorm } from "../../../src/nn/rmsnorm.ts";
import { softmax } from "../../../src/nn/softmax.ts";
import { float64 as precision } from "../../../src/tensor/precision.ts";
import type { NdArray } from "../../../src/tensor/tensor.ts";
import { chance, codeIn, compressed, LAST, number, openSite, TEXT } from "./site.ts";

const site = openSite();
const { ready, visit, texts, chosen, complaints, folder } = site;
let page: Page;
let gemma: Gemma;
beforeAll(() => {
  ({ page, gemma } = site);
});

/** What would be said at `depth` after the last token of {@link TEXT}: [V]. */
async function lensAt(depth: number): Promise<NdArray> {
  const name = depth === 0 ? "hook_embed" : `blocks.${(depth - 1) >> 1}.hook_resid_`;
  const names = depth === 0 ? name : `${name}${depth % 2 === 1 ? "mid" : "post"}`;
  const cache = await gemma.runWithCache(TEXT, { names, positions: -1 });
  const weight = await gemma.weight("model.norm.weight");
  const table = await gemma.weight("model.embed_tokens.weight");
  const normed = rmsNorm(cache.get(names), weight, { precision });
  return softmax(linear(normed, table, { precision }), { precision }).pick(0, null);
}

/** The most probable tokens, as the page writes them. */
function best(row: NdArray, count: number): { name: string; chance: number }[] {
  return Array.from({ length: row.shape[0] }, (_, id) => ({ id, chance: row.get(id) }))
    .sort((a, b) => b.chance - a.chance)
    .slice(0, count)
    .map(({ id, chance }) => ({
      name: (gemma.tokenizer?.piece(id) ?? "").replace("▁", "␣"),
      chance,
    }));
}

describe("the first screen", () => {
  it("is there before the model, and without it, and says that it was recorded", async () => {
    const early = await site.browser.newPage();
    await early.route("**/model/**", () => {}); // never answered
    await early.goto(site.url);
    expect(await early.textContent(".next-word li .piece")).toBe("␣Mira");
    expect(await early.textContent(".status")).toContain("recorded example");
    expect(await early.textContent(".check")).toContain("recorded");
    expect(await early.locator(".holds").count()).toBe(0);
    await early.unroute("**/model/**");
    await early.route("**/model/**", (route) => route.fulfill({ status: 404 }));
    await early.reload();
    await early.locator(".status", { hasText: "the model did not arrive" }).waitFor();
    await early.close();
  });

  it("says the next word, and what would be said at each depth, as the library does", async () => {
    await visit();
    const next = best(await lensAt(8), 3);
    expect(await texts(".next-word .piece")).toEqual(next.map(({ name }) => name));
    for (const [i, text] of (await texts(".next-word b")).entries()) {
      expect(Math.abs(chance(text) - next[i].chance)).toBeLessThan(0.001);
    }
    const depths = page.locator(".lens-row [role=option]");
    expect(await depths.count()).toBe(9);
    for (let depth = 0; depth < 9; depth++) {
      const [{ name, chance: expected }] = best(await lensAt(depth), 1);
      const said = depths.nth(depth).locator(".said > *");
      expect(await said.nth(0).textContent()).toBe(name);
      const printed = (await said.nth(1).textContent()) ?? "";
      // Two digits are printed.
      expect(Math.abs(chance(printed) - expected)).toBeLessThan(0.00501);
    }
  });

  it("fits windows of a screen, a tablet and a phone, in every panel", async () => {
    await visit();
    for (const panel of ["", "#panel=attention", "#panel=lens"]) {
      await page.goto(site.url + panel);
      await page.waitForSelector(panel === "" ? ".stream" : ".panel [role=grid]");
      for (const [width, height] of [
        [1440, 900],
        [1024, 768],
        [768, 1024],
        [390, 844],
        [320, 640],
      ]) {
        await page.setViewportSize({ width, height });
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
      }
    }
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  it("shortens a long token, which would lie on its neighbour", async () => {
    await visit("#p=Mira%20saw%20a%20%F0%9F%A6%8A%20in%20the%20caf%C3%A9.");
    await page.locator(".stage-title", { hasText: "became <end_of_turn>" }).waitFor();
    const widths = await page.evaluate(
      "[...document.querySelectorAll('.logits .said, .lens-row .said')].map((bar) => bar.offsetWidth)",
    );
    expect(Math.max(...(widths as number[]))).toBeLessThanOrEqual(108); // a column
  });
});

describe("a number", () => {
  it("of attention equals the library's, with its whole row", async () => {
    await visit("#panel=attention&l=1&h=3&cell=12,5");
    const cache = await gemma.runWithCache(TEXT, { names: "attn.hook_pattern", layers: 1 });
    const pattern = cache.head("blocks.1.attn.hook_pattern", 3);
    await chosen("Layer 1, head 3, query “.” (12), key “,” (5)");
    await page.locator(".row-table > p", { hasText: "ead 3 hands on" }).waitFor();
    expect(number((await page.textContent(".details .number")) ?? "")).toBeCloseTo(
      pattern.get(LAST, 5),
      5,
    );
    await page.getByRole("button", { name: "all", exact: true }).click();
    const rows = await page.locator(".row-table tbody tr").all();
    expect(rows).toHaveLength(LAST + 1);
    for (const row of rows) {
      const [key, , , , weight] = await row.locator("td").allTextContents();
      const printed = number(weight);
      expect(Math.abs(printed - pattern.get(LAST, Number(key)))).toBeLessThan(6e-6);
    }
  });

  it("of each kind is computed again, and equals the library's", async () => {
    await visit();
    for (const [fragment, where] of [
      ["#pos=7&l=0&h=2&cell=7,3", "Layer 0, head 2, query “␣was” (7), key “␣a” (3)"],
      ["#cell=x0,127", "The stream, embedding, at “.” (12), dimension 127"],
      ["#cell=x3,5", "The stream, layer 1 attention, at “.” (12), dimension 5"],
      ["#cell=x8,64", "The stream, layer 3 MLP, at “.” (12), dimension 64"],
      ["#l=3&cell=u511", "Layer 3, MLP, at “.” (12), unit 511"],
      ["#pos=4&cell=d8,4", "The stream read early: layer 3 MLP, at “␣time” (4)"],
    ]) {
      await page.goto(site.url + fragment);
      await chosen(where);
      expect(await page.textContent(".check")).toContain("✓ equals the library");
      expect(new URL(page.url()).hash).toBe(fragment);
    }
  });

  it("that the mask hides is not printed, and not claimed", async () => {
    await visit("#panel=attention&pos=3&l=2&h=1&cell=3,9");
    await page.locator(".number", { hasText: "hidden" }).waitFor();
    expect(await page.textContent(".check")).toContain("the library has no such number");
  });
});

describe("the keyboard", () => {
  it("reaches the attention grid, moves in it, and leaves", async () => {
    await visit("#panel=attention");
    await page.locator(".skip").focus();
    const isInGrid = "document.activeElement?.getAttribute('aria-label')?.startsWith('Softmax')";
    let presses = 0;
    while (!(await page.evaluate(isInGrid)) && presses < 40) {
      await page.keyboard.press("Tab");
      presses++;
    }
    expect(await page.evaluate(isInGrid)).toBe(true);
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowUp");
    await chosen("query “␣Mira” (11), key “␣named” (10)");
    expect(new URL(page.url()).hash).toContain("cell=11,10");
    await page.keyboard.press("Home");
    await chosen("query “␣Mira” (11), key “<bos>” (0)");
    await page.keyboard.press("Escape");
    await page.waitForSelector(".stream");
  });

  it("opens panels by letters, but not in the text, nor where they are switched off", async () => {
    await visit();
    await page.locator(".prompt input").press("l");
    expect(await page.locator(".panel").count()).toBe(0);
    await page.locator("h1").click();
    await page.keyboard.press("l");
    await page.waitForSelector(".lens-grid");
    await page.keyboard.press("Escape");
    await page.getByLabel("letters are keys").uncheck();
    await page.locator("h1").click();
    await page.keyboard.press("a");
    expect(await page.locator(".panel").count()).toBe(0);
    await page.getByLabel("letters are keys").check();
  });
});

describe("the link", () => {
  it("holds the state, and Back undoes a step of it", async () => {
    await visit();
    expect(new URL(page.url()).hash).toBe("");
    await page.getByRole("button", { name: /^Attention/ }).click();
    await page.getByRole("option", { name: "Layer 0", exact: true }).click();
    await page.waitForURL(/panel=attention&l=0/);
    const link = page.url();
    await page.locator(".prompt input").fill("The owl");
    await page.waitForURL(/#p=The%20owl&panel=attention$/);
    await page.goBack();
    await page.waitForURL(link);
    await expect.poll(() => page.locator(".prompt input").inputValue()).toBe(TEXT);
    await page.goBack();
    await page.waitForSelector(".stream");

    const other = await ready(new URL(link).hash);
    await other.locator(".where", { hasText: "Layer 0, head" }).waitFor();
    await other.close();
  });

  it("says what in it cannot be", async () => {
    await visit("#pos=99&l=x&panel=pictures&colour=red");
    await page.locator(".notes", { hasText: "pos=99 cannot be: there are 13 tokens" }).waitFor();
    const said = await page.textContent(".notes");
    for (const name of ["l=x", "panel=pictures", "colour"]) expect(said).toContain(name);
    expect(await page.locator(".chips [aria-selected=true] small").textContent()).toBe("980");
  });
});

describe("a text", () => {
  it("that is typed is answered, the last state of it last", async () => {
    await visit();
    await page.locator(".prompt input").fill("");
    await page.locator(".prompt input").pressSequentially("Mira had a red", { delay: 20 });
    await page.getByText("How “␣red” became").waitFor();
    const { ids } = gemma.tokenizer?.encodePieces("Mira had a red") ?? { ids: [] };
    expect(await texts(".chips small")).toEqual(["2", ...ids.map(String)]);
  });

  it("that is too long leaves the last one, and says by how much", async () => {
    await visit();
    await page.locator(".prompt input").fill("Mira ".repeat(600));
    await page.getByText("too many: this model reads 512").waitFor();
    expect(await page.locator(".chips [role=option]").count()).toBe(LAST + 1);
  });
});

describe("the site", () => {
  it("has its first picture in 60 KB", () => {
    const html = readFileSync(join(folder, "index.html"), "utf8");
    const first = codeIn(folder).filter((file) => file === "index.html" || html.includes(file));
    expect(first).toHaveLength(3);
    expect(compressed(folder, first)).toBeLessThan(60);
  });

  it("complained of nothing, and asked nobody else for anything", () => {
    expect(complaints).toEqual([]);
  });
});
