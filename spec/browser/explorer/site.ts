/**
 * The explorer (docs/explorer), built and served under a path of its own, in Chromium. Specs that call
 * {@link openSite} compare what it prints with a run of the library in Node; they run in Node.
 */
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright";
import { build } from "vite";
import { afterAll, beforeAll } from "vitest";
import { Gemma } from "../../../src/gemma.ts";
import { tinyModelPath } from "../../../src/node/tiny-model.ts";
import { CHROMIUM } from "../../../vitest.browser.config.ts";
import { scratchFolder } from "../../support/scratch.ts";

/** The page's own prompt, and the position of its last token. */
export const TEXT = "Once upon a time, there was a fox named Mira.";
export const LAST = 12;

const PATH = "/a/path/of/its/own/";
const TYPES: Record<string, string> = {
  ...{ html: "text/html", js: "text/javascript", css: "text/css" },
  ...{ woff2: "font/woff2" },
};

/** Frames in a row in which nothing is asked: what follows from a link asks a frame or two after it. */
const CALM = 5;
const SETTLED = `(async () => {
  for (let calm = 0; calm < ${CALM}; ) {
    await new Promise((r) => requestAnimationFrame(() => setTimeout(r)));
    calm = document.querySelector("main.computing, main .wait") ? 0 : calm + 1;
  }
})()`;

/** The built page, with the model in Node beside it. */
export interface Site {
  readonly folder: string;
  readonly url: string;
  readonly browser: Browser;
  /** cpu, float64, as in the page. */
  readonly gemma: Gemma;
  /** One page for most of what follows: each test goes to a link of its own in it. */
  readonly page: Page;
  /** Errors, words in the console, and requests to elsewhere: of all pages that {@link Site.ready} made. */
  readonly complaints: string[];
  /** Files that pages have asked for, by their paths in {@link Site.folder}. */
  readonly fetched: ReadonlySet<string>;
  /** A page whose numbers are those of the model. */
  ready(fragment?: string, options?: BrowserContextOptions): Promise<Page>;
  /** Follows a link in {@link Site.page}, and waits for its answers; without one, that of the beginning. */
  visit(fragment?: string): Promise<void>;
  /** Texts of elements of {@link Site.page}. */
  texts(selector: string): Promise<string[]>;
  /** Waits until the inspector shows the number at `where`. */
  chosen(where: string): Promise<void>;
}

/** Opens it before the tests of a file, and closes it after them. */
export function openSite(): Site {
  const folder = join(scratchFolder("explorer"), "site");
  const complaints: string[] = [];
  const fetched = new Set<string>();
  let server: Server;
  let url: string;
  let browser: Browser;
  let gemma: Gemma;
  let page: Page;

  const ready: Site["ready"] = async (fragment = "", options = {}) => {
    const opened = await browser.newPage({ viewport: { width: 1440, height: 900 }, ...options });
    opened.on("pageerror", ({ message }) => complaints.push(message));
    opened.on("console", (message) => complaints.push(message.text()));
    opened.on("request", (request) => {
      if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(url)) {
        complaints.push(request.url());
      }
    });
    await opened.goto(url + fragment);
    await opened.waitForSelector("[data-ready]");
    await opened.waitForSelector(".check.holds", { state: "attached" }); // on a phone it is in a sheet
    return opened;
  };

  beforeAll(async () => {
    const { NODE_ENV } = process.env;
    process.env.NODE_ENV = "production"; // vitest says "test", with which JSX is compiled for debugging
    await build({
      root: fileURLToPath(new URL("../../../docs/explorer", import.meta.url)),
      build: { outDir: folder },
      logLevel: "error",
    });
    process.env.NODE_ENV = NODE_ENV;
    server = createServer((request, response) => {
      const name = new URL(request.url ?? "", "http://localhost").pathname.slice(PATH.length);
      try {
        const bytes = readFileSync(join(folder, name || "index.html"));
        fetched.add(name || "index.html");
        const type = TYPES[name.split(".").at(-1) || "html"] ?? "application/octet-stream";
        response.setHeader("content-type", type).end(bytes);
      } catch {
        response.writeHead(404).end();
      }
    }).listen(0);
    url = `http://localhost:${(server.address() as AddressInfo).port}${PATH}`;
    browser = await chromium.launch(CHROMIUM);
    gemma = await Gemma.load(tinyModelPath(), { backend: "cpu", precision: "float64" });
    page = await ready();
  });
  afterAll(async () => {
    await browser.close();
    await gemma.dispose();
    server.close();
  });

  return {
    folder,
    complaints,
    fetched,
    ready,
    get url() {
      return url;
    },
    get browser() {
      return browser;
    },
    get gemma() {
      return gemma;
    },
    get page() {
      return page;
    },
    async visit(fragment = "#") {
      await page.goto(url + fragment);
      await page.evaluate(SETTLED);
    },
    texts: (selector) => page.locator(selector).allTextContents(),
    chosen: (where) => page.locator(".where", { hasText: where }).waitFor(),
  };
}

/** `58.4 %` → 0.584; less than 0.1 % as 0. */
export const chance = (text: string): number =>
  text.startsWith("<") ? 0 : Number.parseFloat(text) / 100;
/** `−4.2e−6` → −4.2e-6 */
export const number = (text: string): number =>
  Number(text.replaceAll("−", "-").replaceAll("\u202f", ""));

/** The files of code, styles and fonts in a built site. */
export function codeIn(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return files.filter((file) => /\.(js|css|html|woff2)$/.test(file));
}

/** Kilobytes of files as servers send them. */
export function compressed(folder: string, files: readonly string[]): number {
  const size = (file: string) => gzipSync(readFileSync(join(folder, file)), { level: 9 }).length;
  return files.reduce((sum, file) => sum + size(file) / 1000, 0);
}
