/**
 * The page of docs/examples/import-map, on the dist/browser.js that `npm run build` made, from a server
 * that does nothing to them. Runs in Node, with Chromium beside it.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, chromium, type Page } from "playwright";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CHROMIUM } from "../../vitest.browser.config.ts";
import { readFile } from "../support/files.ts";
import { readJson } from "../support/goldens.ts";

const TYPES: Record<string, string> = { html: "text/html", js: "text/javascript" };
let server: Server;
let browser: Browser;
let page: Page;
const errors: string[] = [];

beforeAll(async () => {
  server = createServer(({ url = "" }, response) => {
    const type = TYPES[url.split(".").at(-1) ?? ""] ?? "application/octet-stream";
    try {
      const bytes = readFile(url.slice(1));
      response.setHeader("content-type", type).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  }).listen(0);
  browser = await chromium.launch(CHROMIUM);
  page = await browser.newPage();
  page.on("pageerror", ({ message }) => errors.push(message));
  const { port } = server.address() as AddressInfo;
  await page.goto(`http://localhost:${port}/docs/examples/import-map/index.html`);
});

afterAll(async () => {
  await browser.close();
  server.close();
});

it("tells in a page without a bundler what Google's code tells", async () => {
  const [{ greedy_text }] = readJson<{ greedy_text: string }[]>("tiny-stories-it/greedy.json");
  await page.waitForSelector("body[data-done=end_of_turn]", { timeout: 0 });
  expect(await page.textContent("#story")).toBe(greedy_text.replace("<end_of_turn>", ""));
  expect(errors).toEqual([]);
});

it("says what to pass instead of a path", async () => {
  // As text: what is compiled for Node would not run there.
  const said = await page.evaluate(`import("/dist/browser.js").then(({ Gemma }) =>
    Gemma.load("./gemma-2b").catch((error) => error.name + ": " + error.message))`);
  expect(said).toMatch(/^UnsupportedError: Gemma\.load.*filesFolder.*got the path "\.\/gemma-2b"/);
});
