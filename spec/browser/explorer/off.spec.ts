/**
 * "Heads off": the squares, what is said without, and how the stream moves.
 */
import type { Page } from "playwright";
import { beforeAll, describe, expect, it } from "vitest";
import type { Gemma } from "../../../src/gemma.ts";
import { ablateHead, ablateNeuron } from "../../../src/interp/interventions/ablation.ts";
import type { HookList } from "../../../src/interp/run/hooks.ts";
import { softmax } from "../../../src/nn/softmax.ts";
import { float64 as precision } from "../../../src/tensor/precision.ts";
import { chance, LAST, openSite, TEXT } from "./site.ts";

const site = openSite();
const { visit, texts, chosen } = site;
let page: Page;
let gemma: Gemma;
beforeAll(() => {
  ({ page, gemma } = site);
});

const PARTS = Array.from({ length: 20 }, (_, i) => [Math.floor(i / 5), i % 5] as const);
const STREAMS = ["hook_embed", "hook_resid_mid", "hook_resid_post"];

/** A head, or where there is none of that number the MLP. */
function without(layer: number, head: number): HookList {
  if (head < 4) return ablateHead(layer, head);
  return [[`blocks.${layer}.hook_mlp_out`, (x) => void x.data.fill(0)]];
}

/** Chances after the last token of the text, [V]. */
async function chances(hooks: HookList): Promise<Float64Array> {
  const logits = await gemma.runWithHooks(TEXT, hooks, { positions: LAST });
  return Float64Array.from(softmax(logits, { precision }).data);
}

/** Two digits are printed, of what is below 0.1 % that it is. */
const isPrinted = (text: string, value: number) =>
  text.startsWith("<") ? value < 0.001 : Math.abs(chance(text) - value) < 0.00501;

const idOf = (text: string) => gemma.tokenizer?.encode(text)[0] as number;
const state = () => new URL(page.url()).hash;
const title = (text: string) => page.getByRole("heading", { name: text, exact: true }).waitFor();
const square = (part: number) => page.locator(`.squares [data-part="${part}"]`);
const isFilled = async () => {
  await page.locator(".squares b").first().waitFor();
  await page.locator(".squares b", { hasText: "…" }).first().waitFor({ state: "detached" });
};

describe("the squares", () => {
  it("hold what is left of the answer without each head, and each MLP", async () => {
    await visit("#panel=off");
    await title("What if head 2.1 were missing?");
    await isFilled();
    const printed = await texts(".squares b");
    expect(printed).toHaveLength(20);
    for (const [i, [layer, head]] of PARTS.entries()) {
      const all = await chances(without(layer, head));
      expect(isPrinted(printed[i], all[idOf(" Mira")]), `${layer}.${head}: ${printed[i]}`).toBe(
        true,
      );
      const best = gemma.tokenizer?.piece(all.indexOf(Math.max(...all))).replace("▁", "␣") ?? "";
      const said = (
        await square(i + 1)
          .locator(".piece")
          .allTextContents()
      ).join();
      expect(said).toBe(best === "␣Mira" ? "" : best);
    }
    expect([printed[11], printed[7]]).toEqual(["4.0\u202f%", "80\u202f%"]);
  });

  it("are moved in by arrows, switched by Space, several at once; the link has them", async () => {
    await visit("#panel=off");
    await isFilled();
    await square(12).focus();
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowRight");
    await chosen("Head 1.2, in the logit");
    expect(await page.evaluate("document.activeElement?.dataset.part")).toBe("8");
    await page.keyboard.press("Space");
    await title("What if head 2.1 and head 1.2 were all missing?");
    expect(state()).toContain("off=2.1,1.2");
    expect(await square(8).getAttribute("aria-pressed")).toBe("true");
    const all = await chances([...without(2, 1), ...without(1, 2)]);
    const best = all.indexOf(Math.max(...all));
    const after = page.locator(".after li").first();
    expect(await after.locator(".piece").textContent()).toBe(
      gemma.tokenizer?.piece(best).replace("▁", "␣"),
    );
    expect(isPrinted((await after.locator("b").textContent()) ?? "", all[best])).toBe(true);
    await page.keyboard.press("Space");
    await title("What if head 2.1 were missing?");
    await page.getByRole("button", { name: "all on" }).click();
    await title("What if a head were missing?");
    expect(state()).toContain("off=none");
  });
});

