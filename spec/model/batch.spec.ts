/** Sequences side by side give, each, the bits that it gives alone. */
import { describe, expect, it } from "vitest";
import { naiveBackend } from "../../docs/examples/naive-backend.ts";
import { cpuBackend } from "../../src/backend/cpu/cpu.ts";
import { generate } from "../../src/generation/generate.ts";
import { generateBatch } from "../../src/generation/generate-batch.ts";
import type { Model } from "../../src/model/model.ts";
import type { PrecisionName } from "../../src/tensor/precision.ts";
import { Tokenizer } from "../../src/tokenizer/tokenizer.ts";
import { load, loadOn, promptIds, readFixture } from "../support/goldens.ts";

const PRECISIONS: PrecisionName[] = ["float64", "float32", "bfloat16"];
const ids = promptIds("gqa", "prompt-40");
/** Eight prompts of different lengths, from one token to forty. */
const PROMPTS = [1, 2, 3, 5, 8, 13, 21, 40].map((length) => ids.slice(0, length));

/** Logits of `steps` decodes after a prompt, alone. */
async function alone(model: Model, prompt: readonly number[], steps: number): Promise<number[][]> {
  const cache = model.createCache({ contextLength: 64 });
  const out = [[...(await model.forward(prompt, cache)).data]];
  for (let i = 0; i < steps; i++) out.push([...(await model.forward([3 + i], cache)).data]);
  cache.dispose();
  return out;
}

describe.each(PRECISIONS)("in %s", (precision) => {
  it("eight sequences of different lengths, prefilled and decoded together", async () => {
    const model = await load("gqa", precision, 24);
    const solo = await Promise.all(PROMPTS.map((prompt) => alone(model, prompt, 3)));
    const caches = PROMPTS.map(() => model.createCache({ contextLength: 64 }));
    const rounds = [await model.forward(PROMPTS.map((ids, i) => ({ ids, cache: caches[i] })))];
    for (let i = 0; i < 3; i++) {
      rounds.push(await model.forward(caches.map((cache) => ({ ids: [3 + i], cache }))));
    }
    for (const [i, wanted] of solo.entries()) {
      expect(rounds.map((round) => [...round[i].data])).toEqual(wanted);
    }
    expect(caches.map(({ length }) => length)).toEqual(PROMPTS.map(({ length }) => length + 3));
  });

  it("a prompt prefilled beside others decoding, in passes that cut it anywhere", async () => {
    const model = await load("gqa", precision, 7);
    const wanted = [await alone(model, ids.slice(0, 5), 1), await alone(model, ids.slice(0, 9), 1)];
    const [a, b, late] = [0, 1, 2].map(() => model.createCache({ contextLength: 64 }));
    await model.forward([
      { ids: ids.slice(0, 5), cache: a },
      { ids: ids.slice(0, 9), cache: b },
    ]);
    const [first, prefilled, second] = await model.forward(
      [
        { ids: [3], cache: a },
        { ids, cache: late },
        { ids: [3], cache: b },
      ],
      { logits: "all" },
    );
    expect([...first.data]).toEqual(wanted[0][1]);
    expect([...second.data]).toEqual(wanted[1][1]);
    expect(prefilled.shape).toEqual([ids.length, model.config.vocabSize]);
    const whole = await model.forward(ids, model.createCache(), { logits: "all" });
    expect(prefilled.data).toEqual(whole.data);
  });
});

