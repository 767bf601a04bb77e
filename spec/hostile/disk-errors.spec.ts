/**
 * A disk that fails at any one moment of a load: the error arrives, or one that names the file and
 * has it as its cause; no file stays open, nothing hangs, and no half-read model comes out.
 */
import { describe, expect, it } from "vitest";
import { FormatError, GemmaError } from "../../src/errors.ts";
import { Gemma } from "../../src/gemma.ts";
import { GGUF, SHARDED, SINGLE, smallBackend } from "../support/files/small-checkpoint.ts";
import { type Point, settled, type Watch, watch } from "../support/watched-folder.ts";

type Before = (n: number, point: Point) => unknown;

const FORMS: readonly [string, (before?: Before) => { seen: Watch; load(): Promise<Gemma> }][] = [
  ["one file of weights", (before) => fromFolder(watch(SINGLE, before))],
  ["in the background", (before) => fromFolder(watch(SINGLE, before), loadedInBackground)],
  ["three shards", (before) => fromFolder(watch(SHARDED, before))],
  ["a folder with a GGUF file", (before) => fromFolder(watch({ "m.gguf": GGUF }, before))],
  [
    "a GGUF file",
    (before) => {
      const seen = watch({ "m.gguf": GGUF }, before);
      return { seen, load: () => loaded(seen.source("m.gguf")) };
    },
  ],
];

function fromFolder(seen: Watch, load = loaded) {
  return { seen, load: () => load(seen.folder) };
}

type Source = Parameters<typeof Gemma.load>[0];

function loaded(source: Source): Promise<Gemma> {
  return settled(Gemma.load(source, { backend: smallBackend() }));
}

/** The weights are read while a first prompt waits for them. */
async function loadedInBackground(source: Source): Promise<Gemma> {
  const loading = Gemma.load(source, { backend: smallBackend(), background: true });
  const gemma = await settled(loading);
  try {
    await settled(gemma.logits([2, 7]));
    return gemma;
  } catch (error) {
    await settled(gemma.dispose());
    throw error;
  }
}

describe.each(FORMS)("%s", (_, form) => {
  it("opens, answers, and leaves nothing open", async () => {
    const { seen, load } = form();
    const gemma = await load();
    expect(await gemma.generate("the", { maxTokens: 3 }).text()).toEqual(expect.any(String));
    await gemma.dispose();
    expect(seen.open).toEqual([]);
  });

  it("passes the error of every open, list and read on, and closes what it opened", async () => {
    const { seen, load } = form();
    await (await load()).dispose();
    const count = seen.points.length;
    expect(count).toBeGreaterThan(20); // a header, and each of the weights
    for (let n = 1; n <= count; n++) {
      const failure = Object.assign(new Error("EIO: i/o error, read"), { code: "EIO" });
      const failing = form((at) => {
        if (at === n) throw failure;
      });
      const error = await failing.load().catch((reason) => reason);
      if (error !== failure) {
        expect(error).toBeInstanceOf(GemmaError);
        expect(error.cause).toBe(failure);
        expect(error.file).toContain(seen.points[n - 1].file);
      }
      expect([n, failing.seen.open]).toEqual([n, []]);
      // It does not go on reading; of the files beside the weights, and in the background, some were under way.
      expect(failing.seen.points.length).toBeLessThan(n + 6);
    }
  });

  it("refuses every read that comes back short or long, with the file's name", async () => {
    const { seen, load } = form();
    await (await load()).dispose();
    for (const [i, { what, file }] of seen.points.entries()) {
      if (what !== "read") continue;
      for (const instead of [new Uint8Array(0), new Uint8Array(3), new Uint8Array(9999)]) {
        const failing = form((at) => (at === i + 1 ? instead : undefined));
        const error = await failing.load().catch((reason) => reason);
        expect(error).toBeInstanceOf(FormatError);
        expect(error.file).toContain(file);
        expect(failing.seen.open).toEqual([]);
      }
    }
  });

  it("says what went wrong though closing fails as well", async () => {
    const failure = new Error("EIO: i/o error, read");
    const { seen } = form((n) => {
      if (n === 8) throw failure;
    });
    const unclosable = (source: ReturnType<Watch["source"]>) => ({
      ...source,
      close: () => Promise.reject(new Error("EIO: i/o error, close")),
    });
    const folder: Watch["folder"] = {
      ...seen.folder,
      async open(file) {
        const source = await seen.folder.open(file);
        return source && unclosable(source);
      },
    };
    const error = await loaded(folder).catch((reason) => reason);
    expect(error.cause ?? error).toBe(failure);
  });
});