describe("without head 2.1", () => {
  it("the answer falls to 4.0 %, the fourth", async () => {
    await visit("#panel=off&off=2.1");
    await title("What if head 2.1 were missing?");
    const all = await chances(ablateHead(2, 1));
    const left = all[idOf(" Mira")];
    const rank = 1 + all.filter((other) => other > left).length;
    const said = (await page.textContent(".before-after")) ?? "";
    expect(said).toContain(`␣Mira 58\u202f% → ${(100 * left).toFixed(1)}\u202f%`);
    expect(said).toContain(`Now number ${rank} of 1\u202f024 tokens. ␣The is the first.`);
    expect(rank).toBe(4);
  });

  it("the stream is the same to the last bit before layer 2, and moves from there on", async () => {
    await visit("#panel=off&off=2.1");
    await title("What if head 2.1 were missing?");
    const options = { names: STREAMS, positions: LAST };
    const whole = await gemma.runWithCache(TEXT, options);
    const less = await gemma.runWithCache(TEXT, { ...options, hooks: ablateHead(2, 1) });
    const said = await texts(".moved .by");
    expect(said).toHaveLength(9);
    for (const [depth, text] of said.entries()) {
      const block = `blocks.${(depth - 1) >> 1}.hook_resid_`;
      const tap = depth === 0 ? "hook_embed" : `${block}${depth % 2 === 1 ? "mid" : "post"}`;
      const [x, y] = [whole.get(tap).data, less.get(tap).data];
      if (depth < 5) {
        expect(y).toEqual(x);
        expect(text).toBe("the same");
        continue;
      }
      const length = (values: ArrayLike<number>) => Math.hypot(...Array.from(values));
      const moved = length(Array.from(x, (value, d) => y[d] - value)) / length(x);
      expect(isPrinted(text.replace("moved ", ""), moved), `${depth}: ${text}`).toBe(true);
    }
  });
});

describe("a unit", () => {
  it("is switched off by its number", async () => {
    await visit("#panel=off&off=none");
    await title("What if a head were missing?");
    await page.getByLabel("of layer").selectOption("2");
    await page.getByLabel("Unit").fill("7");
    await page.getByRole("button", { name: "Switch off", exact: true }).click();
    await title("What if unit 7 of layer 2 were missing?");
    expect(state()).toContain("off=2u7");
    const all = await chances(ablateNeuron(2, 7));
    const now = (await page.textContent(".figure b")) ?? "";
    expect(isPrinted(now, all[idOf(" Mira")])).toBe(true);
    await page.getByRole("button", { name: "Switch unit 7 of layer 2 on" }).click();
    await title("What if a head were missing?");
  });

  it("is switched off from the inspector, and on again", async () => {
    await visit("#l=2&cell=u7");
    await chosen("Layer 2, MLP, at “.” (12), unit 7");
    await page.getByRole("button", { name: "Switch unit 7 of layer 2 off and see" }).click();
    await title("What if unit 7 of layer 2 were missing?");
    await page.getByRole("button", { name: "Switch unit 7 of layer 2 on again" }).click();
    await title("What if a head were missing?");
  });
});

describe("the link", () => {
  it("may name MLPs; what the model has not is refused", async () => {
    await visit("#panel=off&off=2m");
    await title("What if the MLP of layer 2 were missing?");
    const all = await chances(without(2, 4));
    const now = (await page.textContent(".figure b")) ?? "";
    expect(isPrinted(now, all[idOf(" Mira")])).toBe(true);
    await visit("#panel=off&off=2.9");
    await page.locator(".notes", { hasText: "off=2.9 cannot be: there are 4 heads" }).waitFor();
    await title("What if head 2.1 were missing?");
  });

  it("led to nothing that the console complains of", () => {
    expect(site.complaints).toEqual([]);
  });
});
