/**
 * Whether a page stays smooth while a model answers: the tasks of its main thread, out of traces of headless Chromium.
 *
 *     npm run build && npx tsx bench/page-frames.ts [--models tiny,random] [--backends wasm,webgpu] [--tokens 300]
 *
 * The page of docs/examples/worker answers in a worker, while somebody types the next question and scrolls. The page
 * of docs/examples/vite, which computes on its main thread, shows that the measurement can fail. "webgpu" is
 * SwiftShader, which takes the processors that the page needs, too. Exit code 1 if a task or a frame of the first
 * page took more than 16 ms of processor time.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Browser, chromium, type Page } from "playwright";
import { table } from "../src/table.ts";
import { CHROMIUM, SWIFTSHADER } from "../vitest.browser.config.ts";
import { CATEGORIES, MARK, type MainThread, mainThreadOf } from "./page-frames/main-thread.ts";
import { type SiteModel, serveExample } from "./page-frames/site.ts";

const { values } = parseArgs({
  options: {
    models: { type: "string", default: "tiny,random" },
    backends: { type: "string", default: "wasm,webgpu" },
    tokens: { type: "string", default: "300" },
  },
});
const wanted = Number(values.tokens);
const QUESTION = "Tell me a story about Mira the fox.";

/** What a page tells of itself. */
interface Seen {
  readonly tokens: number;
  /** The longest gap between two animation frames, ms; none is shorter than a refresh. */
  readonly gap: number;
  /** The longest time from a key or a click until the page had dealt with it, ms. */
  readonly input: number;
}

/** Watches a page from within; as text, because what is compiled for Node would not run there. */
const WATCH = `
  window.seen = { gap: 0, input: 0 };
  let last;
  function frame(now) {
    if (last !== undefined) seen.gap = Math.max(seen.gap, now - last);
    last = now;
    requestAnimationFrame(frame);
  }
  new MutationObserver((changes) => {
    const grows = ({ target }) => (target.closest ? target : target.parentElement)?.closest("#story, article");
    if (!changes.some(grows)) return;
    performance.mark(${JSON.stringify(MARK)});
    if (last === undefined) frame();
  }).observe(document, { subtree: true, childList: true, characterData: true });
  new PerformanceObserver((list) => {
    for (const e of list.getEntries()) seen.input = Math.max(seen.input, e.processingEnd - e.startTime);
  }).observe({ type: "event", durationThreshold: 16 });
`;

/** How far the last answer is. As few words as can be: they are work of the main thread, too. */
const STATE = `({
  tokens: Number.parseInt(document.querySelector("article:last-child > small")?.textContent) || 0,
  isOver: document.querySelector("#stop").disabled,
})`;

/** Uses the page while it answers, until it has said `wanted` tokens. */
async function inWorker(page: Page): Promise<number> {
  const state = () => page.evaluate<{ tokens: number; isOver: boolean }>(STATE);
  await page.waitForSelector("#send:enabled");
  for (let told = 0; ; await page.click("#new-chat")) {
    await page.fill("#question", QUESTION);
    await page.press("#question", "Enter");
    let now = await state();
    for (let i = 0; !now.isOver && told + now.tokens < wanted; i++, now = await state()) {
      if (i % 20 === 0) await page.fill("#question", "");
      await page.keyboard.type("and ", { delay: 40 });
      await page.mouse.wheel(0, i % 2 ? 300 : -300);
    }
    await page.press("#question", "Escape");
    await page.waitForSelector("#stop:disabled");
    told += (await state()).tokens;
    if (told >= wanted) return told;
  }
}

/** Waits until nothing more comes. */
async function onMainThread(page: Page): Promise<number> {
  let before = 0;
  for (;;) {
    await page.waitForTimeout(2000);
    const now = await page.evaluate<number>(`document.querySelector("#story").childNodes.length`);
    if (now > 0 && now === before) return now;
    before = now;
  }
}

async function measure(
  browser: Browser,
  url: string,
  use: (page: Page) => Promise<number>,
): Promise<Seen & MainThread> {
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  page.on("pageerror", ({ message }) => console.error(`page: ${message}`));
  await page.addInitScript(WATCH);
  await browser.startTracing(page, { categories: [...CATEGORIES] });
  await page.goto(url);
  const tokens = await use(page);
  const seen = await page.evaluate<Omit<Seen, "tokens">>("seen");
  const trace = await browser.stopTracing();
  await page.close();
  return { tokens, ...seen, ...mainThreadOf(trace) };
}

const scratch = mkdtempSync(join(tmpdir(), "page-frames-"));
const browser = await chromium.launch({
  ...CHROMIUM,
  args: [...CHROMIUM.args, ...SWIFTSHADER],
});
const HEAD = ["", "tokens", "longest task", "processor", "over 16 ms, both", "busiest frame"];
const rows = [[...HEAD, "frames over 16 ms", "at work", "frame gap", "input", "mostly"]];
try {
  for (const model of values.models.split(",") as SiteModel[]) {
    const add = async (what: string, url: string, use: (page: Page) => Promise<number>) => {
      const m = await measure(browser, url, use);
      const ms = (length: number) => `${length.toFixed(1)} ms`;
      const tasks = [
        ms(m.longest.wall),
        ms(m.longest.cpu),
        `${m.over16.wall}, ${m.over16.cpu} of ${m.tasks}`,
      ];
      const frames = [ms(m.busiestFrame), `${m.framesOver16} of ${m.frames}`];
      const rest = [
        `${(100 * m.busy).toFixed(1)} %`,
        ms(m.gap),
        m.input ? ms(m.input) : "",
        m.mostly,
      ];
      rows.push([`${what}, ${model}`, `${m.tokens}`, ...tasks, ...frames, ...rest]);
      return m;
    };
    const worker = await serveExample("worker", model, scratch);
    const [url] = worker.resolvedUrls?.local ?? [];
    for (const backend of values.backends.split(",")) {
      const m = await add(`worker, ${backend}`, `${url}?backend=${backend}`, inWorker);
      if (m.over16.cpu + m.framesOver16 > 0) process.exitCode = 1;
    }
    await worker.close();
    const vite = await serveExample("vite", model, scratch);
    await add("main thread, wasm", vite.resolvedUrls?.local[0] ?? "", onMainThread);
    await vite.close();
  }
  console.log(table(rows, "lrrrrrrrrrl"));
} finally {
  await browser.close();
  rmSync(scratch, { recursive: true, force: true });
}
