/**
 * The explorer's tokenizer: its picture is what the library's merges make, and ends with encode.
 */
import type { Page } from "playwright";
import { beforeAll, describe, expect, it } from "vitest";
import { pieceText } from "../../../docs/explorer/src/format.ts";
import type { Gemma } from "../../../src/gemma.ts";
import { type MergeSteps, mergeSteps } from "../../../src/tokenizer/merge-steps.ts";
import { number, openSite, TEXT } from "./site.ts";

const site = openSite();
const { visit, texts, chosen, complaints, ready } = site;
let page: Page;
let gemma: Gemma;
beforeAll(() => {
  ({ page, gemma } = site);
});

const EMOJI = "Mira saw a 🦊 in the café.";
const stepsOf = (text: string): MergeSteps => mergeSteps(gemma.tokenizer!.vocabulary, text);
const hash = () => new URL(page.url()).hash;
const fragment = (text: string, more = "") =>
  `#p=${encodeURIComponent(text)}&panel=tokenizer${more}`;

/** The last token of a text has to be in the title of a card: then the picture is that of this text. */
async function shows(text: string): Promise<void> {
  const { ids } = gemma.tokenizer!.encodePieces(text);
  const count = `${ids.length} tokens`;
  await page.locator(".said-step", { hasText: count }).waitFor();
}

describe("the picture", () => {
  it.each([TEXT, EMOJI])("ends with what encode gives: %s", async (text) => {
    await visit(fragment(text));
    await shows(text);
    const { ids, pieces } = gemma.tokenizer!.encodePieces(text);
    expect(await texts(".forest .id")).toEqual(ids.map(String));
    expect((await texts(".forest .leaf")).join("").replaceAll("␣", " ")).toBe(text);
    const bytes = pieces.filter((piece) => /^<0x..>$/.test(piece));
    expect(await texts(".forest .byte text")).toEqual(bytes.map(pieceText));
    expect(await texts(".chips small")).toEqual(["2", ...ids.map(String)]);
  });

  it("stands at each step as the library's merges do", async () => {
    const { steps, partsAfter } = stepsOf(TEXT);
    for (const step of [0, 1, 7, 20, steps.length - 1]) {
      await visit(`#panel=tokenizer&step=${step}`);
      const made = steps.slice(0, step);
      const last = made[step - 1];
      const parts = page.locator(".forest .part");
      await expect.poll(() => parts.count()).toBe(partsAfter(step).length);
      const said = last ? `Merge ${step} of ${steps.length}: ` : "Each character";
      await page.locator(".said-step", { hasText: said }).waitFor();
      if (last) {
        const sentence = `${pieceText(last.left)} + ${pieceText(last.right)} → ${pieceText(last.piece)}`;
        expect(await page.textContent(".said-step")).toContain(sentence);
        expect(await texts(".joint.now text")).toEqual([String(last.rank)]);
      }
      const ranks = (await texts(".joint text")).map(Number).sort((a, b) => a - b);
      expect(ranks).toEqual(made.map(({ rank }) => rank).sort((a, b) => a - b));
    }
  });

  it("lets a character that is no piece fall into bytes as its last step", async () => {
    const { steps } = stepsOf(EMOJI);
    await visit(fragment(EMOJI, `&step=${steps.length}`));
    await page
      .locator(".said-step", { hasText: `Merge ${steps.length} of ${steps.length}` })
      .waitFor();
    expect(await page.locator(".forest .byte").count()).toBe(0);
    await page.getByRole("button", { name: "Step", exact: true }).click();
    await shows(EMOJI);
    expect(await page.locator(".forest .byte").count()).toBe(6);
    expect(hash()).not.toContain("step");
  });

  it("of a long text is a window of it, which follows the token", async () => {
    const text = "Once upon a time, there was a fox named Mira. ".repeat(36);
    await visit(fragment(text, "&pos=30"));
    await shows(text);
    expect(await page.locator(".forest [role=option]").count()).toBe(24);
    const { ids } = gemma.tokenizer!.encodePieces(text);
    expect(ids.length).toBeGreaterThan(460);
    expect(await texts(".forest .id")).toEqual(ids.slice(24, 48).map(String));
    await page.getByRole("button", { name: "Later" }).click();
    await page.locator(".window-note", { hasText: "Tokens 49 to 72" }).waitFor();
    expect(await texts(".forest .id")).toEqual(ids.slice(48, 72).map(String));
  });

  it("names what is not plain to see, and what is a token of its own", async () => {
    await visit(fragment("<end_of_turn> a<bos> e\u0301\u200d\u00a0"));
    const remarks = page.locator(".remarks");
    await remarks.locator("li", { hasText: "no-break space U+00A0" }).waitFor();
    const said = await remarks.textContent();
    expect(said).toContain("<end_of_turn> in a text is that token itself, number 11");
    expect(said).toContain("<bos> in a text is mere text");
    expect(said).toContain("combining acute U+0301, zero width joiner U+200D");
    expect((await texts(".forest .leaf"))[0]).toBe("<end_of_turn>");
  });
});

