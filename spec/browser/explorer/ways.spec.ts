/**
 * Ways through the explorer: the tour, the pointer, pinning, keys, questions, numbers as code.
 */
import type { Page } from "playwright";
import { beforeAll, describe, expect, it } from "vitest";
import { STEPS } from "../../../docs/explorer/src/tour/steps.ts";
import { number, openSite, TEXT } from "./site.ts";

const site = openSite();
let page: Page;
beforeAll(() => {
  ({ page } = site);
});
const hash = () => new URL(page.url()).hash;

describe("the tour", () => {
  it("has ten steps, each a link that shows the same again", async () => {
    await site.visit();
    await page.getByRole("button", { name: "Tour", exact: true }).click();
    for (let step = 1; step <= 10; step++) {
      await page.locator(".tour", { hasText: `step ${step} of 10` }).waitFor();
      expect(await page.textContent(".tour h2")).toBe(STEPS[step - 1].title);
      expect(hash()).toContain(`tour=${step}`);
      const opened = await page.locator(".panel").count();
      if (step < 10) await page.getByRole("button", { name: "Next", exact: true }).click();
      expect(opened > 0).toBe(STEPS[step - 1].state.panel !== undefined);
    }
    const text = await page.textContent(".tour");
    await page.reload();
    await page.waitForSelector("[data-ready]");
    expect(await page.textContent(".tour")).toBe(text);
    await page.getByRole("button", { name: "Done" }).click();
    expect(hash()).not.toContain("tour");
  });

  it("says the page's own numbers", async () => {
    await site.visit("#tour=6&panel=attention&l=2&h=1");
    const pattern = (await site.gemma.runWithCache(TEXT, { names: "attn.hook_pattern" })).head(
      "blocks.2.attn.hook_pattern",
      1,
    );
    expect(await page.textContent(".tour")).toContain(pattern.get(12, 11).toFixed(5));
  });

  it("knows when one has left a step, leads back, and ends by Esc", async () => {
    await site.visit("#tour=8&panel=lens");
    await page.getByRole("button", { name: /^Back to the stream/ }).click();
    await page.getByRole("button", { name: "To this step" }).click();
    await page.locator(".lens-grid").waitFor();
    await page.locator(".tour h2").click();
    await page.keyboard.press("Escape");
    await page.locator(".stream").waitFor();
    await page.keyboard.press("Escape");
    await page.locator(".tour").waitFor({ state: "detached" });
  });
});

describe("a pointer", () => {
  it("shows the number under it, until it leaves, and not while one is pinned", async () => {
    await site.visit("#panel=attention&l=2&h=1");
    await site.chosen("key “␣Mira” (11)");
    const grid = page.getByRole("grid", { name: /^Softmax/ });
    const box = await grid.boundingBox();
    if (!box) throw new Error("no grid");
    const cell = box.width / 13;
    const move = (row: number, column: number) =>
      page.mouse.move(box.x + (column + 0.5) * cell, box.y + (row + 0.5) * cell);
    await move(5, 2);
    await site.chosen("query “,” (5), key “␣upon” (2)");
    expect(await page.textContent(".details h2")).toBe("Under the pointer");
    expect(hash()).not.toContain("cell");
    await page.mouse.move(2, 2);
    await site.chosen("query “.” (12), key “␣Mira” (11)");
    await grid.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: /^pinned/ }).waitFor();
    await move(4, 1);
    await page.waitForTimeout(100);
    expect(await page.textContent(".where")).toContain("key “␣Mira” (11)");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "pin", exact: true }).waitFor();
    await page.locator(".panel").waitFor();
  });
});

describe("keys", () => {
  it("go through heads and layers, and are listed", async () => {
    await site.visit("#panel=attention&l=2&h=1");
    const grid = page.getByRole("grid", { name: /^Softmax/ });
    await grid.focus();
    await page.keyboard.press("]");
    await site.chosen("Layer 2, head 2");
    await page.keyboard.press("[");
    await page.keyboard.press("PageDown");
    await site.chosen("Layer 3, head 1");
    await page.keyboard.press("?");
    await page.locator("#keys[open] dl").waitFor();
  });
});

describe("what a head hands on", () => {
  it("is z of the library, and the sum that is said to make it", async () => {
    await site.visit("#panel=attention&l=1&h=3&cell=z17");
    await site.chosen("what head 3 hands on to “.” (12), dimension 17");
    await page.locator(".check.holds").waitFor();
    const cache = await site.gemma.runWithCache(TEXT, { names: "blocks.1.attn.hook_z" });
    const printed = number((await page.textContent(".details .number")) ?? "");
    // Five digits are printed.
    expect(Math.abs(printed - cache.get("blocks.1.attn.hook_z").get(12, 3, 17))).toBeLessThan(6e-6);
  });

  it("is asked for by code that gives it", async () => {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "Copy as code" }).click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
    const code = await page.evaluate(() => navigator.clipboard.readText());
    const [, run] = /const cache = (await gemma\.runWithCache\([^;]*);/.exec(code) ?? [];
    const [, read] = /console\.log\((.*)\);/.exec(code) ?? [];
    const evaluate = new Function(
      "gemma",
      `return (async () => { const cache = ${run}; return ${read}; })()`,
    );
    const value = await evaluate(site.gemma);
    expect(number((await page.textContent(".details .number")) ?? "")).toBeCloseTo(value, 5);
  });
});

describe("a question", () => {
  it("leads to the panel that answers it", async () => {
    await site.visit();
    await page.getByRole("button", { name: "What did it think after layer 2?" }).click();
    await page.locator(".lens-grid").waitFor();
    await page.getByRole("button", { name: "Which head looks at “Mira”?" }).click();
    await site.chosen("Layer 2, head 1, query “.” (12), key “␣Mira” (11)");
  });
});

it("all of this complained of nothing", () => {
  expect(site.complaints).toEqual([]);
});
