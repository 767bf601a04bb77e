/** Feeding tokens in any portions changes no bit. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../src/backend/cpu/cpu.ts";
import { maxAbs, maxError } from "../../src/conformance/metrics.ts";
import { ArgumentError } from "../../src/errors.ts";
import { hookedFeed } from "../../src/interp/run/hooked-feed.ts";
import { Model } from "../../src/model/model.ts";
import type { PrecisionName } from "../../src/tensor/precision.ts";
import { load, promptIds, promptLogits } from "../support/goldens.ts";
import { anyConfig, randomTensors } from "../support/random.ts";

const PRECISIONS: PrecisionName[] = ["float64", "float32", "bfloat16"];
const ids = promptIds("gqa", "prompt-40");

/** Logits of all tokens, fed in portions of the given sizes. */
async function inPortions(model: Model, sizes: readonly number[]): Promise<number[]> {
  const cache = model.createCache({ contextLength: ids.length });
  const logits: number[] = [];
  for (const size of [...sizes, ids.length]) {
    const portion = ids.slice(cache.length, cache.length + size);
    if (portion.length === 0) break;
    logits.push(...(await model.forward(portion, cache, { logits: "all" })).data);
  }
  return logits;
}

describe.each(PRECISIONS)("in %s", async (precision) => {
  const model = await load("gqa", precision);
  const whole = await promptLogits(model, ids);

  it("token by token equals prefill, bit for bit", async () => {
    expect(await inPortions(model, new Array(ids.length).fill(1))).toEqual([...whole]);
  });

  it("any chunking equals prefill, bit for bit", async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 17 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(sizes, async (portions) => {
        expect(await inPortions(model, portions)).toEqual([...whole]);
      }),
      { numRuns: 12 },
    );
  });

  it.each([1, 3, 16, 39])(
    "a backend that takes %i rows at a time computes the same bits",
    async (rows) => {
      expect(await promptLogits(await load("gqa", precision, rows), ids)).toEqual(whole);
    },
  );

  it("rewinding and replaying gives the same bits, whatever came between", async () => {
    const cache = model.createCache({ contextLength: ids.length });
    await model.forward(ids.slice(0, 20), cache);
    await model.forward([5, 6, 7, 8], cache);
    cache.rewind(13);
    const { data } = await model.forward(ids.slice(13), cache, { logits: "all" });
    expect(Float64Array.from(data)).toEqual(whole.slice(13 * model.config.vocabSize));
  });

  it("logits of the last token are those of all tokens' last row", async () => {
    const last = await model.forward(ids, model.createCache());
    expect(last.shape).toEqual([1, model.config.vocabSize]);
    expect(Float64Array.from(last.data)).toEqual(whole.slice(-model.config.vocabSize));
    expect((await model.forward([2], model.createCache(), { logits: "none" })).shape[0]).toBe(0);
  });
});

describe("two sequences", () => {
  it("do not disturb each other, even at the same time", async () => {
    const model = await load("mqa", "float32", 8);
    const [a, b] = [promptIds("mqa", "prompt-40"), promptIds("mqa", "prompt-7")];
    const apart = [await promptLogits(model, a), await promptLogits(model, b)];
    expect(await Promise.all([promptLogits(model, a), promptLogits(model, b)])).toEqual(apart);
  });

  it("cannot share a cache at the same time", async () => {
    const model = await load("mqa", "float32");
    const cache = model.createCache();
    const first = model.forward([2, 3], cache);
    await expect(model.forward([4], cache)).rejects.toThrow(/in the middle of a pass/);
    expect(() => cache.rewind(0)).toThrow(/in the middle of a pass/);
    await first;
    await expect(model.forward([4], cache)).resolves.toBeDefined();
  });
});

