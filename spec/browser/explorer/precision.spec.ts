/**
 * The explorer's panel of precisions and backends, against the library in Node.
 */
import type { Page } from "playwright";
import { beforeAll, describe, expect, it } from "vitest";
import { Gemma } from "../../../src/gemma.ts";
import { tinyModelPath } from "../../../src/node/tiny-model.ts";
import type { PrecisionName } from "../../../src/tensor/precision.ts";
import { chance, LAST, number, openSite, TEXT } from "./site.ts";

const site = openSite();
let page: Page;
beforeAll(() => {
  ({ page } = site);
});
const row = (name: string) => page.getByRole("option", { name: new RegExp(`^${name}`) });
/** Waits until differences are there, and nothing is measured any more. */
const measured = async () => {
  await page.locator(".precision .plot .dot").first().waitFor();
  await page.getByRole("button", { name: "Measure speed" }).waitFor();
};

interface Ran {
  /** Of the last token, [V]. */
  readonly logits: number[];
  /** Behind the first MLP. */
  readonly stream: number[];
  readonly continued: readonly number[];
}

async function ran(backend: "cpu" | "wasm", precision: PrecisionName): Promise<Ran> {
  const gemma = await Gemma.load(tinyModelPath(), { backend, precision });
  const tap = "blocks.0.hook_resid_post";
  const cache = await gemma.runWithCache(TEXT, { names: [tap, "logits"], positions: -1 });
  const continued: number[] = [];
  for await (const { token } of gemma.generate(TEXT, { maxTokens: 24 })) continued.push(token);
  await gemma.dispose();
  const [logits, stream] = ["logits", tap].map((name) => Array.from(cache.get(name).data));
  return { logits, stream, continued };
}

const furthest = (x: number[], y: number[]) =>
  x.reduce((most, value, i) => Math.max(most, Math.abs(value - y[i])), 0);
const chances = (logits: number[]) => {
  const all = Array.from(logits, (x) => Math.exp(x - Math.max(...logits)));
  const sum = all.reduce((a, b) => a + b);
  return all.map((x) => x / sum);
};
/** Two digits are printed. */
const near = (printed: string, value: number) =>
  expect(Math.abs(number(printed) - value)).toBeLessThanOrEqual(0.051 * value);

const alike = (printed: string, value: number) => {
  expect(number(printed)).toBeGreaterThan(value / 20);
  expect(number(printed)).toBeLessThan(value * 20);
};

