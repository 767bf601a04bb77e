/**
 * docs/examples/extension in Chromium, unpacked, with the dist/browser.js and dist/worker.js that `npm run build` made. Runs
 * in Node, with Chromium beside it.
 */
import { execFileSync } from "node:child_process";
import { cpSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CHROMIUM } from "../../vitest.browser.config.ts";
import { readJson } from "../support/goldens.ts";
import { fixture } from "../support/paths.ts";
import { scratchFolder } from "../support/scratch.ts";

const folder = join(scratchFolder("extension"), "unpacked");
const complaints: string[] = [];
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  cpSync(fixture("../docs/examples/extension"), folder, { recursive: true });
  // As npm installs it.
  cpSync(
    fixture("../dist/browser.js"),
    join(folder, "node_modules/gemma-reference/dist/browser.js"),
  );
  cpSync(fixture("../dist/worker.js"), join(folder, "node_modules/gemma-reference/dist/worker.js"));
  symlinkSync(fixture("."), join(folder, "node_modules/gemma-reference/fixtures"), "junction");
  execFileSync(process.execPath, ["build.js"], { cwd: folder });
  context = await chromium.launchPersistentContext("", {
    executablePath: CHROMIUM.executablePath,
    headless: false, // playwright's own way of it knows no extensions; Chromium's does
    args: [
      ...[...CHROMIUM.args, "--headless=new"],
      ...[`--disable-extensions-except=${folder}`, `--load-extension=${folder}`],
    ],
  });
  const background = context.serviceWorkers()[0] ?? (await context.waitForEvent("serviceworker"));
  page = await context.newPage();
  page.on("pageerror", ({ message }) => complaints.push(message));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  await page.goto(new URL("page.html", background.url()).href);
});

afterAll(() => context.close());

it("tells in an extension what Google's code tells, and the browser complains of nothing", async () => {
  const [{ greedy_text }] = readJson<{ greedy_text: string }[]>("tiny-stories-it/greedy.json");
  await page.waitForSelector("body[data-done=end_of_turn]", { timeout: 0 });
  expect(await page.textContent("#story")).toBe(greedy_text.replace("<end_of_turn>", ""));
  expect(await page.textContent("#how")).toBe(" with backend wasm");
  expect(complaints).toEqual([]);
});

it("computes there on threads, and looks inside", async () => {
  // As text: what is compiled for Node would not run there.
  const told = await page.evaluate(`(async () => {
    const violations = [];
    addEventListener("securitypolicyviolation", ({ violatedDirective }) => violations.push(violatedDirective));
    const { filesFolder, Gemma } = await import("./library/browser.js");
    const blob = async (name) => (await fetch("model/" + name)).blob();
    const files = {};
    for (const name of ["config.json", "model.safetensors", "tokenizer.model"]) files[name] = await blob(name);
    const gemma = await Gemma.load(filesFolder(files), { threads: 2 });
    const trace = await gemma.trace("Mira the fox");
    const cache = await gemma.runWithCache("Mira the fox", { names: "attn.hook_pattern", layers: 0 });
    const isCausal = cache.head("blocks.0.attn.hook_pattern", 1).get(0, 1) === 0;
    globalThis.gemma = gemma;
    return { isCausal, hasAll: trace.size > 20, violations };
  })()`);
  expect(told).toEqual({ isCausal: true, hasAll: true, violations: [] });
  expect(page.workers().map((worker) => new URL(worker.url()).pathname)).toEqual([
    "/library/worker.js",
    "/library/worker.js",
  ]);
  await page.evaluate("gemma.dispose()");
  expect(complaints).toEqual([]);
});
