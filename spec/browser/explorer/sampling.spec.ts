/**
 * The explorer's sampling: each step of the choice, the ruler and the draws are those of the library.
 */
import type { Page } from "playwright";
import { beforeAll, describe, expect, it } from "vitest";
import { pieceText } from "../../../docs/explorer/src/format.ts";
import type { Gemma } from "../../../src/gemma.ts";
import {
  type InspectSamplingOptions,
  inspectSampling,
} from "../../../src/generation/inspect/inspect-sampling.ts";
import { LAST, number, openSite, TEXT } from "./site.ts";

const site = openSite();
const { visit, texts, chosen, complaints } = site;
let page: Page;
let gemma: Gemma;
let logits: Float64Array;
beforeAll(async () => {
  ({ page, gemma } = site);
  const cache = await gemma.runWithCache(TEXT, { names: "logits" });
  logits = Float64Array.from({ length: 1024 }, (_, v) => cache.get("logits").get(LAST, v));
});

const hash = () => new URL(page.url()).hash;
const inspected = (options: InspectSamplingOptions) =>
  inspectSampling(logits, { top: 9, seed: 7, ...options });
const name = (id: number) => pieceText(gemma.tokenizer!.piece(id));
/** Waits until the panel shows numbers at this temperature: the whole row of the first token. */
const at = (temperature: number) =>
  page.locator(".choice tbody tr td:nth-of-type(2)", {
    hasText: (logits[469] / temperature).toFixed(3),
  });

describe("the table", () => {
  it.each([
    ["", { temperature: 1.2, topP: 0.9 }],
    ["&t=0.7&topp=1&topk=2", { temperature: 0.7, topK: 2 }],
    ["&t=1&topp=1", { temperature: 1 }],
    ["&t=2&topp=0.5&topk=300&seed=41", { temperature: 2, topP: 0.5, topK: 300, seed: 41 }],
  ])("has each number as the library has it: %s", async (link, options) => {
    await visit(`#panel=sampling${link}`);
    await at(options.temperature).waitFor();
    const { candidates, drawn, random } = inspected(options);
    const rows = page.locator(".choice tbody tr");
    await expect.poll(() => rows.count()).toBe(candidates.length);
    for (const [i, candidate] of candidates.entries()) {
      const row = rows.nth(i);
      expect(await row.locator("th").textContent()).toBe(name(candidate.id));
      const [logit, scaled, chance, , before, , , renewed] = await row
        .locator("td")
        .allTextContents();
      const near = (text: string, value: number | undefined, digits: number) =>
        // Printed to so many decimals, and the smallest to two digits.
        expect(Math.abs(number(text) - (value ?? Number.NaN))).toBeLessThan(0.51 * 10 ** -digits);
      near(logit, candidate.logit, 3);
      near(scaled, candidate.scaled, 3);
      near(chance, candidate.tempered, 5);
      near(before, candidate.before, 5);
      if (candidate.survives) near(renewed, candidate.afterTopK, 5);
      else expect(renewed).toBe("");
    }
    const said = (await page.textContent(".u")) ?? "";
    expect(said).toContain(random?.toFixed(5));
    expect(said).toContain(name(drawn?.id ?? -1));
  });

  it("says what drops a token", async () => {
    await visit("#panel=sampling&topk=2");
    const fates = (row: number) =>
      page.locator(`.choice tbody tr:nth-child(${row}) td`).allTextContents();
    await expect.poll(async () => (await fates(3)).slice(5, 7)).toEqual(["kept", "3 > 2"]);
    expect((await fates(1)).slice(5, 7)).toEqual(["kept", "kept"]);
    expect((await fates(4)).slice(5, 7)).toEqual(["0.98 > 0.9", ""]);
  });

  it("divides by no temperature of 0: that is greedy", async () => {
    await visit("#panel=sampling&t=0");
    await page.getByText("Greedy: nothing is drawn").waitFor();
    const [first, second] = [0, 1].map((i) => page.locator(".choice tbody tr").nth(i));
    expect(await first.locator("td").nth(1).textContent()).toBe("none");
    expect(await first.locator("td").nth(7).textContent()).toBe("1.00000");
    expect(await second.locator("td").nth(7).textContent()).toBe("");
    expect(await page.getByRole("slider", { name: "Top-p" }).isDisabled()).toBe(true);
    expect(await page.locator(".u").count()).toBe(0);
  });

  it("is gone through by keys, and each of its rows equals the library", async () => {
    await visit("#panel=sampling");
    await at(1.2).waitFor();
    await page.locator(".choice tr[tabindex='0']").focus();
    for (const rank of [1, 2, 3]) {
      await page.keyboard.press("ArrowDown");
      const { id, afterTopK } = inspected({ temperature: 1.2, topP: 0.9 }).candidates[rank];
      await chosen(`“${name(id)}”, drawn after “.” (12)`);
      expect(hash()).toContain(`cell=t${id}`);
      expect(await page.textContent(".check")).toContain("✓ equals the library");
      const shown = await page.textContent(".details .number");
      if (afterTopK === 0) expect(shown).toBe("never");
      else expect(Math.abs(Number.parseFloat(shown ?? "") - 100 * afterTopK)).toBeLessThan(0.051);
    }
  });
});

