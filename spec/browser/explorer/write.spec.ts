/**
 * The explorer writes and chats as the library does, shows each token's chance, and leads to any of them.
 */
import type { Page } from "playwright";
import { beforeAll, describe, expect, it } from "vitest";
import { pieceText } from "../../../docs/explorer/src/format.ts";
import { sentencesOf } from "../../../docs/explorer/src/panels/write/sentences.ts";
import type { Written } from "../../../docs/explorer/src/panels/write/writing.ts";
import type { Gemma } from "../../../src/gemma.ts";
import { softmax } from "../../../src/nn/softmax.ts";
import { float64 as precision } from "../../../src/tensor/precision.ts";
import { chatPrompt } from "../../../src/tokenizer/chat-format.ts";
import { chance, openSite, TEXT } from "./site.ts";

const site = openSite();
const { visit, texts } = site;
let page: Page;
let gemma: Gemma;
beforeAll(() => {
  ({ page, gemma } = site);
});

const tokens = () => page.locator(".running-text > div");
const shown = () => tokens().allTextContents();
const ended = (words: string) => page.locator(".write .state", { hasText: words }).waitFor();
const press = (name: string | RegExp) => page.getByRole("button", { name }).click();
const field = (label: string) => page.getByLabel(label, { exact: true });

/** Pieces as the running text has them. */
const inText = (ids: ArrayLike<number>) =>
  Array.from(ids, (id) => {
    const piece = gemma.tokenizer?.piece(id) ?? "";
    return piece === "\n" ? "↵\n" : pieceText(piece.replaceAll("▁", " "));
  });

/** What the library writes: its tokens, and their chances. */
async function generated(from: string, options: Parameters<Gemma["chat"]>[0]) {
  const all: { token: number; chance: number }[] = [];
  for await (const { token, logprob } of gemma.generate(from, options)) {
    all.push({ token, chance: Math.exp(logprob) });
  }
  return all;
}

describe("a text that is written", () => {
  it("is the library's, token by token, each with its chance and its rivals", async () => {
    await visit("#panel=write&len=20");
    await press("Write 20 tokens");
    await ended("20 tokens. The length is reached.");
    const expected = await generated(TEXT, { maxTokens: 20 });
    const ids = [...gemma.encode(TEXT), ...expected.map(({ token }) => token)];
    expect(await shown()).toEqual(inText(ids));

    const logits = await gemma.logits(ids);
    const chances = softmax(logits, { precision });
    const areRivals = async (at: number) => {
      await page.locator(".likely h3", { hasText: `likely at ${at}, ` }).waitFor();
      const chanceOf = (id: number) => chances.get(at - 1, id);
      const likely = Array.from({ length: logits.shape[1] }, (_, id) => id)
        .sort((a, b) => chanceOf(b) - chanceOf(a))
        .slice(0, 5);
      const rows = await page.locator(".likely li").all();
      expect(rows).toHaveLength(5);
      for (const [i, row] of rows.entries()) {
        const piece = pieceText(gemma.tokenizer?.piece(likely[i]) ?? "");
        expect(await row.locator(".piece .piece").textContent()).toBe(piece);
        const printed = chance((await row.locator("b").textContent()) ?? "");
        expect(Math.abs(printed - chanceOf(likely[i]))).toBeLessThan(0.00051); // one decimal of percent
        const isTaken = ((await row.getAttribute("class")) ?? "").includes("taken");
        expect(isTaken).toBe(likely[i] === ids[at]);
      }
    };
    // Without a choice, the token that was least sure is explained; else the one under the pointer.
    const least = expected.reduce((a, b) => (b.chance < a.chance ? b : a));
    await areRivals(ids.length - expected.length + expected.indexOf(least));
    await tokens()
      .nth(ids.length - expected.length)
      .hover();
    await areRivals(ids.length - expected.length);
    for (const [i, { chance: own }] of expected.entries()) {
      const style = await tokens()
        .nth(ids.length - 20 + i)
        .getAttribute("style");
      expect(Number(/--share: ?([\d.e-]+)/.exec(style ?? "")?.[1])).toBeCloseTo(own, 6);
    }
  });

  it("is drawn with the seed and the cuts of the link", async () => {
    await visit("#panel=write&t=1.3&topp=0.9&topk=30&seed=7&len=24");
    await press("Write 24 tokens");
    await ended("24 tokens.");
    const options = { temperature: 1.3, topP: 0.9, topK: 30, seed: 7, maxTokens: 24 };
    const expected = await generated(TEXT, options);
    const written = await page.locator(".running-text > .written").allTextContents();
    expect(written).toEqual(inText(expected.map(({ token }) => token)));
    await page.getByRole("spinbutton", { name: /^Temperature/ }).fill("0.5");
    await press("Another seed");
    await page.waitForURL(/t=0\.5&topp=0\.9&topk=30&seed=8&len=24/);
  });

  it("leads to each of its tokens, by a click and by arrows", async () => {
    await visit("#panel=write&len=12");
    await press("Write 12 tokens");
    await ended("12 tokens.");
    const all = await shown();
    await tokens().nth(15).click();
    await page.waitForURL(/&pos=15&panel=write/);
    await page.locator(".chips [aria-selected=true]", { hasText: "position 15" }).waitFor();
    const whole = all.slice(1).join("");
    await expect.poll(() => page.locator(".prompt input").inputValue()).toBe(whole);
    expect(await page.locator(".likely h3").textContent()).toContain("likely at 15, ");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await page.waitForURL(/&pos=17&panel=write/);
    expect(await shown()).toEqual(all);
    await page.goBack();
    await expect.poll(() => page.locator(".prompt input").inputValue()).toBe(TEXT);
    await press("Use this text as the prompt");
    await page.waitForURL(/&pos=24&panel=write/);
    await page.locator(".prompt input").fill("The owl");
    await page.locator(".running-text", { hasText: /^<bos>The owl$/ }).waitFor();
  });

  it("stops when it is told to, when one types, and when one leaves", async () => {
    const count = () => page.locator(".running-text > .written").count();
    const begin = async () => {
      // Drawn hot, it does not come to an end.
      await visit("#panel=write&len=450&t=8&seed=3");
      await press("Write 450 tokens");
      await expect.poll(count).toBeGreaterThan(2);
    };
    await begin();
    await press("Stop");
    await ended("Stopped.");
    const many = await count();
    expect(many).toBeLessThan(450);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await count()).toBe(many);
    await visit();
    await begin();
    await page.locator(".prompt input").fill("Otto");
    await page.getByRole("button", { name: "Write 450 tokens" }).waitFor();
    expect(await count()).toBe(0);
    await begin();
    await page.getByRole("button", { name: /^Back to the stream/ }).click();
    await page.getByRole("button", { name: "Write", exact: true }).click();
    await page.getByRole("button", { name: /^Write \d+ tokens/ }).waitFor();
    await ended("Stopped.");
  });

  it("is said aloud by whole sentences", () => {
    const steps = ["Mira had a", " st", "one. She", ' said "Oh!', '" and', " left"];
    const said = (end: Written["end"]) =>
      sentencesOf({
        tokens: [],
        from: 3,
        end,
        steps: new Map(steps.map((text, i) => [3 + i, { text } as never])),
      });
    expect(said(undefined)).toEqual(["Mira had a stone.", 'She said "Oh!"']);
    expect(said("stopped")).toEqual(["Mira had a stone.", 'She said "Oh!"', "and left"]);
  });

  it("goes on while a reader has scrolled up, who stays where he is", async () => {
    await page.setViewportSize({ width: 390, height: 600 });
    await visit("#panel=write&len=400&t=8&seed=3");
    await press("Write 400 tokens");
    const box = page.locator(".transcript");
    const above = () =>
      box.evaluate((e) => [e.scrollTop, e.scrollHeight - e.clientHeight - e.scrollTop]);
    await expect.poll(async () => (await above())[0]).toBeGreaterThan(60);
    expect((await above())[1]).toBeLessThan(2);
    await box.evaluate((e) => e.scrollTo(0, 0));
    const before = await tokens().count();
    await expect.poll(() => tokens().count()).toBeGreaterThan(before + 20);
    expect((await above())[0]).toBe(0);
    await page.setViewportSize({ width: 1440, height: 900 });
  });
});

