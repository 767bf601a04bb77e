/** A cache from a file goes on as the one that was saved, to the bit; a file that is not whole, or not this model's, is refused. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { naiveBackend } from "../../docs/examples/naive-backend.ts";
import { withChecks } from "../../src/backend/checks.ts";
import { cpuBackend } from "../../src/backend/cpu/cpu.ts";
import { wasmBackend } from "../../src/backend/wasm/wasm.ts";
import { readSafetensors } from "../../src/checkpoint/safetensors/read.ts";
import { FormatError, UnsupportedError } from "../../src/errors.ts";
import { Gemma } from "../../src/gemma.ts";
import { Model } from "../../src/model/model.ts";
import { restoreCache } from "../../src/saved-cache/restore.ts";
import { saveCache } from "../../src/saved-cache/save.ts";
import { bytesSource } from "../../src/source/byte-source.ts";
import { newAdapter } from "../../src/tuning/lora/adapter.ts";
import { counting } from "../support/counting.ts";
import { fixtureFolder } from "../support/files.ts";
import { checkpoint } from "../support/goldens.ts";
import { anyConfig, randomTensors } from "../support/random.ts";
import "../support/quick-equality.ts";

const TINY = "tiny-stories-it";
const opened = (options: object = {}) =>
  Gemma.load(fixtureFolder(TINY), { backend: "cpu", ...options });
const one = opened();

describe.each([
  ["cpu, float64", () => withChecks(cpuBackend({ precision: "float64", maxRows: 5 }))],
  ["cpu, bfloat16", () => cpuBackend({ precision: "bfloat16" })],
  ["wasm", () => wasmBackend({ threads: 1 })],
])("on %s", (_, make) => {
  it("a restored cache goes on as the saved one, with models of any shape", async () => {
    // biome-ignore lint/suspicious/noExplicitAny: backends of several handles
    const backend = make() as any;
    await fc.assert(
      fc.asyncProperty(
        anyConfig,
        fc.array(fc.nat(), { maxLength: 40 }),
        fc.array(fc.nat(), { minLength: 1, maxLength: 10 }),
        async (config, some, more) => {
          const tensors = randomTensors(config, 1 + some.length);
          const model = await Model.load({ config, tensors, backend });
          const ids = (numbers: readonly number[]) => numbers.map((n) => n % config.vocabSize);
          const cache = model.createCache();
          if (some.length > 0) await model.forward(ids(some), cache);
          const saved = await saveCache("save", model, cache);
          const again = await restoreCache("restore", model, saved);
          expect(again.cache.tokens).toEqual(ids(some));
          const wanted = await model.forward(ids(more), cache);
          expect((await model.forward(ids(more), again.cache)).data).toEqual(wanted.data);
          model.dispose();
        },
      ),
      { numRuns: 8 },
    );
    backend.dispose();
  });
});

describe("chat.save", () => {
  it("is gone on from by another Gemma with the same answers and seeds, and nothing is computed again", async () => {
    const gemma = await one;
    const options = { maxTokens: 12, temperature: 0.9, seed: 7 };
    using chat = gemma.chat(options);
    await chat.send("Tell me a story about Mira.").text();
    const saved = await chat.save();
    const other = await opened();
    using resumed = await other.resumeChat(saved);
    expect(resumed.messages).toEqual(chat.messages);
    expect(resumed.cachedTokens).toBe(chat.cachedTokens);
    const [a, b] = [chat.send("And then?"), resumed.send("And then?")];
    expect(await b.text()).toBe(await a.text());
    expect(b.usage.reusedTokens).toBe(a.usage.reusedTokens);
    expect(b.usage.reusedTokens).toBeGreaterThan(20);
    expect(b.seed).toBe(8);
    resumed.undo();
    expect(await resumed.send("Why?").text()).not.toBe("");
    await other.dispose();
  });

  it("keeps the settings of the chat, but for a function, and takes others in their place", async () => {
    const gemma = await one;
    const question = "Tell me a story about Mira.";
    const logitBias = new Map([[693, -Infinity]]);
    const settings = { maxTokens: 9, logitBias, stop: " fox", minTokens: 2, contextLength: 200 };
    using chat = gemma.chat({ ...settings, temperature: 2, topP: 0.9, seed: 3 });
    await chat.send(question).text();
    const saved = await chat.save();
    using resumed = await gemma.resumeChat(saved);
    const answer = resumed.send(question);
    expect(await answer.text()).toBe(await chat.send(question).text());
    expect(answer.seed).toBe(4);
    using greedy = await gemma.resumeChat(saved, { temperature: 0, maxTokens: 3 });
    const short = greedy.send(question);
    await short.text();
    expect([short.seed, short.tokens.length]).toEqual([undefined, 3]);
    await expect(greedy.send("Why? ".repeat(200)).text()).rejects.toThrow(/at most 200 tokens/);

    let calls = 0;
    const logitsProcessor = () => void calls++;
    using processing = gemma.chat({ maxTokens: 2, logitsProcessor });
    await processing.send("Hi").text();
    const file = await processing.save();
    await expect(gemma.resumeChat(file)).rejects.toThrow(
      /"logitsProcessor" expected the function that the chat was saved with, got nothing/,
    );
    using again = await gemma.resumeChat(file, { logitsProcessor });
    calls = 0;
    await again.send("Hi").text();
    expect(calls).toBe(2);
  });

  it("is a safetensors file that says what it is", async () => {
    const gemma = await one;
    const cache = gemma.createCache();
    await gemma.generate([2, 77, 301], { cache, maxTokens: 1 }).text();
    const saved = await gemma.saveCache(cache);
    const tensors = await readSafetensors(bytesSource(saved));
    const { numHiddenLayers: L, numKeyValueHeads: K, headDim: H } = gemma.config;
    expect(tensors.size).toBe(2 * L);
    expect(tensors.get("layers.0.keys")).toMatchObject({ dtype: "float32", shape: [3, K, H] });
    expect(new TextDecoder().decode(saved.subarray(0, 2000))).toContain('"tokens":"[2,77,301]"');
    const back = await gemma.restoreCache(new Blob([saved as BlobPart]), { contextLength: 9 });
    expect([back.length, back.contextLength]).toEqual([3, 9]);
  });
});

describe("a file that is not what it should be", () => {
  it("is refused wherever a byte of it is another, or it is cut, and nothing is left of it", async () => {
    const { config, tensors } = await checkpoint(TINY);
    const { backend, account } = counting(cpuBackend());
    const model = await Model.load({ config, tensors, backend });
    const cache = model.createCache();
    const ids = [2, 77, 301, 9];
    await model.forward(ids, cache);
    const saved = await saveCache("save", model, cache, {}, "[]");
    const wanted = (await model.forward([5], cache)).data;
    const before = account.out.kv;
    const head = new DataView(saved.buffer).getUint32(0, true);
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.integer({ min: 0, max: 8 + head }), fc.nat(saved.length - 1)),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        async (at, change, isCut) => {
          const bytes = saved.slice(0, isCut ? at : saved.length);
          if (!isCut) bytes[at] ^= change;
          const got = await restoreCache("restore", model, bytes).catch((error) => error);
          if (got instanceof Error) {
            expect(got.message).toMatch(/^(restore|readSafetensors)/);
            expect(account.out.kv).toBe(before);
            return;
          }
          // A space, or a name that plays no part: what counts is the same.
          expect(at).toBeLessThan(8 + head);
          expect(got.cache.tokens).toEqual(ids);
          expect((await model.forward([5], got.cache)).data).toEqual(wanted);
          got.cache.dispose();
        },
      ),
      { numRuns: 60 },
    );
    model.dispose();
  });

  it("is refused with its difference: another model, other weights, another precision, another kind", async () => {
    const gemma = await one;
    const cache = gemma.createCache();
    await gemma.generate([2, 77], { cache, maxTokens: 1 }).text();
    const saved = await gemma.saveCache(cache);
    const base = await Gemma.load(fixtureFolder("tiny-stories"), { backend: "cpu" });
    const wide = await opened({ precision: "float64" });
    await expect(base.restoreCache(saved)).rejects.toThrow(/saved by other weights/);
    await expect(wide.restoreCache(saved)).rejects.toThrow(
      /"precision" expected float64, got float32/,
    );
    const small = Model.load({
      config: { ...gemma.config, ropeTheta: 5000 },
      tensors: (await checkpoint(TINY)).tensors,
      backend: cpuBackend(),
    });
    await expect(restoreCache("restore", await small, saved)).rejects.toThrow(/of other shapes/);
    await expect(gemma.resumeChat(saved)).rejects.toThrow(/a cache alone/);
    await expect(gemma.restoreCache(saved, { contextLength: 1 })).rejects.toThrow("contextLength");
    const weights = new Uint8Array(16);
    new DataView(weights.buffer).setUint32(0, 8, true);
    weights.set(new TextEncoder().encode("{}      "), 8);
    await expect(gemma.restoreCache(weights)).rejects.toThrow(FormatError);
    await expect(gemma.restoreCache("x" as never)).rejects.toThrow(/read the file first/);
    const chat = gemma.chat();
    chat.dispose();
    await expect(chat.save()).rejects.toThrow(/begin another/);
    await expect(gemma.chat().save("a" as never)).rejects.toThrow(/write them to this path/);
    await expect(gemma.saveCache(base.createCache())).rejects.toThrow(/a cache of this model/);
    for (const other of [base, wide]) await other.dispose();
  });

  it("is refused under another adapter, though both change a layer in the middle alone", async () => {
    const { config } = await one;
    const filled = (value: number) => {
      const adapter = newAdapter(config, { r: 1, targets: ["up_proj"], layers: [2] });
      for (const { b } of adapter.pairs.values()) b.data.fill(value);
      return adapter;
    };
    const adapters = { poet: filled(0.1), coder: filled(0.2) };
    const gemma = await Gemma.load(fixtureFolder(TINY), { adapters });
    const cache = gemma.createCache({ adapter: "poet" });
    await gemma.generate([2, 77], { cache, maxTokens: 1, adapter: "poet" }).text();
    const saved = await gemma.saveCache(cache, { adapter: "poet" });
    for (const adapter of ["coder", null]) {
      await expect(gemma.restoreCache(saved, { adapter })).rejects.toThrow(
        /saved by other weights, or under an adapter: load those, or name it/,
      );
    }
    expect((await gemma.restoreCache(saved, { adapter: "poet" })).tokens).toEqual([2, 77]);
    await gemma.dispose();
  });

  it("ends with its signal, and needs a backend that reads caches", async () => {
    const gemma = await one;
    const chat = gemma.chat({ maxTokens: 2 });
    await chat.send("Hi").text();
    const signal = AbortSignal.abort("enough");
    await expect(chat.save({ signal })).rejects.toBe("enough");
    const saved = await chat.save();
    await expect(gemma.resumeChat(saved, { signal })).rejects.toBe("enough");
    await expect(gemma.restoreCache(saved, { signal })).rejects.toBe("enough");
    await expect(gemma.saveCache(gemma.createCache(), { signal })).rejects.toBe("enough");
    const naive = await opened({ backend: naiveBackend() });
    const cache = naive.createCache();
    await expect(naive.saveCache(cache)).rejects.toThrow(UnsupportedError);
    await naive.dispose();
  });
});
