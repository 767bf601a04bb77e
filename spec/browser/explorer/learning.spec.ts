/**
 * The explorer lets the model learn, as the library does in Node: its curve grows, it stops and goes on, and what it has
 * become answers.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright";
import { beforeAll, describe, expect, it } from "vitest";
import { simdMatmuls } from "../../../src/backend/wasm/matmuls/simd-matmuls.ts";
import type { Gemma } from "../../../src/gemma.ts";
import { TrainableModel } from "../../../src/training/trainable.ts";
import { loraModel } from "../../../src/tuning/lora/lora.ts";
import { sft } from "../../../src/tuning/sft.ts";
import { tales } from "../../support/tales.ts";
import { number, openSite } from "./site.ts";

const site = openSite();
const { visit, texts } = site;
let page: Page;
let gemma: Gemma;
beforeAll(() => {
  ({ page, gemma } = site);
});

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const QUESTION = "Tell a short tale about Finn the otter at the hill.";

const press = (name: string | RegExp) => page.getByRole("button", { name }).click();
const line = (words: RegExp) => page.locator(".step-line", { hasText: words });
const points = async () =>
  ((await page.locator(".curve .learnt").getAttribute("points")) ?? "").split(" ").length;
const side = (n: number) => page.locator(".sides > div").nth(n);
/** Waits until what was learnt has answered. */
const answered = (steps: number) =>
  page
    .locator(".sides > [aria-busy=false]", {
      hasText: `After ${steps} step${steps === 1 ? "" : "s"}`,
    })
    .waitFor();

/** What the library's own run in Node reports, of its first `count` steps, and how it answers then. */
async function inNode(count: number, steps: number, learningRate: number, rank?: number) {
  const { tokenizer } = gemma;
  if (!tokenizer) throw new Error("no tokenizer");
  const source = { config: gemma.config, tensors: gemma.model.sources };
  const matmuls = simdMatmuls();
  const model = rank
    ? (await loraModel(source, { r: rank, matmuls })).model
    : await TrainableModel.from(source, { matmuls });
  const all = [];
  for await (const report of sft(model, tales("sft-valid"), { tokenizer, learningRate, steps })) {
    if (all.push(report) === count) break;
  }
  return all;
}

/** The rows of the table: step, loss, targets, gradient norm, learning rate. */
async function rows() {
  const cells = await texts(".as-table tbody tr > *");
  return Array.from({ length: cells.length / 6 }, (_, i) =>
    cells.slice(6 * i, 6 * i + 5).map(number),
  );
}

/** Digits that are printed. */
function expectRows(shown: number[][], expected: Awaited<ReturnType<typeof inNode>>): void {
  expect(shown).toHaveLength(expected.length);
  for (const [i, { step, loss, targets, gradientNorm, lr }] of expected.entries()) {
    const [at, printedLoss, printedTargets, printedNorm, printedRate] = shown[i];
    expect([at, printedTargets]).toEqual([step, targets]);
    expect(Math.abs(printedLoss - loss)).toBeLessThan(0.00051);
    expect(printedNorm / gradientNorm).toBeCloseTo(1, 2);
    expect(printedRate / lr).toBeCloseTo(1, 1);
  }
}

describe("learning", () => {
  it("begins when it is asked to, and nothing of it is fetched before", async () => {
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await visit("#panel=learning&steps=2");
    await page.getByText("Nothing has been learnt yet.").waitFor();
    const isOfLearning = (url: string) => /\/(learn|trainable)-|tales/.test(url);
    expect(asked.filter(isOfLearning)).toEqual([]);
    await press("Learn 2 steps");
    await answered(2);
    expect(asked.filter(isOfLearning).length).toBeGreaterThanOrEqual(2);
    expect(await points()).toBe(2);
    await press("As a table");
    expectRows(await rows(), await inNode(2, 2, 0.001));
  });

  it("is stopped, answers, and goes on as if nobody had stopped it", async () => {
    await visit("#panel=learning&steps=30&lr=0.002");
    const before = (await side(0).locator("p").last().textContent()) ?? "";
    expect(before).toBe(await gemma.chat({ maxTokens: 96 }).send(QUESTION).text());
    await press("Forget, and learn 30 steps");
    await line(/step 2 of 30.* left$/).waitFor();
    const early = await points();
    await line(/step 3 of 30/).waitFor();
    expect(await points()).toBeGreaterThan(early);
    await press("Stop");
    await line(/stopped$/).waitFor();
    await page.getByRole("button", { name: "Go on" }).waitFor();
    const stoppedAt = await points();
    await answered(stoppedAt);
    const after = (await side(1).locator(".answer").textContent()) ?? "";
    expect(after).not.toBe("");
    expect(after).not.toBe(before);
    await press("Go on");
    await line(new RegExp(`step ${stoppedAt + 1} of 30`)).waitFor();
    await press("Stop");
    const goesOn = page.getByRole("button", { name: "Go on" });
    await expect.poll(() => goesOn.isEnabled(), { timeout: 20_000 }).toBe(true);
    if ((await page.locator(".as-table table").count()) === 0) await press("As a table");
    const shown = await rows();
    expect(shown.length).toBeGreaterThan(stoppedAt);
    expectRows(shown, await inNode(shown.length, 30, 0.002));

    await page.evaluate(AXE);
    const complaints = await page.evaluate(
      "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes[0].html]))",
    );
    expect(complaints).toEqual([]);
  });

  it("leaves the other panels alone, and alive", async () => {
    await visit("#panel=learning&steps=60");
    const next = await texts(".next-word b");
    await press("Forget, and learn 60 steps");
    await line(/step 1 of 60/).waitFor();
    await page.locator("h1").click();
    await page.keyboard.press("l");
    await page.locator(".lens-grid").waitFor();
    await page.locator(".prompt input").fill("Mira had a red");
    await page.getByText("4 tokens").or(page.getByText("5 tokens")).first().waitFor();
    await page.locator(".prompt input").fill("Once upon a time, there was a fox named Mira.");
    await expect.poll(() => texts(".next-word b")).toEqual(next);
    await page.keyboard.press("Escape");
    await page.goto(`${site.url}#`);
    await page.locator("[data-panel=learning]", { hasText: /step \d+: loss/ }).click();
    await press("Stop");
    await line(/stopped$/).waitFor();
    const said = await side(0).locator("p").last().textContent();
    expect(said).toBe(await gemma.chat({ maxTokens: 96 }).send(QUESTION).text());
  });

  it("learns by low-rank factors, as the link says", async () => {
    await visit("#panel=learning&view=lora&rank=2&lr=0.004&steps=2");
    await press("Forget, and learn 2 steps");
    await answered(2);
    if ((await page.locator(".as-table table").count()) === 0) await press("As a table");
    expectRows(await rows(), await inNode(2, 2, 0.004, 2));
    await page.getByRole("option", { name: "All weights" }).click();
    await page.waitForURL(/panel=learning&rank=2&steps=2$/);
  });

  it("complained of nothing, and asked nobody else for anything", () => {
    expect(site.complaints).toEqual([]);
  });
});
