/** With drafts, right or wrong, the tokens are those that come without: on models of any shape, to the bit. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Backend } from "../../../src/backend/backend.ts";
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import { wasmBackend } from "../../../src/backend/wasm/wasm.ts";
import { Gemma } from "../../../src/gemma.ts";
import { chooser, type Next } from "../../../src/generation/chooser.ts";
import { lookupSteps } from "../../../src/generation/lookup/lookup-steps.ts";
import { steps } from "../../../src/generation/steps.ts";
import type { KVCache } from "../../../src/model/kv-cache.ts";
import { Model } from "../../../src/model/model.ts";
import type { FloatArray } from "../../../src/tensor/tensor.ts";
import { IS_LONG } from "../../support/fuzz.ts";
import { checkpoint } from "../../support/goldens.ts";
import { anyConfig, randomTensors } from "../../support/random.ts";
import "../../support/quick-equality.ts";

/** Always drafts as many. */
const always = (length: number) => ({ length, passed() {} });

async function drafted(
  model: Model,
  ids: readonly number[],
  cache: KVCache,
  options: { maxTokens: number; temperature?: number; seed?: number },
  setting: { length: number; ngram: number; leaveAfter?: number; ends?: Map<number, "stop"> },
) {
  const { temperature, maxTokens } = options;
  const feed = async (some: readonly number[]): Promise<Next[]> => {
    const one = { ids: some, cache };
    if (!temperature) return model.topEach(one);
    const [{ data }] = await model.forward([one], { logits: some.length });
    const V = model.config.vocabSize;
    return some.map((_, r) => (data as FloatArray).subarray(r * V, (r + 1) * V));
  };
  const first = (await feed(ids)).at(-1) as Next;
  const choosing = { ...options, op: "steps" };
  const choose = chooser(model, cache, setting.ends ?? new Map(), choosing);
  const lookup = { tokens: setting.length, ngram: setting.ngram };
  const pace = always(setting.length);
  const counts = { drafted: 0, accepted: 0 };
  const onDraft = (one: number, right: number) => {
    counts.drafted += one;
    counts.accepted += right;
  };
  const parts = { lookup, cache, first, maxTokens, choose, feed, pace, onDraft };
  const found = [];
  for await (const step of lookupSteps(parts)) {
    found.push(step);
    if (found.length === setting.leaveAfter) break;
  }
  return { found, counts };
}

