/**
 * The cache of files in Chromium's private file system, filled from a server that does what servers do.
 * Runs in Node, with Chromium beside it; the library is the dist/browser.js that `npm run build` made.
 */
import { createHash } from "node:crypto";
import { type Browser, chromium, type Page } from "playwright";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CHROMIUM } from "../../vitest.browser.config.ts";
import { readFile } from "../support/files.ts";
import { readJson } from "../support/goldens.ts";
import {
  type Fault,
  type HostileServer,
  half,
  honestly,
  send,
  serve,
} from "../support/hostile-server.ts";

const MODEL = "fixtures/tiny-stories-it/";
const WEIGHTS = `${MODEL}model.safetensors`;
const SIZE = readFile(WEIGHTS).length;
const TYPES: Record<string, string> = { html: "text/html", js: "text/javascript" };

let server: HostileServer;
let browser: Browser;
let page: Page;
/** What happens to requests for the model. */
let fault: Fault = send;
let version = '"v1"';

beforeAll(async () => {
  server = await serve((request, response) => {
    const path = (request.url ?? "/").slice(1).split("?")[0];
    if (path === "") return response.setHeader("content-type", "text/html").end("<title>.</title>");
    let bytes: Uint8Array;
    try {
      bytes = readFile(path);
    } catch {
      return response.writeHead(404).end();
    }
    const type = TYPES[path.split(".").at(-1) ?? ""];
    const answer = honestly(request, bytes, {
      etag: version,
      ...(type && { "content-type": type }),
    });
    return (path.startsWith(MODEL) ? fault : send)(response, answer, request);
  });
  browser = await chromium.launch(CHROMIUM);
});

afterAll(async () => {
  await browser.close();
  await server.close();
});

beforeEach(async () => {
  [fault, version] = [send, '"v1"'];
  const context = await browser.newContext(); // with storage of its own
  page = await context.newPage();
  await page.goto(server.origin);
});

/** Runs `body` in the page, as text: what is compiled for Node would not run there. */
function inPage<T>(body: string): Promise<T> {
  return page.evaluate(`(async () => {
    const { Gemma, opfsCache, cachedFile, cachedFolder } = await import("/dist/browser.js");
    const cache = await opfsCache({ pieceSize: 2 ** 18 });
    const folder = location.origin + "/${MODEL}";
    const weights = location.origin + "/${WEIGHTS}";
    const hash = async (source) => {
      const bytes = await source.read(0, source.size);
      const digest = await crypto.subtle.digest("SHA-256", bytes);
      return [...new Uint8Array(digest)].map((x) => x.toString(16).padStart(2, "0")).join("");
    };
    const said = (error) => error.name + ": " + error.message;
    ${body}
  })()`) as Promise<T>;
}

/** First bytes of the ranges of the weights that were asked for. */
function begins(): number[] {
  return server.asked
    .filter(({ url }) => url.startsWith(`/${WEIGHTS}`))
    .map(({ headers }) => Number(/\d+/.exec(headers.range ?? "")?.[0]));
}

const SHA256 = createHash("sha256").update(readFile(WEIGHTS)).digest("hex");

