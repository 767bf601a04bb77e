/** The page of an evaluation, opened from the disk in Chromium as a reader would. Runs in Node. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright";
import { afterAll, beforeAll, expect, it } from "vitest";
import { evaluationPage } from "../../src/evaluation/report/html/page.ts";
import { Evaluator } from "../../src/evaluation/requests/evaluator.ts";
import { evaluate } from "../../src/evaluation/task/evaluate.ts";
import { DEMO_ENDINGS, DEMO_SUMS } from "../../src/evaluation/tasks/demo/demo.ts";
import { DEMO_DOCUMENTS } from "../../src/evaluation/tasks/demo/stories.ts";
import { PIQA } from "../../src/evaluation/tasks/reasoning/piqa.ts";
import { Gemma } from "../../src/gemma.ts";
import { CHROMIUM } from "../../vitest.browser.config.ts";
import { fixtureFolder } from "../support/files.ts";
import { HOSTILE } from "../support/reports.ts";
import { scratchFolder } from "../support/scratch.ts";

const file = join(scratchFolder("evaluation"), "page.html");
const url = pathToFileURL(file).href;
const LONG = "letters".repeat(60);
let browser: Browser;
const errors: string[] = [];
const requests: string[] = [];

beforeAll(async () => {
  const gemma = await Gemma.load(fixtureFolder("tiny-stories-it"));
  const evaluator = new Evaluator(gemma);
  const hostile = HOSTILE.slice(0, 3).map((text) => {
    return { goal: text, sol1: `${text} ${LONG.slice(0, 80)}`, sol2: "</td><script>", label: 1 };
  });
  const results = [
    await evaluate(evaluator, DEMO_ENDINGS, DEMO_DOCUMENTS),
    await evaluate(evaluator, DEMO_SUMS, DEMO_DOCUMENTS, { chat: true }),
    await evaluate(evaluator, { ...PIQA, shots: { count: 0 } }, { validation: hostile }),
  ];
  writeFileSync(file, evaluationPage(results, evaluator, { model: `${HOSTILE[0]} ${LONG}` }));
  await gemma.dispose();
  browser = await chromium.launch(CHROMIUM);
});

afterAll(() => browser.close());

async function opened(options: BrowserContextOptions): Promise<Page> {
  const page = await browser.newPage(options);
  page.on("pageerror", ({ message }) => errors.push(message));
  page.on("console", (message) => errors.push(message.text()));
  page.on("dialog", (dialog) => errors.push(dialog.message()));
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(url);
  return page;
}

it("filters by right and wrong, without a script, by mouse and by keys", async () => {
  const page = await opened({ javaScriptEnabled: false });
  const shown = (of = "") => page.locator(`#task-0 .sample${of}:visible`).count();
  expect(await shown()).toBe(16);
  await page.click("#task-0 label.wrong");
  expect([await shown(), await shown(".wrong")]).toEqual([4, 4]);
  await page.click("#task-0 label.split");
  expect(await shown()).toBe(1);
  await page.locator("#task-0-split").press("ArrowLeft");
  expect([await shown(), await shown(".right")]).toEqual([4, 0]);
  // Other tasks are filtered by themselves.
  expect(await page.locator("#task-1 .sample:visible").count()).toBe(16);
  await page.close();
});

it.each([390, 1280])("fits a window of %d: nothing scrolls sideways", async (width) => {
  const page = await opened({ viewport: { width, height: 900 } });
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
  await page.close();
});

it.each(["light", "dark"] as const)("can be read in the %s", async (colorScheme) => {
  const page = await opened({ colorScheme });
  // As WCAG has it; 4.5 is asked of text of this size.
  const least = await page.evaluate(() => {
    const channels = (color: string) => (color.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
    const luminance = (color: string) => {
      const [r, g, b] = channels(color).map((c) => {
        const x = c / 255;
        return x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ratios = [...document.querySelectorAll(".t")].map((token) => {
      const { color, backgroundColor } = getComputedStyle(token);
      const [a, b] = [luminance(color), luminance(backgroundColor)];
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    });
    return Math.min(...ratios);
  });
  expect(least).toBeGreaterThan(4.5);
  await page.close();
});

it("asks for nothing but itself, and runs nothing", () => {
  expect(errors).toEqual([]);
  expect(new Set(requests)).toEqual(new Set([url]));
});
