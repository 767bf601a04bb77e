/**
 * The WebAssembly backend in pages of Chromium, from the dist/browser.js that `npm run build` made: with workers that
 * share memory, and where a page may not have them. Runs in Node, with Chromium beside it.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, chromium, type Page } from "playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CHROMIUM, ISOLATED } from "../../vitest.browser.config.ts";
import { readFile } from "../support/files.ts";
import { readJson } from "../support/goldens.ts";

const [{ prompt, greedy_text }] = readJson<{ prompt: string; greedy_text: string }[]>(
  "tiny-stories-it/greedy.json",
);
const STORY = greedy_text.replace("<end_of_turn>", "");
let server: Server;
let browser: Browser;

beforeAll(async () => {
  server = createServer(({ url = "" }, response) => {
    const [path, query] = url.slice(1).split("?");
    // What the page asks for in its address stands in the head of the answer.
    for (const [name, value] of new URLSearchParams(query)) response.setHeader(name, value);
    if (path === "") {
      response.setHeader("content-type", "text/html").end("<title>.</title>");
      return;
    }
    try {
      const bytes = readFile(path);
      if (path.endsWith(".js")) response.setHeader("content-type", "text/javascript");
      response.end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  }).listen(0);
  browser = await chromium.launch(CHROMIUM);
});

afterAll(async () => {
  await browser.close();
  server.close();
});

async function open(headers: Record<string, string>): Promise<Page> {
  const page = await browser.newPage();
  const { port } = server.address() as AddressInfo;
  await page.goto(`http://localhost:${port}/?${new URLSearchParams(headers)}`);
  return page;
}

/** Runs `body` in the page, as text: what is compiled for Node would not run there. */
function run<T>(page: Page, body: string): Promise<T> {
  return page.evaluate(`(async () => {
    const { Gemma } = await import("/dist/browser.js");
    const model = new URL("/fixtures/tiny-stories-it/", location.href);
    const said = (error) => error.name + ": " + error.message;
    const tell = (gemma) => gemma.generate(${JSON.stringify(prompt)}, { maxTokens: 100 }).text();
    ${body}
  })()`) as Promise<T>;
}

describe("a page that is cross-origin isolated", () => {
  it("computes on several threads, which end with the model", async () => {
    const page = await open(ISOLATED);
    const story = await run<string>(
      page,
      `globalThis.gemma = await Gemma.load(model, { backend: "wasm", threads: 2 });
      return tell(gemma);`,
    );
    expect(story).toBe(STORY);
    expect(page.workers()).toHaveLength(2);
    await run(page, "await gemma.dispose();");
    await expect.poll(() => page.workers().length).toBe(0);
    await page.close();
  });

  it("says so where it forbids workers, and computes without if it is told to", async () => {
    const policy = "worker-src 'none'";
    const page = await open({ ...ISOLATED, "Content-Security-Policy": policy });
    const load = (threads: number) => `
      const gemma = await Gemma.load(model, { backend: "wasm", threads: ${threads} });
      const told = await tell(gemma).catch(said);
      await gemma.dispose();
      return told;`;
    expect(await run(page, load(2))).toMatch(
      /^BackendError: .*"threads" expected a worker .*could not be started\); threads: 1 computes/,
    );
    expect(await run(page, load(1))).toBe(STORY);
    await page.close();
  });
});

describe("a page that is not", () => {
  it("computes on its only thread, and stays alive meanwhile", async () => {
    const page = await open({});
    const [story, turns] = await run<[string, number]>(
      page,
      `const gemma = await Gemma.load(model, { backend: "wasm" });
      let turns = 0;
      const timer = setInterval(() => turns++);
      const ids = Array.from({ length: 500 }, (_, i) => 2 + (i % 200));
      for (let i = 0; i < 4; i++) await gemma.logits(ids);
      clearInterval(timer);
      const story = await tell(gemma);
      await gemma.dispose();
      return [story, turns];`,
    );
    expect(story).toBe(STORY);
    expect(turns).toBeGreaterThan(2);
    expect(page.workers()).toEqual([]);
    await page.close();
  });

  it("says why it has no threads, and why a policy forbids to compile", async () => {
    const load = (options: string) => `return Gemma.load(model, ${options}).catch(said);`;
    const page = await open({});
    expect(await run(page, load('{ backend: "wasm", threads: 2 }'))).toMatch(
      /^UnsupportedError: .*"threads" expected threads that share memory, .*not cross-origin isol/,
    );
    await page.close();
    const strict = await open({ "Content-Security-Policy": "script-src 'self' 'unsafe-inline'" });
    expect(await run(strict, load('{ backend: "wasm" }'))).toMatch(
      /^UnsupportedError: .*a machine that can run "wasm", got one that may not compile \(.*; choose/,
    );
    await strict.close();
  });
});
