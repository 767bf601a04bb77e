/**
 * The library on pages whose Content-Security-Policy is that of a browser extension, from the dist/browser.js that
 * `npm run build` made: it loads, streams and looks inside, and the browser has no violation to report. Runs in Node, with
 * Chromium beside it.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { build } from "esbuild";
import { type Browser, chromium, type Page } from "playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CHROMIUM, ISOLATED } from "../../vitest.browser.config.ts";
import { readFile } from "../support/files.ts";
import { readJson } from "../support/goldens.ts";
import { fixture } from "../support/paths.ts";

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
/** Weights that are worth threads, on the backend alone; in a bundle that knows of no worker.js. */
globalThis.upload = later(async (options) => {
  const { wasmBackend } = await import("/wasm.js");
  const warnings = [];
  const backend = wasmBackend({ onWarning: ({ kind, message }) => warnings.push(kind + ": " + message), ...options });
  const shape = [2048, 2048]; // 16 MB, from which on threads are worth it
  const rows = async (begin, end) => new Uint8Array(new Float32Array((end - begin) * 2048).fill(1).buffer);
  const weight = await backend.upload({ name: "w", dtype: "float32", shape, rows });
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
  const entryPoints = [fixture("../dist/backend/wasm/index.js")];
  const options = { bundle: true, write: false, platform: "browser", format: "esm" } as const;
  const { outputFiles } = await build({ entryPoints, ...options });
  SCRIPTS["wasm.js"] = outputFiles[0].text;
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
      response.end(SCRIPTS[path] ?? readFile(path.replace("copied/browser", "dist/browser")));
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

/** A page whose workers may share memory. */
const isolated = (policy: string) => open(policy, ISOLATED);

describe("threads that nobody asked for", () => {
  const DONE = { sum: 2048, warnings: [] as string[] };

  it("start from the file that workerUrl names", async () => {
    const page = await isolated(STRICT);
    expect(await page.evaluate('upload({ workerUrl: "/dist/worker.js" })')).toEqual(DONE);
    expect(page.workers().length).toBeGreaterThan(1);
    await page.evaluate("backend.dispose()");
    await expect.poll(() => page.workers().length).toBe(0);
    await page.close();
  });

  it.each([
    ["a page forbids to start with their text", STRICT, "upload({})"],
    ["there is no such file", STRICT, 'upload({ workerUrl: "/dist/nothing.js" })'],
    ["a page forbids", "worker-src 'none'; script-src 'self' 'wasm-unsafe-eval'", "upload({})"],
  ])("are done without, and a warning says so, where %s", async (_, policy, upload) => {
    const page = await isolated(policy);
    const { sum, warnings } = await page.evaluate<typeof DONE>(upload);
    expect(sum).toBe(DONE.sum);
    expect(warnings).toEqual([
      expect.stringMatching(/^threads: "wasm" computes on one thread, .*; .*workerUrl starts them/),
    ]);
    expect(page.workers()).toEqual([]);
    await page.close();
  });

  it("start with their text where browser.js was copied without worker.js", async () => {
    const page = await isolated("script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:");
    const told = page.evaluate(`import("/copied/browser.js").then(async ({ Gemma }) => {
      const model = new URL("/fixtures/tiny-stories-it/", location.href);
      globalThis.gemma = await Gemma.load(model, { threads: 2 });
      return gemma.generate(${JSON.stringify(prompt)}, { maxTokens: 100 }).text();
    })`);
    expect(await told).toBe(TOLD.text);
    expect(page.workers().map((worker) => worker.url().slice(0, 5))).toEqual(["blob:", "blob:"]);
    await page.close();
  });
});

describe("a page stricter than that", () => {
  it("computes with cpu where it may not compile, and says why", async () => {
    const page = await open("script-src 'self'");
    const { why, warnings, violations, ...told } = await page.evaluate<
      Omit<typeof TOLD, "why"> & { why: string }
    >("ask({})");
    const { why: _, warnings: __, violations: ___, ...expected } = TOLD;
    expect(told).toEqual({ ...expected, name: "cpu" });
    expect(why).toMatch(/^this machine is one that may not compile \(.*wasm-unsafe-eval/);
    expect(warnings).toEqual([`backend: "cpu" computes, which is slow; for "wasm", ${why}`]);
    // To ask whether WebAssembly may be compiled is to be refused once.
    expect(violations).toEqual(["script-src wasm-eval"]);
    expect(await page.evaluate('ask({ backend: "cpu" })')).toMatchObject({ violations });
    await page.close();
  });

  it.each([
    ["", true],
    ["; trusted-types gemma-reference", true],
    ["; trusted-types 'none'", false],
  ])("trusts no text: require-trusted-types-for 'script'%s", async (list, hasWorkers) => {
    const page = await isolated(`${STRICT}; require-trusted-types-for 'script'${list}`);
    expect(await page.evaluate("ask({})")).toEqual(TOLD);
    const told = await page.evaluate("ask({ threads: 2 })");
    if (hasWorkers) expect(told).toEqual(TOLD);
    else expect(told).toMatchObject({ error: expect.stringMatching(/^BackendError.*threads: 1/) });
    await page.close();
  });
});
