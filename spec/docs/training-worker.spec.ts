/** docs/examples/training-worker in a worker of Node: reports come, this thread stays free, a stop is heard. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterEach, beforeAll, expect, it } from "vitest";
import { Gemma } from "../../src/gemma.ts";
import { tinyModelPath } from "../../src/node/tiny-model.ts";
import { filesFolder } from "../../src/source/folder.ts";
import { scratchFolder } from "../support/scratch.ts";
import { trainingWorker } from "../support/training-worker.ts";

interface Message {
  readonly type: string;
  readonly report?: { readonly step: number; readonly loss: number };
  readonly weights?: Uint8Array;
  readonly message?: string;
}

const file = join(scratchFolder("training-worker"), "worker.mjs");
const model = new Map(
  readdirSync(tinyModelPath())
    .filter((name) => /^(config|tokenizer|model)\./.test(name))
    .map((name) => [name, readFileSync(join(tinyModelPath(), name))]),
);
const rows = [{ prompt: "Once", completion: " upon a time" }];
let worker: Worker;

beforeAll(async () => {
  writeFileSync(file, await trainingWorker("node"));
});
afterEach(() => worker.terminate());

/** The messages of a worker that is told to tune, up to its last. */
async function messages(steps: number, onReport: (message: Message) => void): Promise<Message[]> {
  worker = new Worker(file);
  const seen: Message[] = [];
  worker.postMessage({ type: "tune", model, rows, options: { learningRate: 1e-3, steps } });
  return await new Promise((resolve, reject) => {
    worker.on("error", reject);
    worker.on("message", (message: Message) => {
      seen.push(message);
      if (message.type === "report") onReport(message);
      else resolve(seen);
    });
  });
}

it("posts each step, and then the weights of a model that opens", async () => {
  const seen = await messages(2, () => {});
  expect(seen.map(({ type }) => type)).toEqual(["report", "report", "tuned"]);
  expect(seen[1].report?.loss).toBeLessThan(seen[0].report?.loss ?? 0);
  const weights = seen[2].weights as Uint8Array<ArrayBuffer>;
  const gemma = await Gemma.load(filesFolder(new Map([...model, ["model.safetensors", weights]])));
  expect(gemma.config.vocabSize).toBe(1024);
  await gemma.dispose();
});

it("hears that it is to stop, long before its last step", async () => {
  const seen = await messages(100_000, () => worker.postMessage({ type: "stop" }));
  expect(seen.at(-1)?.type).toBe("stopped");
  expect(seen.length).toBeLessThan(100);
});

it("says what it refuses", async () => {
  const seen = await messages(0.5, () => {});
  expect(seen).toEqual([{ type: "error", message: expect.stringContaining("steps") }]);
});