describe("a number of it", () => {
  it.each(["t=0", "t=1&topp=1", "t=0.05&topp=1&topk=1023", "t=1.7&topp=0.99&topk=40"])(
    "equals the library's, kept or not, with %s",
    async (settings) => {
      for (const id of [469, 5, 1023, 269]) {
        await visit(`#panel=sampling&cell=t${id}&${settings}`);
        await chosen(`“${name(id)}”, drawn`);
        const [, temperature] = /t=([\d.]+)/.exec(settings) ?? [];
        const step = temperature === "0" ? "the highest logit" : `÷ temperature ${temperature}`;
        await page.locator(".details dt", { hasText: step }).waitFor();
        expect(await page.textContent(".check")).toContain("✓ equals the library");
      }
    },
  );
});

describe("the draw", () => {
  it("is that with which a generation of this seed begins, and the next seed is the next draw", async () => {
    for (const seed of [7, 8, 9]) {
      if (seed === 7) await visit("#panel=sampling");
      else await page.getByRole("button", { name: "Draw again" }).click();
      const options = { temperature: 1.2, topP: 0.9, seed };
      const { random } = inspected(options);
      await page.locator(".u", { hasText: `u = ${random?.toFixed(5)}` }).waitFor();
      let first = -1;
      for await (const { token } of gemma.generate(TEXT, { ...options, maxTokens: 1 }))
        first = token;
      expect(await page.textContent(".u .piece")).toBe(name(first));
      expect(await page.textContent(".shares .drawn")).toContain(name(first));
    }
    expect(hash()).toContain("seed=9");
  });

  it("is made a thousand times, with the seeds that follow", async () => {
    await visit("#panel=sampling&t=2&topp=0.99&seed=100");
    await at(2).waitFor();
    const options = { temperature: 2, topP: 0.99 };
    const often = new Map<number, number>();
    for (let seed = 100; seed < 1100; seed++) {
      const id = inspected({ ...options, seed, top: 1 }).drawn?.id ?? -1;
      often.set(id, (often.get(id) ?? 0) + 1);
    }
    const { candidates } = inspected({ ...options, seed: 100 });
    const counts = await texts(".choice tbody td:last-child");
    const expected = candidates.map(({ id, survives }) =>
      survives ? String(often.get(id) ?? 0) : "",
    );
    await expect.poll(() => texts(".choice tbody td:last-child")).toEqual(expected);
    expect(counts).toHaveLength(candidates.length);
  });

  it("has a ruler that is gone through by keys", async () => {
    await visit("#panel=sampling");
    await at(1.2).waitFor();
    await page.locator(".shares [tabindex='0']").focus();
    await page.keyboard.press("ArrowRight");
    const [, second] = inspected({ temperature: 1.2, topP: 0.9 }).candidates;
    await chosen(`“${name(second.id)}”, drawn`);
    const [from, to] = second.interval;
    const option = await page.textContent(".shares [aria-selected=true]");
    expect(option).toContain(name(second.id));
    expect(option).toContain(`from ${from.toFixed(5)} to ${to.toFixed(5)}`);
  });
});

describe("a setting", () => {
  it("is moved by keys, typed, or taken from a name, and stands in the link", async () => {
    await visit("#panel=sampling");
    await at(1.2).waitFor();
    await page.getByRole("slider", { name: "Temperature" }).focus();
    await page.keyboard.press("ArrowRight");
    await page.waitForURL(/t=1.25$/);
    await at(1.25).waitFor();
    await page.getByRole("spinbutton", { name: "Top-k" }).fill("2");
    await page.keyboard.press("Enter");
    await page.waitForURL(/t=1.25&topk=2$/);
    await page.getByText("cuts 1 more, keeps 2").waitFor();
    await page.getByRole("spinbutton", { name: "Temperature" }).fill("7");
    await page.keyboard.press("Enter");
    expect(await page.getByRole("spinbutton", { name: "Temperature" }).inputValue()).toBe("1.25");
    await page.getByRole("button", { name: "The model’s own" }).click();
    await page.waitForURL(/t=1&topp=1$/);
    await page.getByRole("button", { name: "Flatter, cut" }).click();
    await page.waitForURL(/panel=sampling$/);
  });

  it("that cannot be is refused, and said", async () => {
    await visit("#panel=sampling&t=50&topp=0&topk=5000");
    for (const said of ["t=50 cannot be", "topp=0 cannot be", "topk=5000 cannot be"]) {
      await page.locator(".notes", { hasText: said }).waitFor();
    }
    await at(1.2).waitFor();
    expect(hash()).toBe("#panel=sampling");
  });

  it("complained of nothing", () => {
    expect(complaints).toEqual([]);
  });
});
