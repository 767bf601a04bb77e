/**
 * "Why this word?": the bars, the two words, the experiment.
 */
import type { Page } from "playwright";
import { beforeAll, describe, expect, it } from "vitest";
import type { Gemma } from "../../../src/gemma.ts";
import { ablateHead } from "../../../src/interp/interventions/ablation.ts";
import { LAST, number, openSite, TEXT } from "./site.ts";

const site = openSite();
const { visit, texts, chosen } = site;
let page: Page;
let gemma: Gemma;
beforeAll(() => {
  ({ page, gemma } = site);
});

/** Three decimals are printed. */
const PRINTED = 0.000501;

const BARS = ".parts [role=option]";
const numbersOf = async (selector: string) => (await texts(selector)).map(number);
const bars = () => page.locator(BARS).first().waitFor();
const title = (text: string) => page.getByRole("heading", { name: text, exact: true }).waitFor();
const idOf = (text: string) => gemma.tokenizer?.encode(text)[0] as number;
const state = () => new URL(page.url()).hash;
const card = () => page.getByRole("region", { name: "Explanation and experiment" });

describe("the sum", () => {
  it("has the library's parts, and its difference of logits", async () => {
    await visit("#panel=attribution");
    await title("Why ␣Mira and not ␣The?");
    const expected = await gemma.attributeLogit(TEXT, { token: " Mira", against: " The" });
    const printed = await numbersOf(`${BARS} b`);
    expect(printed).toHaveLength(21);
    for (const [i, { contribution }] of expected.parts.entries()) {
      expect(Math.abs(printed[i] - contribution)).toBeLessThan(PRINTED);
    }
    const [whole] = await numbersOf(".whole b");
    expect(Math.abs(whole - expected.logit)).toBeLessThan(PRINTED);
    const sum = expected.parts.reduce((total, { contribution }) => total + contribution, 0);
    expect(Math.abs(sum - expected.logit)).toBeLessThan(1e-10);
    expect(await page.textContent(".exact")).toContain("✓ The bars sum to the model’s own");
  });

  it("draws each bar from where the last one ended", async () => {
    await visit("#panel=attribution");
    await bars();
    const boxes = await page.locator(`${BARS} .lane > i`).evaluateAll((all) =>
      all.map((bar) => {
        const { left, right } = (
          bar as unknown as { getBoundingClientRect(): DOMRect }
        ).getBoundingClientRect();
        return [left, right];
      }),
    );
    const values = await numbersOf(`${BARS} b`);
    for (let i = 1; i < boxes.length; i++) {
      const end = boxes[i - 1][values[i - 1] < 0 ? 0 : 1];
      const begin = boxes[i][values[i] < 0 ? 1 : 0];
      // A bar is 2 px wide at least.
      expect(Math.abs(begin - end)).toBeLessThan(2.01);
    }
  });

  it("is sorted by size, by a link and by a switch", async () => {
    await visit("#panel=attribution&view=sorted");
    await bars();
    const sizes = (await numbersOf(`${BARS} b`)).map(Math.abs);
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    expect(await page.locator(BARS).first().textContent()).toContain("head 2.1");
    await page.getByRole("option", { name: "as computed" }).click();
    await expect.poll(() => page.locator(BARS).first().textContent()).toContain("embedding");
    expect(state()).toBe("#panel=attribution");
  });

  it("says of one word alone why it explains nothing", async () => {
    await visit("#panel=attribution&against=none");
    await title("Why ␣Mira?");
    const mine = await gemma.attributeLogit(TEXT, { token: " Mira" });
    const other = await gemma.attributeLogit(TEXT, { token: " The" });
    const [gives, whole, others] = [
      mine.parts[20].contribution,
      mine.logit,
      other.parts[20].contribution,
    ].map((value) => value.toFixed(3));
    const said = (await page.getByRole("region", { name: "How to read this" }).textContent()) ?? "";
    expect(said).toContain(`the MLP of layer 3 gives ␣Mira ${gives} of its ${whole}`);
    expect(said).toContain(`␣The gets ${others} of its`);
    const printed = await numbersOf(`${BARS} b`);
    expect(Math.abs(printed[20] - mine.parts[20].contribution)).toBeLessThan(PRINTED);
    await page.getByRole("button", { name: "Compare two words" }).click();
    await title("Why ␣Mira and not ␣The?");
  });
});