describe("a chat", () => {
  const QUESTIONS = ["Tell me a story about Mira the fox.", "What is 3 plus 4?"];

  it("is the library's, of several turns, in its template byte for byte", async () => {
    await visit("#panel=write&view=chat&t=0.7&seed=5");
    const chat = gemma.chat({ temperature: 0.7, seed: 5, maxTokens: 60 });
    for (const [i, question] of QUESTIONS.entries()) {
      await field("Your question").fill(question);
      await press("Ask");
      await page.locator(".running-text", { hasText: QUESTIONS[i] }).waitFor();
      await page.locator(".write form button", { hasText: "Ask" }).waitFor();
      await chat.send(question).text();
      const { content, ids } = chat.messages[2 * i + 1];
      const turns = [
        ...chat.messages.slice(0, 2 * i),
        { role: "user", content: question } as const,
      ];
      const text = (await shown()).join("").replaceAll("↵\n", "\n");
      const template = `<bos>${chatPrompt(turns)}${content}`;
      expect([template, `${template}<end_of_turn>`]).toContain(text);
      expect((await shown()).slice(gemma.encodeChat(turns).length)).toEqual(
        expect.arrayContaining(inText(ids ?? [])),
      );
    }
    await press("New chat");
    expect(await tokens().count()).toBe(0);
  });

  it("becomes the text of the page, lines and markers and all", async () => {
    await visit("#panel=write&view=chat");
    await press("What is 3 plus 4?");
    await press("Ask");
    await ended("The model ended its turn.");
    const ids = gemma.encodeChat([{ role: "user", content: QUESTIONS[1] }]);
    await tokens().nth(ids.length).click();
    await page.waitForURL(new RegExp(`&pos=${ids.length}&panel=write&view=chat`));
    const read = async () => (await texts(".chips small")).slice(0, ids.length).map(Number);
    await expect.poll(read).toEqual([...ids]);
    expect(await page.locator(".prompt input").inputValue()).toContain("user↵What is 3");
  });
});

describe("the next word", () => {
  it("is added by a click, and so is each of its rivals, behind the last token only", async () => {
    await visit();
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.locator(".stage-title", { hasText: "␣Mira” became" }).waitFor();
    await expect.poll(() => page.locator(".prompt input").inputValue()).toBe(`${TEXT} Mira`);
    await visit();
    await page.locator(".next-word li button", { hasText: "␣The" }).waitFor();
    await page.locator(".next-word li button").first().focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.locator(".prompt input").inputValue()).toBe(`${TEXT} The`);
    expect(await page.evaluate("document.activeElement.closest('.next-word li') !== null")).toBe(
      true,
    );
    await visit("#pos=3");
    await page.getByText("The word after position 3").waitFor();
    expect(await page.locator(".next-word li button").count()).toBe(0);
    expect(await page.getByRole("button", { name: "Add", exact: true }).count()).toBe(0);
  });

  it("complained of nothing, and asked nobody else for anything", () => {
    expect(site.complaints).toEqual([]);
  });
});
