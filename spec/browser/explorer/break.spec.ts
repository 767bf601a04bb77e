/**
 * Known bugs on the explorer's page: what it prints of each equals what the library's own backend computes with the same
 * component exchanged; where it is no component that is wrong, what the suite's testee with that bug gives.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright";
import { beforeAll, describe, expect, it } from "vitest";
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import { MUTANTS } from "../../../src/conformance/mutants/mutants.ts";
import { engineTestee } from "../../../src/conformance/run/engine-testee.ts";
import { Gemma } from "../../../src/gemma.ts";
import { softmax } from "../../../src/nn/softmax.ts";
import { openPath } from "../../../src/node/open-path.ts";
import { tinyModelPath } from "../../../src/node/tiny-model.ts";
import { float64 as precision } from "../../../src/tensor/precision.ts";
import { type NdArray, tensor } from "../../../src/tensor/tensor.ts";
import { chance, LAST, number, openSite, TEXT } from "./site.ts";

/** Tokens that are written with a bug and without. */
const WRITTEN = 18;

const site = openSite();
const { visit, texts } = site;
let page: Page;
let gemma: Gemma;
let right: number[];
beforeAll(async () => {
  ({ page, gemma } = site);
  right = lastOf(await gemma.logits(TEXT));
});

const lastOf = (logits: NdArray) => {
  const [L, V] = logits.shape;
  return Array.from({ length: V }, (_, v) => logits.get(L - 1, v));
};
const largest = (wrong: readonly number[], exact = right) =>
  Math.max(...wrong.map((x, v) => Math.abs(x - exact[v])));

/** Waits for the numbers of the bug that is on. */
async function shown(id: string): Promise<void> {
  await page.locator(".bug .source", { hasText: `${id},` }).waitFor();
  await page.waitForSelector(".bug .same");
}
const whole = () => page.locator(".verdict.whole").waitFor();
const printed = async (selector: string) => (await page.textContent(selector)) ?? "";

/** The most probable token and its chance, as the lists say it. */
async function expectNext(side: string, logits: readonly number[]): Promise<void> {
  const row = softmax(tensor(Float64Array.from(logits), [1, logits.length]), { precision });
  const id = logits.indexOf(Math.max(...logits));
  const piece = (gemma.tokenizer?.piece(id) ?? "").replace("▁", "␣");
  expect((await texts(`${side} .piece`))[0]).toBe(piece);
  // Two digits are printed.
  expect(Math.abs(chance((await texts(`${side} b`))[0]) - row.get(0, id))).toBeLessThan(0.00501);
}

describe("a bug of a component", () => {
  it.each(["rope-interleaved", "rope-none", "norm-without-one", "gelu-erf"])(
    "%s changes what the backend with it changes",
    async (id) => {
      const { components } = MUTANTS.find((mutant) => mutant.id === id)?.parts ?? {};
      const broken = await Gemma.load(tinyModelPath(), {
        backend: cpuBackend({ precision: "float64", components }),
      });
      const wrong = lastOf(await broken.logits(TEXT));
      const words = await broken.generate(TEXT, { maxTokens: WRITTEN }).text();
      await broken.dispose();

      await visit(`#panel=break&bug=${id}`);
      await shown(id);
      // Three decimals are printed.
      expect(Math.abs(number(await printed(".cost b")) - largest(wrong))).toBeLessThan(0.000501);
      await expectNext(".with-bug", wrong);
      await expectNext(".sides > :not(.with-bug)", right);
      const said = (await texts(".words-on dd"))[1].replace(/ … word.*| …$/, "");
      expect(said.trim()).toBe(words.trim());
      expect(await page.locator(".same.holds").count()).toBe(1);
    },
  );

  it("says as the design does that RoPE on neighbours loses the story", async () => {
    await visit("#panel=break");
    await shown("rope-interleaved");
    expect(await printed(".with-bug")).toContain("␣Mira52");
    expect(await printed(".words-on mark")).toMatch(/^ time there was a careful bear/);
    expect(await printed(".moved code")).toBe("blocks.0.attn.hook_rot_q");
    expect(await printed(".moved .begin span")).toContain("layer 0 attn");
    expect((await texts(".moved li small"))[0]).toBe("same");
  });
});

/** The logits of the suite's testee with a bug. */
async function testeeSays(path: string, mutant: string, ids: number[]): Promise<number[]> {
  const { config, tensors, name, close } = await openCheckpoint(await openPath(path));
  const testee = engineTestee({ mutant });
  await testee.load({ config, tensors, name });
  const outputs = await testee.forward({ ids, pos: 0 }, ["logits"]);
  await close();
  return lastOf(outputs.get("logits") as NdArray);
}

describe("a bug of structure", () => {
  it("changes what the suite's testee with it changes", async () => {
    const id = "structure-no-final-norm";
    const wrong = await testeeSays(tinyModelPath(), id, gemma.encode(TEXT));
    await visit(`#panel=break&bug=${id}`);
    await shown(id);
    expect(Math.abs(number(await printed(".cost b")) - largest(wrong))).toBeLessThan(0.000501);
    await expectNext(".with-bug", wrong);
  });
});

