/** docs/examples/training-worker in a module worker of a page in Chromium. Runs in Node. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, chromium } from "playwright";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CHROMIUM } from "../../vitest.browser.config.ts";
import { readFixture } from "../support/goldens.ts";
import { trainingWorker } from "../support/training-worker.ts";

const FILES = ["config.json", "tokenizer.model", "model.safetensors"];
let server: Server;
let browser: Browser;

beforeAll(async () => {
  const worker = await trainingWorker("browser");
  server = createServer(({ url = "" }, response) => {
    const name = url.slice(1);
    if (FILES.includes(name)) response.end(readFixture(`tiny-stories-it/${name}`));
    else if (name === "worker.js") {
      response.setHeader("content-type", "text/javascript").end(worker);
    } else response.setHeader("content-type", "text/html").end("<title>.</title>");
  }).listen(0);
  browser = await chromium.launch(CHROMIUM);
});

afterAll(async () => {
  await browser.close();
  server.close();
});

it("posts its steps while the page stays alive, and stops when it is told to", async () => {
  const page = await browser.newPage();
  await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
  const { types, frames } = (await page.evaluate(`(async () => {
    const names = ${JSON.stringify(FILES)};
    const blobs = names.map(async (name) => [name, await (await fetch(name)).blob()]);
    const model = new Map(await Promise.all(blobs));
    const rows = [{ prompt: "Once", completion: " upon a time" }];
    let frames = 0;
    const frame = () => { frames++; requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
    const run = (steps, stopAfter) => new Promise((resolve, reject) => {
      const worker = new Worker("worker.js", { type: "module" });
      const types = [];
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.onmessage = ({ data }) => {
        types.push(data.type);
        if (types.length === stopAfter) worker.postMessage({ type: "stop" });
        if (data.type !== "report") resolve(types);
      };
      worker.postMessage({ type: "tune", model, rows, options: { learningRate: 1e-3, steps } });
    });
    return { types: [await run(3), (await run(100000, 2)).at(-1)], frames };
  })()`)) as { types: unknown; frames: number };
  expect(types).toEqual([["report", "report", "report", "tuned"], "stopped"]);
  expect(frames).toBeGreaterThan(3);
});
