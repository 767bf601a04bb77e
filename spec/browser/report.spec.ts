/** The page of a conformance run, opened from the disk in Chromium as a reader would. Runs in Node. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright";
import { afterAll, beforeAll, expect, it } from "vitest";
import { htmlPage } from "../../src/conformance/report/html/page.ts";
import { CHROMIUM } from "../../vitest.browser.config.ts";
import { HOSTILE, report, result, tapResult } from "../support/reports.ts";
import { scratchFolder } from "../support/scratch.ts";

const taps = Array.from({ length: 100 }, (_, i) =>
  tapResult({ tap: `blocks.${Math.floor(i / 20)}.attn.hook_${i % 20}`, over: 2 ** (i - 50) }),
);
const RESULTS = [
  ...Array.from({ length: 60 }, (_, i) => result({ id: `t1.mqa.${i}`, taps, status: "fail" })),
  ...HOSTILE.map((text) => result({ id: text, tier: "T0", status: "error", message: text })),
];
const testee = { name: `${HOSTILE[0]} ${"long".repeat(40)}`, device: HOSTILE[1] };
const file = join(scratchFolder("report"), "report.html");
const url = pathToFileURL(file).href;
let browser: Browser;
const errors: string[] = [];
const requests: string[] = [];

beforeAll(async () => {
  writeFileSync(file, htmlPage(report(RESULTS, { testee })));
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

it("says the numbers of the cell under the pointer, until Escape", async () => {
  const page = await opened({ viewport: { width: 1280, height: 900 } });
  expect(await page.isVisible("#detail")).toBe(false);
  await page.locator(".map .s3").first().hover();
  expect(await page.textContent("#detail")).toMatch(
    /^t1\.mqa\.0 · blocks\.2\.attn\.hook_11\n2 × the budget\nnrmse 1e-7, max 2e-7\nat \[3, 5\]: got /,
  );
  await page.locator(".chip").first().click();
  expect(await page.textContent("#detail")).toContain(`${HOSTILE[0]}: error`);
  await page.keyboard.press("Escape");
  expect(await page.isVisible("#detail")).toBe(false);
  await page.close();
});

it.each([400, 1280])("fits a window of %d: only the map scrolls sideways", async (width) => {
  const page = await opened({ viewport: { width, height: 900 } });
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
  // The names of outputs stay in sight.
  await page.evaluate("document.querySelector('.scroll.tall').scrollBy(1000, 500)");
  const box = await page.locator(".map tbody th").nth(50).boundingBox();
  expect(box?.x).toBeGreaterThanOrEqual(0);
  await page.close();
});

it("is read without JavaScript", async () => {
  const page = await opened({ javaScriptEnabled: false });
  expect(await page.locator(".map .s0").first().getAttribute("title")).toContain("× the budget");
  expect(await page.textContent("#failures")).toContain("t1.mqa.59");
  await page.close();
});

it("is light or dark as the system is", async () => {
  const light = await opened({ colorScheme: "light" });
  const dark = await opened({ colorScheme: "dark" });
  const ground = "getComputedStyle(document.body).backgroundColor";
  expect(await light.evaluate(ground)).toBe("rgb(251, 250, 248)");
  expect(await dark.evaluate(ground)).toBe("rgb(20, 23, 27)");
  await Promise.all([light.close(), dark.close()]);
});

it("loads nothing, runs nothing and complains of nothing", () => {
  expect(new Set(requests)).toEqual(new Set([url]));
  expect(errors).toEqual([]);
});
