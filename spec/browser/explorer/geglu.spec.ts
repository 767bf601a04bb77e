/**
 * The explorer's panel about GeGLU: units, what they write, and the two GELUs as a run of the library in Node has them.
 */
import { beforeAll, describe, expect, it } from "vitest";
import type { ActivationCache } from "../../../src/interp/run/activation-cache.ts";
import { gelu } from "../../../src/nn/geglu.ts";
import { LAST, number, openSite, TEXT } from "./site.ts";

const site = openSite();
const { visit, texts, chosen } = site;
let cache: ActivationCache;
beforeAll(async () => {
  cache = await site.gemma.runWithCache(TEXT);
});
const row = (tap: string) => {
  const x = cache.get(tap);
  return Float64Array.from({ length: x.shape[1] }, (_, f) => x.get(LAST, f));
};
/** Units of layer 2, the product furthest from 0 first. */
const sorted = () => {
  const post = row("blocks.2.mlp.hook_post");
  return [...post.keys()].sort((a, b) => Math.abs(post[b]) - Math.abs(post[a]));
};

describe("GeGLU", () => {
  it("lists the largest units, with gate, up and product", async () => {
    await visit("#panel=geglu");
    await site.page.locator(".largest [aria-selected=true]").waitFor();
    const units = await site.page.locator(".largest > [role=option]").all();
    expect(units).toHaveLength(20);
    const [gate, up, post] = ["pre", "pre_linear", "post"].map((t) =>
      row(`blocks.2.mlp.hook_${t}`),
    );
    for (const [i, f] of sorted().slice(0, 20).entries()) {
      const [name, opened, times] = await units[i].locator("span").allTextContents();
      expect(name).toBe(String(f));
      expect(number(opened)).toBeCloseTo(gelu(gate[f]), 2);
      expect(number(times.replace("× ", ""))).toBeCloseTo(up[f], 2);
      const printed = number((await units[i].locator("b").textContent()) ?? "");
      expect(printed).toBeCloseTo(post[f], 3);
    }
    expect(await site.page.textContent(".maps .holds")).toContain("all products equal");
  });

  it("says which tokens a unit raises and lowers most", async () => {
    await visit("#panel=geglu&cell=u435");
    await site.page.locator(".unit h3", { hasText: "unit 435 of layer 2" }).waitFor();
    const down = await site.gemma.weight("model.layers.2.mlp.down_proj.weight");
    const weight = await site.gemma.weight("model.norm.weight");
    const table = await site.gemma.weight("model.embed_tokens.weight");
    const post = row("blocks.2.mlp.hook_post")[435];
    const scale = cache.get("ln_final.hook_scale").get(LAST, 0);
    const pushes = Array.from({ length: 1024 }, (_, id) => {
      let by = 0;
      for (let d = 0; d < 128; d++) {
        by += ((down.get(d, 435) * post) / scale) * (1 + weight.get(d)) * table.get(id, d);
      }
      return { name: site.gemma.tokenizer?.piece(id).replace("▁", "␣"), by };
    }).sort((a, b) => b.by - a.by);
    const expected = [...pushes.slice(0, 5), ...pushes.slice(-5).reverse()];
    expect(await texts(".pushes .piece")).toEqual(expected.map(({ name }) => name));
    for (const [i, text] of (await texts(".pushes li b")).entries()) {
      expect(number(text.replace("+", ""))).toBeCloseTo(expected[i].by, 3);
    }
  });

  it("shows how far erf is from tanh, enlarged", async () => {
    await visit("#panel=geglu");
    await site.page.getByLabel("GELU with erf").check();
    await site.page.locator(".curve-card", { hasText: "erf less tanh" }).waitFor();
    expect(new URL(site.page.url()).hash).toBe("#panel=geglu&view=erf");
    // erf by its integral, by Simpson's rule.
    const erf = (x: number) => {
      const n = 2000;
      const f = (i: number) => Math.exp(-(((i * x) / n) ** 2));
      let sum = f(0) + f(n);
      for (let i = 1; i < n; i++) sum += (i % 2 === 1 ? 4 : 2) * f(i);
      return ((2 / Math.sqrt(Math.PI)) * sum * x) / n / 3;
    };
    const [gate, up] = ["pre", "pre_linear"].map((t) => row(`blocks.2.mlp.hook_${t}`));
    const changes = gate.map((x, f) =>
      Math.abs((0.5 * x * (1 + erf(x / Math.SQRT2)) - gelu(x)) * up[f]),
    );
    const most = Math.max(...changes);
    const said = (await site.page.textContent(".curve-card p")) ?? "";
    expect(Number(/at most ([\d.]+)/.exec(said)?.[1])).toBeCloseTo(most, 3);
    expect(said).toContain(`in unit ${changes.indexOf(most)}.`);
    // The largest differences, times 1 000, are the limits of the picture.
    const limits = (await texts(".curve-card svg text")).slice(0, 2).map(number);
    expect(limits[0]).toBeCloseTo(-0.47, 2);
    expect(limits[1]).toBeCloseTo(0.23, 2);
  });

  it("has one cursor in the maps, the curve and the list", async () => {
    await visit("#panel=geglu&l=1");
    await site.page.getByRole("option", { name: "Layer 2", exact: true }).click();
    await chosen(`Layer 2, MLP, at “.” (12), unit ${sorted()[0]}`);
    await site.page.locator(".largest [aria-selected=true]").focus();
    await site.page.keyboard.press("ArrowDown");
    const second = sorted()[1];
    await chosen(`unit ${second}`);
    const marks = await site.page.locator(".maps .cell-mark").all();
    expect(marks).toHaveLength(3);
    for (const mark of marks)
      expect(await mark.getAttribute("aria-label")).toContain(`unit ${second},`);
    await site.page.getByRole("grid", { name: /^up/ }).focus();
    await site.page.keyboard.press("Home");
    const first = second - (second % 24);
    await chosen(`unit ${first}`);
    await site.page.locator(".unit h3", { hasText: `unit ${first} of` }).waitFor();
    expect(await site.page.locator(".largest [aria-selected=true]").count()).toBe(
      sorted().slice(0, 20).includes(first) ? 1 : 0,
    );
    await site.page.locator(".curve-card svg").click({ position: { x: 336, y: 16 } });
    const gate = row("blocks.2.mlp.hook_pre");
    await chosen(`unit ${gate.indexOf(Math.max(...gate))}`);
    await site.page.locator(".stream-line [role=option]").nth(8).click();
    await chosen("Layer 3, MLP");
  });

  it("is a table too, of all units", async () => {
    await visit("#panel=geglu&l=2");
    await site.page.locator(".maps .holds", { hasText: "blocks.2" }).waitFor();
    await site.page.getByRole("button", { name: "As a table" }).click();
    const products = await texts(".as-table td:last-child");
    const post = row("blocks.2.mlp.hook_post");
    expect(products).toHaveLength(post.length);
    for (const [f, text] of products.entries()) expect(number(text)).toBeCloseTo(post[f], 3);
  });

  it("complained of nothing", () => expect(site.complaints).toEqual([]));
});
