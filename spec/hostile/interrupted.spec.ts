/**
 * A user who gives up, at every place where the library waits for something: a file to be opened, bytes
 * to be read, a backend to be done. It then ends with the reason, has closed what it opened, and a model
 * that was loaded answers as if nothing had happened.
 */
import { describe, expect, it } from "vitest";
import type { Backend, Handles } from "../../src/backend/backend.ts";
import { cpuBackend } from "../../src/backend/cpu/cpu.ts";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { ArgumentError } from "../../src/errors.ts";
import { Gemma } from "../../src/gemma.ts";
import type { ByteSource } from "../../src/source/byte-source.ts";
import { type Folder, filesFolder } from "../../src/source/folder.ts";
import { IS_LONG } from "../support/fuzz.ts";
import { checkpoint, readFixture, readJson } from "../support/goldens.ts";

const REASON = { because: "the user gave up" };

/** Opens and reads that are counted, and at which something can be done. */
class Disk {
  readonly folder: Folder;
  waits = 0;
  open = 0;
  /** Called as the n-th wait begins. */
  at: (wait: number) => void = () => {};

  constructor(files: Record<string, Uint8Array>) {
    const inner = filesFolder(files, "disk");
    this.folder = {
      name: inner.name,
      list: inner.list,
      open: async (file) => {
        this.at(this.waits++);
        const source = await inner.open(file);
        return source && this.#counted(source);
      },
    };
  }

  #counted(source: ByteSource): ByteSource {
    this.open++;
    return {
      ...source,
      read: async (begin, end, signal) => {
        this.at(this.waits++);
        return source.read(begin, end, signal);
      },
      readInto: async (begin, into, signal) => {
        this.at(this.waits++);
        return source.readInto?.(begin, into, signal);
      },
      close: async () => {
        this.open--;
      },
    };
  }
}

const TINY = "tiny-stories-it";
const config = readFixture(`${TINY}/config.json`);
const weights = readFixture(`${TINY}/model.safetensors`);
const tokenizer = readFixture(`${TINY}/tokenizer.model`);
const shard = "model-00001-of-00001.safetensors";
const header = new TextDecoder().decode(weights.subarray(8, 8 + 4048));
const names = Object.keys(JSON.parse(header)).filter((name) => name !== "__metadata__");
const index = { weight_map: Object.fromEntries(names.map((name) => [name, shard])) };

const FORMS: Record<string, Record<string, Uint8Array>> = {
  "one file of weights": {
    "config.json": config,
    "model.safetensors": weights,
    "tokenizer.model": tokenizer,
  },
  shards: {
    "config.json": config,
    "model.safetensors.index.json": new TextEncoder().encode(JSON.stringify(index)),
    [shard]: weights,
  },
  GGUF: { "model.gguf": readFixture("gguf/model.Q4_0.gguf") },
};

/** The default backend has weights read straight into its memory, the other as a whole. */
const LOADS = Object.entries(FORMS).flatMap(([form, files]) =>
  (["wasm", "cpu"] as const).map((backend) => [form, backend, files] as const),
);

describe.each(LOADS)("loading %s for %s", (_, backend, files) => {
  it("an abort ends it with its reason, and every file is closed", async () => {
    const whole = new Disk(files);
    await (await Gemma.load(whole.folder, { backend })).dispose();
    expect([whole.waits > 10, whole.open]).toEqual([true, 0]);
    for (let at = 0; at < whole.waits; at++) {
      const disk = new Disk(files);
      const abort = new AbortController();
      disk.at = (wait) => {
        if (wait === at) abort.abort(REASON);
      };
      const loading = Gemma.load(disk.folder, { backend, signal: abort.signal });
      expect(await loading.catch((caught) => caught)).toBe(REASON);
      expect([at, disk.open]).toEqual([at, 0]);
    }
  });

  it("so it does while the weights arrive in the background", async () => {
    const whole = new Disk(files);
    const gemma = await Gemma.load(whole.folder, { backend, background: true });
    await gemma.model.arrived;
    await gemma.dispose();
    for (let at = 0; at < whole.waits; at++) {
      const disk = new Disk(files);
      const abort = new AbortController();
      disk.at = (wait) => {
        if (wait === at) abort.abort(REASON);
      };
      const loading = Gemma.load(disk.folder, {
        backend,
        background: true,
        signal: abort.signal,
      });
      const loaded = await loading.catch((caught) => caught);
      if (loaded !== REASON) {
        expect(await loaded.logits([2]).catch((caught: unknown) => caught)).toBe(REASON);
        await loaded.dispose();
        expect([at, disk.waits]).toEqual([at, at + 1]); // nothing is read any more
      }
      expect([at, disk.open]).toEqual([at, 0]);
    }
  });

  it("nor does an open checkpoint load for somebody who has given up already", async () => {
    const disk = new Disk(files);
    const checkpoint = await openCheckpoint(disk.folder);
    const waits = disk.waits;
    const options = { backend, background: true, signal: AbortSignal.abort(REASON) };
    await expect(Gemma.load(checkpoint, options)).rejects.toBe(REASON);
    expect(disk.waits).toBe(waits);
  });

  it("a model that is disposed in the meantime stops reading, and tells who waits for it", async () => {
    const disk = new Disk(files);
    const gemma = await Gemma.load(disk.folder, { backend, background: true });
    const waits = disk.waits;
    const logits = gemma.logits([2]).catch((caught) => caught);
    await gemma.dispose();
    expect(await logits).toBeInstanceOf(ArgumentError);
    expect([disk.open, disk.waits - waits]).toEqual([0, expect.toBeOneOf([0, 1])]);
  });

  it("opening without loading does the same", async () => {
    const whole = new Disk(files);
    await (await openCheckpoint(whole.folder)).close();
    for (let at = 0; at < whole.waits; at++) {
      const disk = new Disk(files);
      const abort = new AbortController();
      disk.at = (wait) => {
        if (wait === at) abort.abort(REASON);
      };
      const { signal } = abort;
      const opened = await openCheckpoint(disk.folder, { signal }).catch((caught) => caught);
      // The last read may have been under way already: then it is open, and closes.
      if (opened !== REASON) await opened.close();
      expect([at, disk.open]).toEqual([at, 0]);
    }
  });
});