describe("a checkpoint in the browser's cache", () => {
  it("is downloaded once, with a total that is known first, and runs without a network", async () => {
    const tell = `
      const gemma = await Gemma.load(await cachedFolder(cache, folder, { onProgress }));
      const answer = await gemma.generate(prompt, { maxTokens: 100 }).text();
      await gemma.dispose();`;
    const [golden] = readJson<{ prompt: string; greedy_text: string }[]>(
      "tiny-stories-it/greedy.json",
    );
    const prompt = `const prompt = ${JSON.stringify(golden.prompt)};`;
    const { answer, progress, files } = await inPage<{
      answer: string;
      progress: { phase: string; loaded: number; total: number }[];
      files: { url: string; size: number; loaded: number }[];
    }>(`const progress = []; const onProgress = (p) => progress.push(p); ${prompt} ${tell}
        return { answer, progress, files: await cache.list() };`);
    expect(`${answer}<end_of_turn>`).toBe(golden.greedy_text);
    const names = ["config.json", "model.safetensors", "tokenizer.model"];
    expect(files.map(({ url }) => url)).toEqual(names.map((n) => `${server.origin}/${MODEL}${n}`));
    expect(files.every(({ size, loaded }) => size === loaded)).toBe(true);
    const total = files.reduce((sum, { size }) => sum + size, 0);
    expect(new Set(progress.map((p) => p.total))).toEqual(new Set([total]));
    expect(progress.at(-1)).toMatchObject({ phase: "download", loaded: total });
    const loaded = progress.map((p) => p.loaded);
    expect(loaded).toEqual([...loaded].sort((a, b) => a - b));

    fault = (response) => response.destroy();
    const before = server.asked.length;
    await page.reload();
    const again = await inPage(`let onProgress; ${prompt} ${tell} return answer;`);
    expect(again).toBe(answer);
    expect(server.asked.slice(before).filter(({ url }) => url.startsWith(`/${MODEL}`))).toEqual([]);
    expect(await inPage("await cache.remove(folder); return cache.list();")).toEqual([]);
  });

  it("goes on where it was cut off, and its bytes are right", async () => {
    let served = 0;
    fault = (response, honest, request) => {
      const isCut = served > 1_000_000;
      served += honest.body.length;
      (isCut ? half("reset") : send)(response, honest, request);
    };
    const download = "await cachedFile(cache, weights, { retries: 0 })";
    const error = await inPage<string>(`return ${download}.catch(said);`);
    expect(error).toMatch(/^SourceError: readRemote: .*model\.safetensors expected bytes \d+ to/);
    const [{ loaded }] = await inPage<{ loaded: number }[]>("return cache.list();");
    expect(loaded).toBeGreaterThan(2 ** 18);
    expect([loaded % 2 ** 18, loaded < SIZE]).toEqual([0, true]);

    fault = send;
    const before = begins().length;
    expect(await inPage(`return hash(${download});`)).toBe(SHA256);
    expect(
      Math.min(
        ...begins()
          .slice(before)
          .filter((begin) => begin > 0),
      ),
    ).toBe(loaded);
  });

  it("is not mixed from two versions of a file", async () => {
    const start = begins().length;
    fault = (response, honest, request) =>
      (begins().length - start > 4 ? half("reset") : send)(response, honest, request);
    const download = "cachedFile(cache, weights, { retries: 0 })";
    await inPage(`return ${download}.catch(said);`);
    [fault, version] = [send, '"v2"'];
    const before = begins().length;
    expect(await inPage(`return hash(await ${download});`)).toBe(SHA256);
    expect(
      begins()
        .slice(before)
        .filter((begin) => begin === 0).length,
    ).toBe(2); // asked, and fetched
  });

  it("stops for a signal with its reason, and keeps what it has", async () => {
    const said = await inPage<[string, number]>(`
      const abort = new AbortController();
      const { signal } = abort;
      const onProgress = ({ loaded }) => { if (loaded > 600000) abort.abort("enough"); };
      const reason = await cachedFile(cache, weights, { signal, onProgress }).catch((caught) => caught);
      const [{ loaded }] = await cache.list();
      return [reason, loaded];`);
    expect(said).toEqual(["enough", 2 ** 19]);
    expect(await inPage("return (await cache.open(weights)) === undefined;")).toBe(true);
  });

  it("is fetched once by two who want it at the same time", async () => {
    const start = begins().length;
    const hashes = await inPage<string[]>(`
      const both = await Promise.all([cachedFile(cache, weights), cachedFile(cache, weights)]);
      return Promise.all(both.map(hash));`);
    expect(hashes).toEqual([SHA256, SHA256]);
    const pieces = begins()
      .slice(start)
      .filter((begin) => begin > 0);
    expect(pieces.length).toBe(new Set(pieces).size);
  });

  it("says how much room there is where that is too little", async () => {
    const error = await inPage<string>(`
      navigator.storage.estimate = async () => ({ quota: 1000, usage: 400 });
      return cachedFile(cache, weights).catch(said);`);
    expect(error).toMatch(
      /^SourceError: .*expected room for \d+ bytes .* got 600 left to this site; remove other models/,
    );
  });

  it.each([
    "fixtures/gguf/model.Q8_0.gguf",
    "fixtures/mqa/official.ckpt",
    "fixtures/mqa/model.npz",
  ])("has the bytes of %s", async (path) => {
    const expected = createHash("sha256").update(readFile(path)).digest("hex");
    const url = `location.origin + "/${path}"`;
    expect(await inPage(`return hash(await cachedFile(cache, ${url}));`)).toBe(expected);
    expect(await inPage(`return hash(await cache.open(${url}));`)).toBe(expected);
  });

  it("is another in another folder, and refuses options that it has not", async () => {
    const answer = await inPage(`
      await cachedFile(cache, weights);
      const other = await opfsCache({ folder: "another" });
      const refused = await cache.download({ url: weights }, { on_bytes() {} }).catch(said);
      return [(await cache.list()).length, await other.list(), refused];`);
    expect(answer).toEqual([
      expect.any(Number),
      [],
      expect.stringMatching(/"on_bytes" expected an option, .*; did you mean onBytes\?$/),
    ]);
    expect((answer as [number])[0]).toBeGreaterThan(0);
  });

  it("is opened as a file that is not there if it is not there", async () => {
    const error = await inPage<string>(`return cachedFile(cache, folder + "no.gguf").catch(said);`);
    expect(error).toMatch(/^SourceError: .*no\.gguf.*got 404 Not Found; check the address/);
    expect(await inPage("return cache.list();")).toEqual([]);
  });
});
