/**
 * The library on pages whose Content-Security-Policy is that of a browser extension, from the dist/browser.js that
 * `npm run build` made: it loads, streams and looks inside, and the browser has no violation to report. Runs in Node, with
 * Chromium beside it.
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
/** What extensions of manifest version 3 have unless they ask for less. */
const STRICT = "script-src 'self' 'wasm-unsafe-eval'; object-src 'self'";

/** What a page, a worker and a service worker do alike: a module, which asks for nothing but the bundle. */
const WORK = `
import { Gemma } from "/dist/browser.js";
const violations = [];
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
  violations.push(violatedDirective + " " + blockedURI));
export async function work(options) {
  const warnings = [];
  const onWarning = ({ kind, message }) => warnings.push(kind + ": " + message);
  const model = new URL("/fixtures/tiny-stories-it/", location.href);
  const gemma = await Gemma.load(model, { onWarning, ...options });
  const { name, why } = gemma.backend.info;
  let [text, pieces] = ["", 0];
  for await (const piece of gemma.generate(${JSON.stringify(prompt)}, { maxTokens: 100 })) {
    text += piece.text;
    pieces++;
  }
  const logits = await gemma.logits(gemma.encode("Mira the fox"));
  const trace = await gemma.trace("Mira the fox");
  const cache = await gemma.runWithCache("Mira the fox", { names: "attn.hook_pattern", layers: 0 });
  const { depths } = await gemma.logitLens("Mira the fox", { positions: -1 });
  await gemma.dispose();
  const pattern = cache.head("blocks.0.attn.hook_pattern", 1);
  const seen = {
    row: logits.pick(1, null).size === logits.shape[1],
    taps: trace.size > 20,
    causal: pattern.get(0, 0) === 1 && pattern.get(0, 1) === 0,
    depths: depths.length > 2,
    pieces: pieces > 10,
  };
  await new Promise((resolve) => setTimeout(resolve, 50)); // a violation is told in a turn of its own
  return { text, name, why, seen, warnings, violations };
}
export const answered = (options) =>
  work(options).catch((error) => ({ error: error.name + ": " + error.message, violations }));
export function evaluate() {
  try { new Function(""); } catch ({ name }) { return name; }
}
`;

/** Scripts of the server's own; whatever else it has are files of the package. Nothing stands in the page itself. */
const SCRIPTS: Record<string, string> = {
  "work.js": WORK,
  // What is called by the debugger's protocol may evaluate text. A turn later it is the page again.
  "page.js": `import { answered, evaluate } from "./work.js";
const later = (call) => (...all) => new Promise((done) => setTimeout(() => done(call(...all))));
globalThis.ask = later(answered);
globalThis.tryText = later(evaluate);
globalThis.askWorker = (options) => new Promise((resolve) => {
  const worker = new Worker("/worker-of-page.js" + location.search, { type: "module" });
  worker.onmessage = ({ data }) => { worker.terminate(); resolve(data); };
  worker.onerror = ({ message }) => resolve({ error: message });
  worker.postMessage(options);
});
globalThis.askService = async (options) => {
  await navigator.serviceWorker.register("/service.js" + location.search, { type: "module" });
  const { active } = await navigator.serviceWorker.ready;
  return new Promise((resolve) => {
    navigator.serviceWorker.onmessage = ({ data }) => resolve(data);
    navigator.serviceWorker.startMessages();
    active.postMessage(options);
  });
};
globalThis.upload = later(async (options) => {
  const { wasmBackend } = await import("/dist/backend/wasm/index.js");
  const warnings = [];
  const backend = wasmBackend({ onWarning: ({ kind, message }) => warnings.push(kind + ": " + message), ...options });
  const shape = [2048, 2048]; // 16 MB, from which on threads are worth it
  const data = new Float32Array(2048 * 2048).fill(1);
  const row = (r) => ({ dtype: "float32", shape: [1, 2048], data: data.subarray(r * 2048, (r + 1) * 2048) });
  const weight = await backend.upload({ name: "w", dtype: "float32", shape, async *rows(begin = 0, end = 2048) { for (let r = begin; r < end; r++) yield row(r); } });
  const x = backend.alloc("x", 1, 2048);
  backend.write(x, new Float32Array(2048).fill(1));
  const y = backend.alloc("y", 1, 2048);
  backend.ops.matmul(y, x, weight, { from: 0, count: 1 });
  const [sum] = await backend.read(y, { from: 0, count: 1 });
  globalThis.backend = backend;
  return { sum, warnings };
});
globalThis.ready = true;`,
  "worker-of-page.js": `import { answered } from "./work.js";
onmessage = async ({ data }) => postMessage(await answered(data));`,
  "service.js": `import { answered } from "./work.js";
onactivate = (event) => event.waitUntil(clients.claim());
onmessage = (event) => event.waitUntil(answered(event.data).then((answer) => event.source.postMessage(answer)));`,
};

let server: Server;
let browser: Browser;

beforeAll(async () => {
  server = createServer(({ url = "" }, response) => {
    const [path, query] = url.slice(1).split("?");
    // What the page asks for in its address stands in the head of the answer.
    for (const [name, value] of new URLSearchParams(query)) response.setHeader(name, value);
    if (path === "") {
      response.setHeader("content-type", "text/html");
      response.end('<title>.</title><script type="module" src="page.js"></script>');
      return;
    }
    try {
      if (path.endsWith(".js")) response.setHeader("content-type", "text/javascript");
      // A page that is isolated takes workers that are, too.
      for (const [name, value] of Object.entries(ISOLATED)) response.setHeader(name, value);
      response.end(SCRIPTS[path] ?? readFile(path));
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

async function open(policy: string, headers: Record<string, string> = {}): Promise<Page> {
  const page = await browser.newPage();
  const { port } = server.address() as AddressInfo;
  const query = new URLSearchParams({ ...headers, "Content-Security-Policy": policy });
  await page.goto(`http://localhost:${port}/?${query}`);
  await page.waitForFunction("globalThis.ready");
  return page;
}

const TOLD = {
  text: greedy_text.replace("<end_of_turn>", ""),
  name: "wasm",
  why: undefined,
  seen: { row: true, taps: true, causal: true, depths: true, pieces: true },
  warnings: [],
  violations: [],
};

describe("a page with the policy of an extension", () => {
  it.each(["ask", "askWorker", "askService"])("computes, and violates nothing: %s", async (ask) => {
    const page = await open(STRICT);
    expect(await page.evaluate(`${ask}({})`)).toEqual(TOLD);
    expect(await page.evaluate(`${ask}({ precision: "float64" })`)).toEqual({
      ...TOLD,
      name: "cpu",
    });
    await page.close();
  });

  it("is one that would have told", async () => {
    const page = await open(STRICT);
    expect(await page.evaluate("tryText()")).toBe("EvalError");
    expect(await page.evaluate("ask({})")).toEqual({ ...TOLD, violations: ["script-src eval"] });
    await page.close();
  });

  it("starts threads with dist/worker.js, where it is cross-origin isolated", async () => {
    const page = await open(STRICT, ISOLATED);
    const told = page.evaluate("ask({ threads: 2 })");
    await expect.poll(() => page.workers().length).toBe(2);
    expect(page.workers()[0].url()).toMatch(/\/dist\/worker\.js$/);
    expect(await told).toEqual(TOLD);
    await page.close();
  });
});