describe("computing", () => {
  const cpu = cpuBackend({ precision: "float32", maxRows: 16 }) as Backend as Backend<Handles>;
  let reads = 0;
  let onRead: (read: number) => void = () => {};
  const backend: Backend<Handles> = {
    ...cpu,
    read(src, rows, signal) {
      onRead(reads++);
      return cpu.read(src, rows, signal);
    },
  };
  const loaded = checkpoint(TINY).then((opened) => Gemma.load(opened, { backend }));
  const [{ prompt_ids: ids }] = readJson<{ prompt_ids: number[] }[]>(`${TINY}/greedy.json`);
  const names = ["logits", "blocks.1.attn.hook_z"] as const;

  const works: Record<string, (gemma: Gemma, signal?: AbortSignal) => Promise<unknown>> = {
    logits: async (gemma, signal) => [...(await gemma.logits(ids, { signal })).data],
    score: async (gemma, signal) => [...(await gemma.score(ids, { signal })).logprobs],
    trace: async (gemma, signal) => {
      const trace = await gemma.trace(ids, { names, signal });
      return names.flatMap((name) => [...(trace.get(name)?.data ?? [])]);
    },
    lens: (gemma, signal) => gemma.logitLens(ids, { positions: [1, 3], signal }),
  };

  it.each(Object.entries(works))(
    "%s ends with the reason, and leaves no trace",
    async (_, work) => {
      const gemma = await loaded;
      onRead = () => {};
      reads = 0;
      const expected = await work(gemma);
      const total = reads;
      expect(total).toBeGreaterThan(1);
      for (let at = 0; at < total; at++) {
        const abort = new AbortController();
        reads = 0;
        onRead = (read) => {
          if (read === at) abort.abort(REASON);
        };
        expect(await work(gemma, abort.signal).catch((caught) => caught)).toBe(REASON);
      }
      onRead = () => {};
      expect(await work(gemma)).toEqual(expected);
    },
  );

  /** Reads at which a generation is stopped: that of the prompt is the first, and those of single tokens are alike. */
  const STOPS = IS_LONG ? [0, 1, 2, 3, 4, 5, 6, 7, 8] : [0, 1, 2, 8];

  it("generate and chat end without throwing, and the next answer is as ever", async () => {
    const gemma = await loaded;
    onRead = () => {};
    const question = "What is 3 plus 4?";
    const ask = (signal?: AbortSignal) => {
      const chat = gemma.chat();
      return [gemma.generate(ids, { maxTokens: 9, signal }), chat.send(question, { signal })];
    };
    const expected = [];
    for (const answer of ask()) expected.push(await answer.text());
    for (const at of STOPS) {
      for (const which of [0, 1]) {
        const abort = new AbortController();
        const answer = ask(abort.signal)[which];
        reads = 0;
        onRead = (read) => {
          if (read === at) abort.abort(REASON);
        };
        const text = await answer.text();
        onRead = () => {};
        expect([answer.finishReason, expected[which].startsWith(text)]).toEqual(["abort", true]);
      }
    }
    // And on one chat: what it was interrupted in is taken back, and asked again.
    const chat = gemma.chat();
    for (const at of STOPS) {
      const abort = new AbortController();
      const before = chat.messages.length;
      reads = 0;
      onRead = (read) => {
        if (read === at) abort.abort(Number.NaN);
      };
      const answer = chat.send(question, { signal: abort.signal });
      await answer.text();
      onRead = () => {};
      expect(answer.finishReason).toBe("abort");
      if (chat.messages.length > before) chat.undo();
      expect(await chat.send(question).text()).toBe(expected[1]);
      chat.undo();
    }
    const again = [];
    for (const answer of ask()) again.push(await answer.text());
    expect(again).toEqual(expected);
  });
});