describe("lookupSteps", () => {
  it("gives the tokens, log-probabilities and ends of the plain loop, and leaves the cache as it does", async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(
        anyConfig,
        fc.array(fc.nat(), { minLength: 1, maxLength: 20 }),
        fc.record({
          seed: fc.nat(),
          temperature: fc.constantFrom(0, 0, 0.3, 1),
          maxTokens: fc.integer({ min: 0, max: 40 }),
        }),
        fc.record({
          length: fc.integer({ min: 1, max: 9 }),
          ngram: fc.integer({ min: 1, max: 3 }),
        }),
        fc.record({
          stop: fc.option(fc.nat(), { nil: undefined }),
          leaveAfter: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
          contextLength: fc.integer({ min: 20, max: 64 }),
        }),
        async (config, numbers, options, setting, { stop, leaveAfter, contextLength }) => {
          const backend =
            setting.ngram === 2
              ? wasmBackend({ threads: 1 })
              : cpuBackend({ precision: "float64", maxRows: 6 });
          const tensors = randomTensors(config, options.seed);
          const model = (await Model.load({
            config,
            tensors,
            backend: backend as unknown as Backend,
          })) as unknown as Model;
          const V = config.vocabSize;
          const ids = numbers.map((n) => n % V);
          const ends = new Map(stop === undefined ? [] : [[stop % V, "stop" as const]]);
          const { seed, ...rest } = options;
          const own = rest.temperature ? { ...rest, seed } : rest;
          const plain = model.createCache({ contextLength });
          const wanted = [];
          for await (const step of steps(model, ids, plain, ends, own)) {
            wanted.push(step);
            if (wanted.length === leaveAfter) break;
          }
          const cache = model.createCache({ contextLength });
          const got = await drafted(model, ids, cache, own, { ...setting, ends, leaveAfter });
          expect(got.found).toEqual(wanted);
          expect(cache.tokens).toEqual(plain.tokens);
          accepted += got.counts.accepted;
          expect(got.counts.accepted).toBeLessThanOrEqual(got.counts.drafted);
          model.dispose();
          backend.dispose();
        },
      ),
      IS_LONG ? { numRuns: 1000 } : { numRuns: 30, seed: 19 },
    );
    expect(accepted).toBeGreaterThan(10); // or nothing would have been tried
  });

  it("stops at an abort in the middle of an accepted draft, with the cache behind the token before", async () => {
    const { config, tensors } = await checkpoint("tiny-stories-it");
    const model = (await Model.load({
      config,
      tensors,
      backend: cpuBackend(),
    })) as unknown as Model;
    const cache = model.createCache();
    // A model that always drafts right: what comes is fed beforehand, as the prompt.
    const plain = model.createCache();
    const ids = [2, 77, 301];
    const tokens: number[] = [];
    for await (const { token } of steps(model, ids, plain, new Map(), { maxTokens: 12 }))
      tokens.push(token);
    const controller = new AbortController();
    const top = async (some: readonly number[]) => model.topEach({ ids: some, cache });
    const first = (await top(ids)).at(-1) as Next;
    const choose = chooser(model, cache, new Map(), { op: "steps", maxTokens: 12 });
    const held = {
      get length() {
        return cache.length;
      },
      get tokens() {
        return [...ids, ...tokens, ...ids];
      },
      get isDisposed() {
        return cache.isDisposed;
      },
      contextLength: cache.contextLength,
      rewind: (n: number) => cache.rewind(n),
    };
    const parts = { lookup: { tokens: 7, ngram: 3 }, cache: held, first, maxTokens: 12, choose };
    const seen: number[] = [];
    const loop = async () => {
      const all = { ...parts, feed: top, pace: always(7), signal: controller.signal };
      for await (const { token } of lookupSteps(all)) {
        seen.push(token);
        if (seen.length === 4) {
          expect(cache.length).toBeGreaterThan(ids.length + 3); // the draft is there
          controller.abort("enough");
        }
      }
    };
    await expect(loop()).rejects.toBe("enough");
    expect(seen).toEqual(tokens.slice(0, 4));
    expect(cache.tokens).toEqual([...ids, ...seen.slice(0, 3)]);
    model.dispose();
  });

  it("goes on without drafts where a pass with one fails, and fails where the chosen token does", async () => {
    for (const isAlwaysBad of [false, true]) {
      const cache = fakeCache([1, 2, 1]);
      const fed: (readonly number[])[] = [];
      const feed = async (ids: readonly number[]) => {
        fed.push(ids);
        if (ids.length > 1 || isAlwaysBad) {
          cache.tokens.push(ids[0]); // a part of it may have been fed
          throw new Error("bad");
        }
        cache.tokens.push(...ids);
        return [ids[0]];
      };
      const choose = (next: number) => ({ token: next === 1 ? 2 : 1 });
      const seen: number[] = [];
      const loop = async () => {
        const parts = { lookup: { tokens: 3, ngram: 1 }, cache, first: 1, maxTokens: 99, choose };
        for await (const { token } of lookupSteps({ ...parts, feed, pace: always(3) })) {
          seen.push(token);
          if (seen.length === 5) break;
        }
      };
      if (isAlwaysBad) await expect(loop()).rejects.toThrow("bad");
      else {
        await loop();
        expect(seen).toEqual([2, 1, 2, 1, 2]);
        expect(fed.map(({ length }) => length)).toEqual([3, 1, 1, 1, 1]);
      }
    }
  });
});

function fakeCache(tokens: number[]) {
  return {
    tokens,
    contextLength: 100,
    isDisposed: false,
    get length() {
      return tokens.length;
    },
    rewind(length: number) {
      tokens.length = length;
    },
  };
}

describe("promptLookup", () => {
  const opened = checkpoint("tiny-stories-it").then((one) => Gemma.load(one, { backend: "wasm" }));

  it("changes no answer: of generate, of a list, of a chat", async () => {
    const gemma = await opened;
    const text = "One day Mira found a red ball. One day Mira found";
    for (const how of [{}, { temperature: 0.8, seed: 5 }]) {
      const options = { maxTokens: 24, ignoreEos: true, ...how };
      const answers = async (promptLookup: boolean | { ngram: number }) => {
        const own = { ...options, promptLookup };
        const alone = await gemma.generate(text, own).text();
        const batch = await gemma.generateBatch([text, "Mira"], own);
        const list = batch.map(({ usage: _, ...one }) => one);
        using chat = gemma.chat(own);
        const first = await chat.send("Tell me a story").text();
        return [alone, list, first, await chat.send("Tell me a story").text(), chat.cachedTokens];
      };
      expect(await answers({ ngram: 1 })).toEqual(await answers(false));
    }
  });

  it("refuses what it cannot be, and hooks beside it", async () => {
    const gemma = await opened;
    const bad = (promptLookup: unknown, message: RegExp | string) =>
      expect(() => gemma.generate("a", { promptLookup } as object)).toThrow(message);
    bad(5, '"promptLookup" expected true, or { tokens, ngram }, got 5; write { tokens: 5 }');
    bad(null, '"promptLookup" expected');
    bad({ ngrams: 2 }, "did you mean ngram?");
    bad({ tokens: 0 }, '"promptLookup.tokens" expected');
    bad({ ngram: 1.5 }, '"promptLookup.ngram" expected');
    const hooks = { hook_embed() {} };
    const both = { promptLookup: true, hooks } as object;
    expect(() => gemma.generate("a", both)).toThrow('"promptLookup" expected no hooks beside it');
  });
});
