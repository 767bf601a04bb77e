/**
 * The short form of bench/leaks.ts: what can be counted to the file and to the megabyte. Resident
 * memory, which needs a process to itself and minutes, is measured there.
 */
import { existsSync, readdirSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test, vi } from "vitest";
import { openCheckpoint } from "../src/checkpoint/open.ts";
import { Gemma } from "../src/gemma.ts";
import type { GemmaOptions } from "../src/load.ts";
import { openFolder, tinyModelPath } from "../src/node/index.ts";
import { filesFolder } from "../src/source/folder.ts";
import { BYTES_PER_ELEMENT, type DType } from "../src/tensor/stored.ts";
import { elementsOf } from "../src/tensor/tensor.ts";
import { loraModel } from "../src/tuning/lora/lora.ts";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

const OPEN_FILES = "/proc/self/fd";
const openFiles = () => (existsSync(OPEN_FILES) ? readdirSync(OPEN_FILES).length : 0);

/** Bytes of all typed arrays that somebody still holds. Memories of WebAssembly are not among them. */
function arrays(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

/** Memories of WebAssembly that somebody still holds. */
let memories = 0;
const collected = new FinalizationRegistry(() => memories--);
const { Memory } = WebAssembly;
WebAssembly.Memory = class extends Memory {
  constructor(descriptor: WebAssembly.MemoryDescriptor) {
    super(descriptor);
    memories++;
    collected.register(this, undefined);
  }
};

/** Repeats `work`, which takes 2.5 MB of weights or more each time, but where it says how often. */
async function expectNothingKept(work: () => Promise<unknown>, times = 8): Promise<void> {
  await work();
  const [files, bytes, held] = [openFiles(), arrays(), memories];
  for (let i = 0; i < times; i++) {
    await work();
    // Workers close theirs a moment after they were told to end.
    await vi.waitFor(() => expect(openFiles()).toBeLessThanOrEqual(files));
  }
  // The collector frees typed arrays on another thread: it may take a moment.
  await vi.waitFor(() => expect(arrays()).toBeLessThan(bytes + 2e6), { timeout: 10_000 });
  await vi.waitFor(() => expect(memories).toBeLessThanOrEqual(held), { timeout: 10_000 });
}

describe("nothing is kept", () => {
  test.each<GemmaOptions>([
    { backend: "cpu" },
    { backend: "wasm" },
    { backend: "wasm", threads: 2 },
  ])("of a model that was disposed: %j", async (options) => {
    await expectNothingKept(async () => {
      const gemma = await Gemma.load(tinyModelPath(), options);
      await gemma.generate([2], { maxTokens: 1 }).text();
      await gemma.dispose();
    });
  });

  test.each(["cpu", "wasm"] as const)("of a load for %s that was aborted", async (backend) => {
    await expectNothingKept(async () => {
      const controller = new AbortController();
      const loading = Gemma.load(tinyModelPath(), {
        backend,
        signal: controller.signal,
        onProgress: ({ loaded, total }) => loaded > total / 2 && controller.abort(),
      });
      await expect(loading).rejects.toThrow("abort");
    });
  });

  test("of a load that failed", async () => {
    const folder = openFolder(tinyModelPath());
    const withoutWeights = {
      ...folder,
      open: async (file: string) => {
        return file.startsWith("model.") ? filesFolder({}).open(file) : folder.open(file);
      },
    };
    await expectNothingKept(async () => {
      await expect(Gemma.load(withoutWeights)).rejects.toThrow("model.safetensors");
    });
  });

  test("of traces, caches, chats and lists", async () => {
    const gemma = await Gemma.load(tinyModelPath());
    await expectNothingKept(async () => {
      await gemma.trace([2, 3, 4]);
      gemma.model.createCache().dispose();
      const chat = gemma.chat();
      await chat.send("What is 3 plus 4?", { maxTokens: 1 }).text();
      chat.dispose();
      const answers = gemma.generate(["Once", "Once", "Far away"], { maxTokens: 2 });
      await answers[2].text();
      await answers[0].return();
      await gemma.score(["Mira the fox", "Sam"]);
    }, 20);
    await gemma.dispose();
  });
});

test("weights are held once, however many models share them", async () => {
  const checkpoint = await openCheckpoint(openFolder(tinyModelPath()));
  const { reference } = await loraModel(checkpoint, { r: 1 });
  const weights = [...checkpoint.tensors.values()].reduce((sum, { shape, dtype }) => {
    return sum + elementsOf(shape) * BYTES_PER_ELEMENT[dtype as DType];
  }, 0);
  const before = arrays();
  const models: unknown[] = [];
  for (let seed = 0; seed < 8; seed++) models.push(await loraModel(reference, { r: 1, seed }));
  // The factors of one are a tenth of the weights or less; a copy would be the whole.
  await vi.waitFor(() => expect(arrays()).toBeLessThan(before + 8 * 0.1 * weights));
  expect(models).toHaveLength(8);
  await checkpoint.close();
});
