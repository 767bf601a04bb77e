/**
 * The explorer's panel about RoPE: products, clocks and the curve as a run of the library in Node has them.
 */
import { beforeAll, describe, expect, it } from "vitest";
import type { ActivationCache } from "../../../src/interp/run/activation-cache.ts";
import { applyRope } from "../../../src/nn/rope.ts";
import { float64 as precision } from "../../../src/tensor/precision.ts";
import { tensor } from "../../../src/tensor/tensor.ts";
import { number, openSite, TEXT } from "./site.ts";

const site = openSite();
const { visit, texts, chosen } = site;
let cache: ActivationCache;
beforeAll(async () => {
  cache = await site.gemma.runWithCache(TEXT);
});

const H = 64;
/** All digits are printed, but the last of a sine may be another in Chromium than in Node. */
const DIGITS = 10;
/** The query of token 12 or the key of token 11 in layer 2, head 1, turned to `at`. */
function turned(of: "q" | "k", at: number): Float64Array {
  const plain = cache.head(`blocks.2.attn.hook_${of}`, of === "q" ? 1 : 0);
  const row = Float64Array.from({ length: H }, (_, h) => plain.get(of === "q" ? 12 : 11, h));
  return applyRope(tensor(row, [1, 1, H]), at, { precision }).data as Float64Array;
}
const product = (q: Float64Array, k: Float64Array) => q.reduce((sum, x, h) => sum + x * k[h], 0);
const digits = async () => number((await site.page.textContent(".digits")) ?? "");
const settled = (said: string) => site.page.locator(".product", { hasText: said }).waitFor();

describe("RoPE", () => {
  it("prints q · k where the tokens stand, and equals the taps", async () => {
    await visit("#panel=rope");
    await settled("at distance 1");
    expect(await digits()).toBeCloseTo(product(turned("q", 12), turned("k", 11)), DIGITS);
    const score = cache.get("blocks.2.attn.hook_attn_scores").get(1, 12, 11);
    expect((await digits()) / 8).toBeCloseTo(score, 12);
    for (const text of await texts(".holds-of")) expect(text).toContain("✓ equals blocks.2.attn");
  });

  it("turns both to where the sliders are, and draws the curve through it", async () => {
    await visit("#panel=rope&q=40&k=3");
    await settled("at distance 37");
    const [q, k] = [turned("q", 40), turned("k", 3)];
    expect(await digits()).toBeCloseTo(product(q, k), DIGITS);
    const cells = await texts(".one-pair td button");
    for (const [i, expected] of [q[0], q[32], k[0], k[32]].entries()) {
      expect(number(cells[i])).toBeCloseTo(expected, 3);
    }
    // The label of the curve is the product too; the curve itself is drawn by distance from 0.
    expect(await site.page.textContent(".distance .said")).toBe(
      `37 back: ${product(q, k).toFixed(3)}`,
    );
    const path = (await site.page.getAttribute(".distance .curve", "d")) ?? "";
    expect(path.split("L")).toHaveLength(64);
    const dot = await site.page.getAttribute(".distance .now", "cy");
    expect(Number(path.split("L")[37].split(" ")[1])).toBeCloseTo(Number(dot), 6);
  });

  it("keeps the product when both are moved alike, in the link too", async () => {
    await visit("#panel=rope");
    await settled("at distance 1");
    const own = await digits();
    await site.page.getByLabel("lock the distance").check();
    await site.page.getByRole("spinbutton", { name: /^q query/ }).fill("500");
    await settled("Both moved by 488");
    expect(new URL(site.page.url()).hash).toBe("#panel=rope&view=locked&q=500&k=499");
    expect(Math.abs((await digits()) - own)).toBeLessThan(1e-10);
    await site.page.getByRole("slider", { name: /key of/ }).press("ArrowRight");
    await settled("Both moved by 489");
    await site.page.getByRole("button", { name: "back to where they stand" }).click();
    await settled("Their own positions");
    expect(new URL(site.page.url()).hash).toBe("#panel=rope&view=locked");
  });

  it("pairs neighbours, which is another product, and not the tap", async () => {
    await visit("#panel=rope");
    await site.page.getByLabel("pair neighbours").check();
    await settled("the model learned in halves");
    expect(new URL(site.page.url()).hash).toBe("#panel=rope&view=neighbours");
    // The clocks of neighbours, by hand.
    const plain = (of: "q" | "k") => turned(of, 0);
    let sum = 0;
    for (let i = 0; i < H / 2; i++) {
      const [a, b] = [2 * i, 2 * i + 1];
      const [q, k] = [plain("q"), plain("k")];
      const angle = 10000 ** ((-2 * i) / H); // a distance of 1
      const turn = [
        q[a] * Math.cos(angle) - q[b] * Math.sin(angle),
        q[b] * Math.cos(angle) + q[a] * Math.sin(angle),
      ];
      sum += turn[0] * k[a] + turn[1] * k[b];
    }
    expect(await digits()).toBeCloseTo(sum, 8);
    for (const text of await texts(".holds-of")) expect(text).toContain("✗ is not");
  });

  it("refuses positions that cannot be", async () => {
    await visit("#panel=rope&q=9&k=10");
    await site.page.locator(".notes", { hasText: "k=10 cannot be" }).waitFor();
    await visit("#panel=rope&q=512");
    await site.page.locator(".notes", { hasText: "q=512 cannot be" }).waitFor();
    await settled("Their own positions");
  });

  it("lets a pair be chosen by keys, and its numbers by a click", async () => {
    await visit("#panel=rope");
    await settled("at distance 1");
    await site.page.getByRole("grid", { name: /^Pairs/ }).focus();
    await site.page.keyboard.press("ArrowRight");
    await site.page.keyboard.press("ArrowDown");
    await chosen("Layer 2, head 1, the query of “.” (12), dimension 17");
    await site.page.getByRole("button", { name: /^k 49 turned/ }).click();
    await chosen("the key of “␣Mira” (11), which is read most, dimension 49");
    await site.page.locator(".check.holds").waitFor();
    expect(number((await site.page.textContent(".details .number")) ?? "")).toBeCloseTo(
      cache.head("blocks.2.attn.hook_rot_k", 0).get(11, 49),
      5,
    );
  });

  it("is a table too, whose parts sum to the product", async () => {
    await visit("#panel=rope");
    await settled("at distance 1");
    await site.page.getByRole("button", { name: "As a table" }).click();
    const parts = await texts(".as-table td:last-child");
    expect(parts).toHaveLength(H / 2);
    const sum = parts.reduce((total, text) => total + number(text), 0);
    expect(Math.abs(sum - (await digits()))).toBeLessThan((H / 2) * 0.0005); // three decimals each
  });

  it("complained of nothing", () => expect(site.complaints).toEqual([]));
});