describe("the two words", () => {
  it("are chosen from the most probable, and change places", async () => {
    await visit("#panel=attribution");
    await title("Why ␣Mira and not ␣The?");
    await page.getByLabel("against").selectOption({ label: "␣Every 18\u202f%" });
    await title("Why ␣Mira and not ␣Every?");
    await page.getByLabel("explain").selectOption(String(idOf(" Every")));
    await title("Why ␣Every and not ␣Mira?");
    expect(state()).toContain(`token=${idOf(" Every")}&against=${idOf(" Mira")}`);
  });

  it("are typed, with their space or without; what is no token says what it falls into", async () => {
    await visit("#panel=attribution");
    await bars();
    await page.getByLabel("explain").selectOption({ label: "type another …" });
    const field = page.getByRole("textbox", { name: "explain" });
    await field.fill("foxes");
    await field.press("Enter");
    const pieces = gemma.tokenizer?.encodePieces("foxes").pieces ?? [];
    expect(pieces.length).toBeGreaterThan(1);
    await page.getByText(`${pieces.length} tokens: ${pieces.join(" + ")}`).waitFor();
    await field.fill("Otto");
    await field.press("Enter");
    await title("Why ␣Otto and not ␣Mira?");
    expect(state()).toContain(`token=${idOf(" Otto")}`);
    const { logit } = await gemma.attributeLogit(TEXT, { token: " Otto", against: " Mira" });
    const [whole] = await numbersOf(".whole b");
    expect(Math.abs(whole - logit)).toBeLessThan(PRINTED);
  });

  it("that a link names and the model has not are refused", async () => {
    await visit("#panel=attribution&token=5000&against=4999&view=upside-down");
    await page.locator(".notes", { hasText: "token=5000 cannot be" }).waitFor();
    await page.locator(".notes", { hasText: "against=4999 cannot be" }).waitFor();
    await page.locator(".notes", { hasText: "view=upside-down cannot be" }).waitFor();
    await title("Why ␣Mira and not ␣The?");
    await visit(`#panel=attribution&token=${idOf(" The")}&against=${idOf(" The")}`);
    await page.locator(".notes", { hasText: "does not differ from itself" }).waitFor();
    await title("Why ␣The and not ␣Mira?");
  });
});

describe("a part", () => {
  it("is computed again from its operands, to the last bit, whichever it is", async () => {
    const { parts } = await gemma.attributeLogit(TEXT, { token: " Mira", against: " The" });
    for (const index of parts.keys()) {
      await visit(`#panel=attribution&cell=p${index}`);
      const { layer, head } = parts[index];
      const name = head === undefined ? `The MLP of layer ${layer}` : `Head ${layer}.${head}`;
      await chosen(`${layer === undefined ? "The embedding" : name}, in the logit`);
      await page.locator(".check.holds", { hasText: "equals the library" }).waitFor();
      const printed = number((await page.textContent(".details .number")) ?? "");
      expect(printed).toBeCloseTo(parts[index].contribution, 4);
    }
    // At a token in the middle, of one word alone.
    await visit("#pos=6&panel=attribution&against=none&l=1&h=3&cell=p9");
    await chosen("Head 1.3, in the logit at “␣there” (6)");
    await page.locator(".check.holds", { hasText: "equals the library" }).waitFor();
  });

  it("is chosen by keys, pinned, looked at under a pointer", async () => {
    await visit("#panel=attribution");
    await bars();
    await page.locator(BARS).nth(12).focus();
    await page.keyboard.press("ArrowDown");
    await chosen("Head 2.2, in the logit");
    expect(state()).toContain("cell=p13");
    await page.keyboard.press("End");
    await chosen("The MLP of layer 3");
    await page.keyboard.press("Enter");
    await page.getByText("pinned: let go").waitFor();
    await page.keyboard.press("Escape");
    await page.locator(BARS).nth(3).hover();
    await chosen("Head 0.2, in the logit");
    expect(state()).toContain("cell=p20");
  });

  it("leads to its attention, or to its units", async () => {
    await visit("#panel=attribution&l=1&h=3&cell=p9");
    await page.getByRole("button", { name: "Its attention" }).click();
    await chosen("Layer 1, head 3, query “.” (12)");
    expect(state()).toContain("panel=attention&l=1&h=3");
    await visit("#panel=attribution&l=1&cell=p10");
    await page.getByRole("button", { name: "Its units" }).click();
    await page.locator(".panel.geglu").waitFor();
    expect(state()).toContain("panel=geglu&l=1");
  });
});

describe("the experiment", () => {
  it("stands beside the explanation, and both are the library's", async () => {
    await visit("#panel=attribution");
    await page.getByRole("button", { name: "Switch it off and see" }).click();
    await card().getByText("Without head 2.1").waitFor();
    expect(state()).toBe("#panel=attribution&off=2.1");
    const { logit, parts } = await gemma.attributeLogit(TEXT, {
      ...{ token: " Mira", against: " The" },
    });
    const row = await gemma.runWithHooks(TEXT, ablateHead(2, 1), { positions: LAST });
    const measured = row.get(0, idOf(" Mira")) - row.get(0, idOf(" The"));
    const printed = await numbersOf(".compared > ul b");
    for (const [i, value] of [logit, logit - parts[12].contribution, measured].entries()) {
      expect(Math.abs(printed[i] - value)).toBeLessThan(PRINTED);
    }
    expect(await card().textContent()).toContain("Both say ␣The.");
    await page.getByRole("button", { name: "All heads and MLPs" }).click();
    await title("What if head 2.1 were missing?");
  });

  it("is undone, and says so of units, which have no bars", async () => {
    await visit("#panel=attribution&off=2.1");
    await page.getByRole("button", { name: "Switch it on again" }).click();
    await card().getByText("A bar is what a part puts").waitFor();
    await visit("#panel=attribution&off=2u7");
    await card().getByText("A unit is inside the bar of its MLP").waitFor();
    expect(await page.locator(".compared > ul li").count()).toBe(2);
  });
});