describe("the differences", () => {
  it("are those of the library, in each way that this machine has", async () => {
    await site.visit("#panel=precision");
    await measured();
    const own = await ran("cpu", "float64");
    for (const [backend, precision] of [
      ["cpu", "float32"],
      ["cpu", "bfloat16"],
      ["wasm", "float32"],
    ] as const) {
      const other = await ran(backend, precision);
      const fields = row(`${backend} ${precision}`).locator(".field > span");
      const [largest, mean, ofChances, agreement] = await fields.allTextContents();
      const sum = other.logits.reduce((total, x, i) => total + Math.abs(x - own.logits[i]), 0);
      const difference = furthest(chances(other.logits), chances(own.logits));
      // Chromium's WebAssembly may fuse products into sums and Node's not: what is left of float32 is another rest.
      const isNear = backend === "wasm" ? alike : near;
      isNear(largest, furthest(other.logits, own.logits));
      isNear(mean, sum / own.logits.length);
      if (difference >= 0.001) expect(Math.abs(chance(ofChances) - difference)).toBeLessThan(0.001);
      else isNear(ofChances.replace(/\u202f?%$/, ""), 100 * difference);
      const at = other.continued.findIndex((id, i) => id !== own.continued[i]);
      if (at < 0) expect(agreement).toBe("all the same");
      else expect(agreement).toMatch(new RegExp(`^differ from the ${at + 1}(st|nd|rd|th) on$`));
    }
    const [largest] = await row("cpu float64").locator(".field > span").allTextContents();
    expect(largest).toBe("0");
  });

  it("are those that the study of this page names", async () => {
    await page.locator(".lead", { hasText: "cpu float32 by 1.6e−6" }).waitFor();
    expect(await page.textContent(".lead")).toContain("cpu bfloat16 by 0.044");
    const gpu = await page.textContent(".way-list > div:last-child");
    expect(gpu).toContain("finds no adapter");
  });

  it("along the stream are over its own size, and belong to the chosen way", async () => {
    const [own, other] = [await ran("cpu", "float64"), await ran("cpu", "bfloat16")];
    const rms = Math.sqrt(own.stream.reduce((sum, x) => sum + x * x, 0) / own.stream.length);
    const below = page.locator(".depths-below small").nth(2).locator("b");
    near((await below.textContent()) ?? "", furthest(own.stream, other.stream) / rms);
    expect(await page.locator(".sides h4").allTextContents()).toEqual([
      "cpu float64",
      "cpu bfloat16",
    ]);
    const shown = await page
      .locator(".sides > div:last-child .chance-bars b")
      .first()
      .textContent();
    const best = Math.max(...chances(other.logits));
    expect(Math.abs(chance(shown ?? "") - best)).toBeLessThan(0.00051);
  });

  it("follow the token, and another text is measured anew", async () => {
    await page.locator(".chips [role=option]").nth(5).click();
    await page.locator(".lead", { hasText: "after “,” (5)" }).waitFor();
    const logits = async (precision: PrecisionName) => {
      const gemma = await Gemma.load(tinyModelPath(), { backend: "cpu", precision });
      const cache = await gemma.runWithCache(TEXT, { names: "logits", positions: 5 });
      await gemma.dispose();
      return Array.from(cache.get("logits").data);
    };
    const far = furthest(await logits("bfloat16"), await logits("float64"));
    near((await row("cpu bfloat16").locator(".field > span").first().textContent()) ?? "", far);
    await page.locator(".prompt input").fill("The owl");
    await page.locator(".lead", { hasText: "after “␣owl” (2)" }).waitFor();
    await page.locator(".lead b", { hasText: "wasm" }).waitFor();
    await measured();
  });
});

describe("a way", () => {
  it("is chosen by keys, and is a link", async () => {
    await site.visit("#panel=precision");
    await measured();
    await row("cpu bfloat16").focus();
    await page.keyboard.press("ArrowUp");
    await page.waitForURL(/#panel=precision&be=cpu&prec=float32$/);
    await page.locator(".sides h4", { hasText: "cpu float32" }).waitFor();
    await page.keyboard.press("End");
    await page.waitForURL(/be=webgpu&prec=float32$/);
    await page.keyboard.press("ArrowUp");
    expect(await row("wasm float32").getAttribute("aria-selected")).toBe("true");
  });

  it("that the library has not is said, and left out of the link", async () => {
    await site.visit("#panel=precision&be=wasm&prec=bfloat16");
    await page
      .locator(".notes", { hasText: "prec=bfloat16 cannot be: wasm computes in" })
      .waitFor();
    await page.waitForURL(/#panel=precision&be=wasm$/);
    await site.visit("#panel=precision&be=tpu");
    await page.locator(".notes", { hasText: "be=tpu cannot be: there are cpu, wasm" }).waitFor();
    expect(await row("cpu bfloat16").getAttribute("aria-selected")).toBe("true");
  });
});

describe("the speed", () => {
  it("is measured by hand, can be stopped, and is of all ways in the end", async () => {
    await site.visit("#panel=precision");
    await measured();
    await page.getByRole("button", { name: "Measure speed" }).click();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByRole("button", { name: "Measure speed" }).click();
    await measured();
    for (const name of ["cpu float64", "cpu float32", "cpu bfloat16", "wasm float32"]) {
      const speed = await row(name).locator(".field > span").nth(4).textContent();
      expect(number(speed ?? "")).toBeGreaterThan(10);
    }
    // The page computes on meanwhile, and afterwards.
    await page
      .locator(".chips [role=option]")
      .nth(LAST - 1)
      .click();
    await page.locator(".chosen-token", { hasText: `position ${LAST - 1}` }).waitFor();
  });
});

it("all of this complained of nothing", () => {
  expect(site.complaints).toEqual([]);
});
