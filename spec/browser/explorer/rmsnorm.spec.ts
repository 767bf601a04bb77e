/**
 * The explorer's panel about RMSNorm: lengths, steps and mistakes as a run of the library in Node has them.
 */
import { beforeAll, describe, expect, it } from "vitest";
import type { ActivationCache } from "../../../src/interp/run/activation-cache.ts";
import { rmsNorm } from "../../../src/nn/rmsnorm.ts";
import { float64 as precision } from "../../../src/tensor/precision.ts";
import { type NdArray, tensor } from "../../../src/tensor/tensor.ts";
import { LAST, number, openSite, TEXT } from "./site.ts";

const site = openSite();
const { visit, texts, chosen } = site;

/** What each norm reads and gives, in order. */
const NORMS = [
  ...[0, 1, 2, 3].flatMap((l) => [
    [`blocks.${l}.hook_resid_pre`, `blocks.${l}.ln1.hook_out`],
    [`blocks.${l}.hook_resid_mid`, `blocks.${l}.ln2.hook_out`],
  ]),
  ["blocks.3.hook_resid_post", "ln_final.hook_out"],
];
let cache: ActivationCache;
beforeAll(async () => {
  cache = await site.gemma.runWithCache(TEXT);
});
const row = (tap: string) =>
  Float64Array.from({ length: 128 }, (_, d) => cache.get(tap).get(LAST, d));
const rmsOf = (x: Float64Array) => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length);
/** Lengths are printed to one decimal below 10, else to none. */
const near = (printed: string, length: number) =>
  expect(Math.abs(number(printed) - length)).toBeLessThanOrEqual(length < 10 ? 0.0501 : 0.501);

/** How far y is from the tap of the last norm, at most. */
function off(y: NdArray): number {
  const out = row("ln_final.hook_out");
  return Math.max(...out.map((value, d) => Math.abs(value - y.get(0, d))));
}

describe("RMSNorm", () => {
  it("prints the length before and behind each norm", async () => {
    await visit("#panel=rmsnorm");
    await site.page.locator(".norms").waitFor();
    const printed = await texts(".norms .lengths-of");
    expect(printed).toHaveLength(NORMS.length);
    for (const [n, text] of printed.entries()) {
      const [before, after] = text.split(" → ");
      near(before, rmsOf(row(NORMS[n][0])) * Math.sqrt(128));
      near(after, rmsOf(row(NORMS[n][1])) * Math.sqrt(128));
    }
    expect(await site.page.textContent(".fact .most")).toBe(printed[8]);
  });

  it("prints the scale, and the root mean square of each step", async () => {
    await visit("#panel=rmsnorm&cell=n4,3");
    await chosen("The norm before the attention of layer 2, at “.” (12), dimension 3");
    await site.page.locator(".verdict", { hasText: "blocks.2.ln1.hook_out" }).waitFor();
    const [x, normalized, out] = await texts(".step small");
    const at = (text: string) => number(text.split(" ").at(-1) ?? "");
    // Three decimals are printed.
    expect(at(x)).toBeCloseTo(rmsOf(row("blocks.2.hook_resid_pre")), 3);
    expect(at(normalized)).toBeCloseTo(rmsOf(row("blocks.2.ln1.hook_normalized")), 3);
    expect(at(out)).toBeCloseTo(rmsOf(row("blocks.2.ln1.hook_out")), 3);
    const [, step] = await texts(".step figcaption span");
    const scale = cache.get("blocks.2.ln1.hook_scale").get(LAST, 0);
    expect(number(step.split("= ")[1])).toBeCloseTo(scale, 3);
  });

  it("says how far each mistake is from the tap, and equal only of the right way", async () => {
    await visit("#panel=rmsnorm");
    await site.page.locator(".verdict", { hasText: "to the last bit" }).waitFor();
    const x = tensor(row("blocks.3.hook_resid_post"), [1, 128]);
    const weight = await site.gemma.weight("model.norm.weight");
    const ones = tensor(
      Float64Array.from({ length: 128 }, (_, d) => 1 + weight.get(d)),
      [128],
    );
    const [right, withoutOne, twice, outside] = await texts(".ways b");
    expect(right).toBe("equal ✓");
    const far = (text: string) => number(text.replace("off by ", ""));
    expect(far(withoutOne)).toBeCloseTo(off(rmsNorm(x, weight, { normOffset: 0, precision })), 3);
    expect(far(twice)).toBeCloseTo(off(rmsNorm(x, ones, { precision })), 3);
    const root = rmsOf(x.data as Float64Array);
    const out = row("ln_final.hook_out");
    const moved = Math.max(...out.map((v) => Math.abs(v - (v * root) / (root + 1e-6))));
    expect(far(outside) / moved).toBeCloseTo(1, 1); // two digits
  });

  it("shows a mistake by keys, in the link, and draws the right values over it", async () => {
    await visit("#panel=rmsnorm");
    await site.page.getByRole("option", { name: /^as Gemma/ }).focus();
    await site.page.keyboard.press("ArrowRight");
    await site.page.locator(".verdict", { hasText: "classic bug" }).waitFor();
    expect(new URL(site.page.url()).hash).toBe("#panel=rmsnorm&view=without-one");
    expect(await site.page.locator(".step .right").count()).toBe(1);
    await visit("#panel=rmsnorm&view=upside-down");
    await site.page.locator(".notes", { hasText: "view=upside-down cannot be" }).waitFor();
  });

  it("lets every number be chosen, which is then computed again", async () => {
    await visit("#panel=rmsnorm&cell=n1,0");
    const bars = site.page.getByRole("grid", { name: /^3 × / });
    await bars.focus();
    await site.page.keyboard.press("End");
    await chosen("The norm before the MLP of layer 0, at “.” (12), dimension 127");
    await site.page.locator(".check.holds").waitFor();
    expect(number((await site.page.textContent(".details .number")) ?? "")).toBeCloseTo(
      row("blocks.0.ln2.hook_out")[127],
      5,
    );
    await site.page.getByRole("option", { name: /last norm/ }).click();
    await chosen("The last norm, at “.” (12), dimension 127");
    expect(new URL(site.page.url()).hash).toContain("cell=n8,127");
    await site.page.locator(".stream-line [role=option]").nth(4).click();
    await chosen("The norm before the attention of layer 2, at “.” (12), dimension 127");
  });

  it("is a table too, of the norm as it is done", async () => {
    await visit("#panel=rmsnorm&view=without-one");
    await site.page.getByRole("button", { name: "As a table" }).click();
    const cells = await texts(".as-table td");
    expect(cells).toHaveLength(4 * 128);
    const weight = await site.gemma.weight("model.norm.weight");
    const normalized = row("ln_final.hook_normalized");
    for (const d of [0, 64, 127]) {
      const [x, y] = [number(cells[4 * d]), number(cells[4 * d + 3])];
      expect(x).toBeCloseTo(row("blocks.3.hook_resid_post")[d], 3);
      expect(y).toBeCloseTo(normalized[d] * weight.get(d), 3);
    }
  });

  it("complained of nothing", () => expect(site.complaints).toEqual([]));
});