describe("a bug that cannot show", () => {
  it("is said to, and why", async () => {
    await visit("#panel=break&bug=attention-head-modulo");
    await shown("attention-head-modulo");
    expect(await printed(".cannot")).toContain("all 4 heads share one key and one value");
    expect(await printed(".cannot")).toContain("0 0 1 1, and with this bug 0 1 0 1");
    expect(await page.locator(".cost").count()).toBe(0);
    await visit("#panel=break&bug=rope-position-bfloat16");
    await shown("rope-position-bfloat16");
    expect(await printed(".cannot")).toContain(`this text has ${LAST + 1} tokens`);
  });

  it("shows in the model that the suite has for it", async () => {
    const path = fileURLToPath(new URL("../../../fixtures/gqa", import.meta.url));
    const own = await Gemma.load(path, { backend: "cpu", precision: "float64" });
    const ids = [own.config.bosTokenId, 3, 5, 8, 13, 21, 34, 3, 5]; // what the page begins with
    const exact = lastOf(await own.logits(ids));
    await own.dispose();
    const wrong = await testeeSays(path, "attention-head-modulo", ids);

    const other = await site.ready("#panel=model");
    const files = ["config.json", "model.safetensors"].map((file) => join(path, file));
    await other.locator('input[aria-label="Files of a model"]').setInputFiles(files);
    await other.getByRole("button", { name: "Open it" }).click();
    await other.locator(".status .size", { hasText: "2 layer" }).waitFor();
    await other.evaluate("location.hash += '&panel=break&bug=attention-head-modulo'");
    await other.locator(".bug .source", { hasText: "attention-head-modulo," }).waitFor();
    await other.locator(".cost", { hasText: "“id 5”" }).waitFor();
    const most = number((await other.textContent(".cost b")) ?? "");
    expect(Math.abs(most - largest(wrong, exact))).toBeLessThan(0.000501);
    await other.close();
  });

  it("unless the text is fed as it has to be, or where float32 rounds more", async () => {
    await visit("#panel=break&bug=cache-stale-after-rewind");
    await shown("cache-stale-after-rewind");
    expect(number(await printed(".cost b"))).toBeGreaterThan(0.01);
    expect(await printed(".about")).toContain("taken back here");
    await visit("#panel=break&bug=rope-position-off-by-one");
    await shown("rope-position-off-by-one");
    expect(await printed(".cost")).toContain("less than float32 rounds");
  });
});

describe("the list", () => {
  it("has all of them, the worst first, and says what they do", async () => {
    await visit("#panel=break");
    await whole();
    const changes = (await texts(".bug-list .change")).map(number);
    expect(changes).toHaveLength(MUTANTS.length);
    expect(changes).toEqual([...changes].sort((a, b) => b - a));
    const outcomes = await texts(".bug-list .outcome");
    const of = (ending: string) => outcomes.filter((text) => text.endsWith(ending)).length;
    expect(await printed(".verdict")).toBe(
      `${of("instead")} of ${MUTANTS.length} known bugs change the next word, ${of("other words")} more what follows it`,
    );
    expect(of("instead") + of("other words") + of("no word changes") + of("show here")).toBe(
      MUTANTS.length,
    );
  });

  it("is one stop of the Tab key, with arrows within, and every choice is in the link", async () => {
    await visit("#panel=break");
    await whole();
    await page.locator(".bug-list :checked").focus();
    await page.keyboard.press("ArrowDown");
    await page.waitForURL(/bug=rope-sign/);
    await shown("rope-sign");
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.type")).not.toBe("radio");
    await page.keyboard.press("Shift+Tab");
    expect(await page.evaluate("document.activeElement.value")).toBe("rope-sign");
  });

  it("can be that of one part of the model", async () => {
    await visit("#panel=break");
    await whole();
    await page.getByLabel("Bugs of").selectOption("norm");
    await page.waitForURL(/view=norm/);
    const listed = await page.locator(".bug-list input").count();
    expect(listed).toBe(MUTANTS.filter(({ id }) => id.startsWith("norm-")).length);
    await shown("norm-one-twice");
  });

  it("refuses what is no bug", async () => {
    await visit("#panel=break&bug=rope-backwards&view=soup");
    await page.locator(".notes", { hasText: "bug=rope-backwards cannot be" }).waitFor();
    expect(await printed(".notes")).toContain("view=soup cannot be");
    await shown("rope-interleaved");
  });
});

describe("an earlier token", () => {
  it("is what all is measured after", async () => {
    await visit("#panel=break&pos=9");
    await page.locator(".cost", { hasText: "“␣fox”" }).waitFor();
    const first = gemma.encode(TEXT).slice(0, 10);
    await expectNext(".sides > :not(.with-bug)", lastOf(await gemma.logits(first)));
  });
});
