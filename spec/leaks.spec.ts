/**
 * The short form of bench/leaks.ts: what can be counted to the file and to the megabyte. Resident
 * memory, which needs a process to itself and minutes, is measured there.
 */
import { existsSync, readdirSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test, vi } from "vitest";
import { Gemma } from "../src/gemma.ts";
import { openFolder, tinyModelPath } from "../src/node/index.ts";
import { filesFolder } from "../src/source/folder.ts";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

const OPEN_FILES = "/proc/self/fd";
const openFiles = () => (existsSync(OPEN_FILES) ? readdirSync(OPEN_FILES).length : 0);

/** Bytes of all typed arrays that somebody still holds. */
function arrays(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

/** Repeats `work`, which takes 2.5 MB of weights or more each time, but where it says how often. */
async function expectNothingKept(work: () => Promise<unknown>, times = 8): Promise<void> {
  await work();
  const [files, bytes] = [openFiles(), arrays()];
  for (let i = 0; i < times; i++) {
    await work();
    expect(openFiles()).toBeLessThanOrEqual(files);
  }
  // The collector frees typed arrays on another thread: it may take a moment.
  await vi.waitFor(() => expect(arrays()).toBeLessThan(bytes + 2e6), { timeout: 10_000 });
}

describe("nothing is kept", () => {
  test("of a model that was disposed", async () => {
    await expectNothingKept(async () => {
      const gemma = await Gemma.load(tinyModelPath());
      await gemma.generate([2], { maxTokens: 1 }).text();
      await gemma.dispose();
    });
  });

  test("of a load that was aborted", async () => {
    await expectNothingKept(async () => {
      const controller = new AbortController();
      const loading = Gemma.load(tinyModelPath(), {
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