describe("a batch", () => {
  it("is as good on a backend that somebody else wrote", async () => {
    const model = await loadOn("gqa", naiveBackend());
    const solo = await Promise.all(PROMPTS.map((prompt) => alone(model, prompt, 0)));
    const batch = PROMPTS.map((ids) => ({ ids, cache: model.createCache() }));
    const together = await model.forward(batch);
    expect(together.map(({ data }) => [[...data]])).toEqual(solo);
  });

  it("refuses one cache twice, and whatever is no batch, and counts nothing then", async () => {
    const model = await load("gqa", "float32");
    const [a, b] = [model.createCache(), model.createCache()];
    const twice = [a, b, a].map((cache) => ({ ids: [2], cache }));
    await expect(model.forward(twice)).rejects.toThrow(
      /"cache" expected a cache that is not in use/,
    );
    expect([a.length, b.length]).toEqual([0, 0]);
    await expect(model.forward(twice.slice(1, 2))).resolves.toHaveLength(1);
    // @ts-expect-error no cache
    await expect(model.forward([2, 3])).rejects.toThrow(/"cache" expected a cache made by/);
    expect(await model.forward([])).toEqual([]);
  });

  it("may be changed as soon as the call has returned", async () => {
    const model = await load("gqa", "float32", 4);
    const wanted = await model.forward(ids, model.createCache());
    const mine = Int32Array.from(ids);
    const batch = [{ ids: mine, cache: model.createCache() }];
    const going = model.forward(batch);
    mine.fill(0);
    batch.length = 0;
    expect((await going)[0].data).toEqual(wanted.data);
  });

  it("leaves caches at whole passes when it is aborted", async () => {
    const model = await load("gqa", "float32", 4);
    const caches = [0, 1].map(() => model.createCache());
    const batch = caches.map((cache) => ({ ids, cache }));
    const signal = AbortSignal.abort("enough");
    await expect(model.forward(batch, { signal })).rejects.toBe("enough");
    expect(caches.map(({ length }) => length)).toEqual([0, 0]);
    const [first] = await model.forward(batch);
    expect(first.data).toEqual((await model.forward(ids, model.createCache())).data);
  });
});

describe("generateBatch", () => {
  const tokenizer = Tokenizer.fromBytes(readFixture("tiny-stories/tokenizer.model"));
  const texts = ["Once upon a time", "Mira the fox", "Sam", "The sum of"];

  it("gives each prompt what generate gives it, with a seed for each", async () => {
    const model = await loadOn("tiny-stories", cpuBackend());
    const prompts = texts.map((text) => [2, ...tokenizer.encode(text)]);
    const options = { maxTokens: 24, temperature: 0.9, seed: 5, stop: ["xyz", "."] };
    const batch = await generateBatch(model, tokenizer, prompts, options);
    for (const [i, prompt] of prompts.entries()) {
      const own = generate(model, tokenizer, prompt, { ...options, seed: 5 + i });
      const tokens: number[] = [];
      let text = "";
      for await (const step of own) {
        tokens.push(step.token);
        text += step.text;
      }
      expect(batch[i]).toMatchObject({ tokens, text, finishReason: own.finishReason });
      expect(batch[i].logprobs).toHaveLength(tokens.length);
    }
    expect(new Set(batch.map(({ tokens }) => tokens.length)).size).toBeGreaterThan(1);
  });

  it("draws several answers to one prompt, and keeps nothing of an abort", async () => {
    const model = await loadOn("tiny-stories", cpuBackend());
    const prompt = [2, ...tokenizer.encode("Once")];
    const options = { maxTokens: 8, temperature: 1.5, seed: 1 };
    const samples = await generateBatch(model, tokenizer, [prompt, prompt, prompt], options);
    expect(new Set(samples.map(({ text }) => text)).size).toBe(3);
    const signal = AbortSignal.abort("enough");
    const aborted = generateBatch(model, tokenizer, [prompt], { signal });
    await expect(aborted).rejects.toBe("enough");
    expect(await generateBatch(model, tokenizer, [], options)).toEqual([]);
    // @ts-expect-error a text is not a list of prompts
    await expect(generateBatch(model, tokenizer, "Once")).rejects.toThrow(
      /"prompts" expected a list/,
    );
    const bad = generateBatch(model, tokenizer, [prompt, [99999]]);
    await expect(bad).rejects.toThrow(/"prompts\[1\]\[0\]" expected an integer from 0 to 1023/);
    const cache = model.createCache();
    // @ts-expect-error no such option
    await expect(generateBatch(model, tokenizer, [prompt], { cache })).rejects.toThrow(/own/);
  });
});