describe("a context", () => {
  it("ends with an error, not by wrapping around", async () => {
    const model = await load("mqa", "float32");
    const cache = model.createCache({ contextLength: 4 });
    await model.forward([2, 3, 4], cache);
    await expect(model.forward([5, 6], cache)).rejects.toThrow(/1 to 1 tokens/);
    expect(cache.length).toBe(3);
    await model.forward([5], cache);
    await expect(model.forward([6], cache)).rejects.toThrow(ArgumentError);
  });

  it("is no longer than the model was trained for, and no shorter than one", async () => {
    const model = await load("mqa", "float32");
    for (const contextLength of [0, 257, 1.5]) {
      expect(() => model.createCache({ contextLength })).toThrow(/1 to 256/);
    }
  });

  it("knows its tokens, whatever way they came in", async () => {
    const model = await load("gqa", "float32", 3);
    const cache = model.createCache({ contextLength: ids.length });
    await model.forward(Uint32Array.from(ids.slice(0, 7)), cache);
    await model.forward([{ ids: ids.slice(7, 8), cache }]);
    await model.top([{ ids: ids.slice(8, 9), cache }]);
    await model.forwardEach(ids.slice(9, 20), cache, () => {});
    expect(cache.tokens).toEqual(ids.slice(0, 20));
    cache.rewind(13);
    await hookedFeed("generate", model, { hook_embed: () => {} })({ ids: [5], cache });
    expect(cache.tokens).toEqual([...ids.slice(0, 13), 5]);
    (cache.tokens as number[]).pop();
    expect(cache.tokens).toHaveLength(14);
    const copy = await model.copyCache(cache);
    cache.rewind(0);
    expect(copy.tokens).toEqual([...ids.slice(0, 13), 5]);
    expect(cache.tokens).toEqual([]);
  });

  it("refuses to rewind forwards", async () => {
    const cache = (await load("mqa", "float32")).createCache();
    expect(() => cache.rewind(1)).toThrow(ArgumentError);
  });

  it.each([[[]], [[320]], [[-1]], [[1.5]]])("refuses ids %j", async (bad) => {
    const model = await load("mqa", "float32");
    await expect(model.forward(bad, model.createCache())).rejects.toThrow(ArgumentError);
  });
});

describe("an abort", () => {
  it("from a timer stops a long prefill, and leaves the cache at a whole chunk", async () => {
    const model = await load("tiny-stories", "float64", 8);
    const long = Array.from({ length: 500 }, (_, i) => 3 + (i % 900));
    const cache = model.createCache({ contextLength: 500 });
    const signal = AbortSignal.timeout(0); // fires when the event loop first turns
    const error = await model.forward(long, cache, { signal }).catch((reason) => reason);
    expect(error).toBe(signal.reason);
    expect(cache.length).toBeLessThan(500);
    expect(cache.length % 8).toBe(0);
    // The cache is as good as one that never saw the abort.
    const more = cache.length + 20; // how far it came, the machine decides
    const rest = await model.forward(long.slice(cache.length, more), cache);
    const fresh = await model.forward(long.slice(0, more), model.createCache());
    expect(rest.data).toEqual(fresh.data);
  });
});

describe("any shape", () => {
  it("gives in float32 what it gives in float64, within float32", async () => {
    await fc.assert(
      fc.asyncProperty(anyConfig, fc.nat(1e6), async (config, seed) => {
        const tensors = randomTensors(config, seed);
        const prompt = [0, 1, 2, 1, 2].map((id) => id % config.vocabSize);
        const run = async (precision: PrecisionName, maxRows: number) => {
          const backend = cpuBackend({ precision, maxRows });
          return promptLogits(await Model.load({ config, tensors, backend }), prompt);
        };
        const wide = await run("float64", 64);
        expect(wide.every(Number.isFinite)).toBe(true);
        // Two blocks of sums of up to 37 terms of order 1: a few hundred float32 roundings.
        const bar = 2e-4 * Math.max(1e-3, maxAbs(wide));
        expect(maxError(await run("float32", 2), wide)).toBeLessThan(bar);
      }),
      { numRuns: 60 },
    );
  });
});