describe("its steps", () => {
  it("are made by buttons, by the slider's keys, and stand in the link", async () => {
    const { steps } = stepsOf(TEXT);
    const slider = page.getByRole("slider", { name: "Merges that are done" });
    await visit("#panel=tokenizer");
    await page.getByRole("button", { name: "Back", exact: true }).click();
    await page.waitForURL(/step=32$/);
    await slider.focus();
    await page.keyboard.press("Home");
    await page.waitForURL(/step=0$/);
    await page.keyboard.press("ArrowRight");
    await page.waitForURL(/step=1$/);
    expect(await slider.getAttribute("aria-valuetext")).toContain("Merge 1 of 33");
    await page.keyboard.press("End");
    await page.waitForURL(/panel=tokenizer$/);
    expect(steps).toHaveLength(33);
  });

  it("play by themselves until they are stopped, and not where motion is reduced", async () => {
    await visit("#panel=tokenizer&step=3");
    await page.getByRole("button", { name: "Play" }).click();
    await page.waitForURL(/step=4$/);
    await page.waitForURL(/step=5$/);
    await page.getByRole("button", { name: "Stop" }).click();
    await page.waitForTimeout(700); // longer than a step
    expect(hash()).toMatch(/step=5$/);
    const still = await ready("#panel=tokenizer&step=3", { reducedMotion: "reduce" });
    await still.getByRole("button", { name: "Step", exact: true }).waitFor();
    expect(await still.getByRole("button", { name: "Play" }).count()).toBe(0);
    await still.close();
  });

  it("that are not there are refused", async () => {
    await visit("#panel=tokenizer&step=99");
    await page.locator(".notes", { hasText: "step=99 cannot be: there are 33 steps" }).waitFor();
    await shows(TEXT);
  });
});

describe("a token", () => {
  it("is chosen by keys, with its merges, its row and the rows most like it", async () => {
    await visit("#panel=tokenizer&pos=9");
    await page.locator(".token-cards h3", { hasText: "␣fox" }).waitFor();
    await page.locator(".forest [aria-selected=true]").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await page.locator(".token-cards h3", { hasText: "␣Mira" }).waitFor();
    await chosen("embedding, at “␣Mira” (11)");
    const own = stepsOf(TEXT).steps.map((step, i) => ({ ...step, number: i + 1 }));
    const [begin, end] = [TEXT.indexOf(" Mira"), TEXT.length - 1];
    const rows = own.filter((step) => step.begin >= begin && step.end <= end);
    const printed = await texts(".token-cards tbody tr");
    expect(printed).toHaveLength(rows.length);
    for (const { number: merge, piece, rank } of rows) {
      const line = printed.find((text) => text.startsWith(String(merge)));
      expect(line).toContain(`${pieceText(piece)}${rank}`);
    }

    const table = await gemma.weight("model.embed_tokens.weight");
    const row = (id: number) => Float64Array.from({ length: 128 }, (_, d) => table.get(id, d));
    const product = (a: Float64Array, b: Float64Array) =>
      a.reduce((sum, x, i) => sum + x * b[i], 0);
    const mira = row(469);
    const cosine = (id: number) =>
      product(mira, row(id)) / Math.sqrt(product(mira, mira) * product(row(id), row(id)));
    const near = Array.from({ length: 1024 }, (_, id) => id)
      .filter((id) => id !== 469)
      .sort((a, b) => cosine(b) - cosine(a))
      .slice(0, 6);
    const pieces = near.map((id) => pieceText(gemma.tokenizer!.piece(id)));
    expect(await texts(".near .piece")).toEqual(pieces);
    for (const [i, text] of (await texts(".near b")).entries()) {
      expect(Math.abs(number(text) - cosine(near[i]))).toBeLessThan(0.000501); // three decimals
    }

    await page.getByRole("grid", { name: "Row 469" }).focus();
    await page.keyboard.press("ArrowRight");
    await chosen("at “␣Mira” (11), dimension 1");
    expect(await page.textContent(".check")).toContain("✓ equals the library");
    const shown = number((await page.textContent(".details .number")) ?? "");
    expect(Math.abs(shown - mira[1] * Math.sqrt(128))).toBeLessThan(6e-6); // five decimals
    expect(hash()).toContain("cell=x0,1");
  });

  it("goes with the step at which it came about", async () => {
    await visit("#panel=tokenizer&pos=9");
    await page.locator(".token-cards h3", { hasText: "␣fox" }).waitFor();
    await page.locator(".token-cards td button").first().click();
    await page.waitForURL(/step=11$/);
    await page.locator(".said-step", { hasText: "␣ + f → ␣f" }).waitFor();
  });

  it("complained of nothing", () => {
    expect(complaints).toEqual([]);
  });
});
