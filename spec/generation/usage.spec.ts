/** What a generation tells besides its text: ids, log-probabilities, counts and times; and other ways to read and end it. */
import { describe, expect, it, vi } from "vitest";
import { Gemma } from "../../src/gemma.ts";
import { UsageMeter } from "../../src/generation/usage.ts";
import { checkpoint } from "../support/goldens.ts";

const gemma = await Gemma.load(await checkpoint("tiny-stories-it"));
const prompt = "Once upon a time";
const promptTokens = gemma.encode(prompt).length;

describe("beside its text", () => {
  it("a generation has its tokens and their log-probabilities, whoever read them", async () => {
    const looped = gemma.generate(prompt, { maxTokens: 5 });
    const steps = [];
    for await (const step of looped) {
      steps.push(step);
      expect(looped.tokens).toEqual(steps.map(({ token }) => token));
    }
    const whole = gemma.generate(prompt, { maxTokens: 5 });
    expect(whole.tokens).toEqual([]);
    await whole.text();
    expect(whole.tokens).toEqual(steps.map(({ token }) => token));
    expect(whole.logprobs).toEqual(steps.map(({ logprob }) => logprob));
    expect(whole.topLogprobs).toBeUndefined();
  });

  it("it has its counts and times", async () => {
    const generation = gemma.generate(prompt, { maxTokens: 5 });
    const nothing = { promptTokens: 0, reusedTokens: 0, generatedTokens: 0 };
    expect(generation.usage).toEqual(nothing);
    await generation.next();
    expect(generation.usage).toMatchObject({ promptTokens, reusedTokens: 0, generatedTokens: 1 });
    expect(generation.usage).not.toHaveProperty("tokensPerSecond");
    await new Promise((resolve) => setTimeout(resolve, 300)); // what its reader does is not its time
    for await (const _ of generation);
    const { secondsToFirstToken = 0, tokensPerSecond = 0, generatedTokens } = generation.usage;
    expect(generatedTokens).toBe(5);
    expect(secondsToFirstToken).toBeGreaterThan(0);
    expect(4 / tokensPerSecond).toBeLessThan(0.3);
  });

  it("tokens that a cache held are told from those that were fed", async () => {
    using cache = gemma.createCache();
    const one = gemma.generate(prompt, { maxTokens: 3, cache });
    await one.text();
    expect(one.usage).toMatchObject({ promptTokens, reusedTokens: 0 });
    const held = cache.length;
    const two = gemma.generate([one.tokens[2], 5], { maxTokens: 2, cache });
    await two.text();
    expect(two.usage).toMatchObject({ promptTokens: held + 2, reusedTokens: held });

    using chat = gemma.chat({ maxTokens: 6 });
    const first = chat.send("Hi");
    await first.text();
    const kept = chat.cachedTokens;
    const second = chat.send("Who are you?");
    await second.text();
    expect(first.usage.reusedTokens).toBe(0);
    expect(second.usage.reusedTokens).toBe(kept);
    expect(second.usage.promptTokens).toBeGreaterThan(kept);
    expect(second.usage.generatedTokens).toBe(second.tokens.length);

    const options = { samples: 3, temperature: 1, maxTokens: 2 };
    const drafts = gemma.generate(prompt, options);
    await Promise.all(drafts.map((draft) => draft.text()));
    const reused = drafts.map(({ usage }) => usage.reusedTokens).sort((a, b) => a - b);
    expect(reused).toEqual([0, promptTokens, promptTokens]);
    const [alone] = await gemma.generateBatch([prompt], { maxTokens: 2 });
    expect(alone.usage).toMatchObject({ promptTokens, reusedTokens: 0, generatedTokens: 2 });
  });
});

describe("a meter", () => {
  it("counts seconds to the first token, and the tokens after it by their seconds", () => {
    let now = 1000;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => now);
    const meter = new UsageMeter();
    for (const [work, rest] of [
      [500, 9000],
      [100, 9000],
      [300, 9000],
    ]) {
      meter.resume();
      now += work;
      meter.token();
      now += rest; // its reader's
    }
    clock.mockRestore();
    const { secondsToFirstToken, tokensPerSecond, generatedTokens } = meter.usage;
    expect([secondsToFirstToken, generatedTokens]).toEqual([0.5, 3]);
    expect(tokensPerSecond).toBeCloseTo(2 / 0.4, 9);
  });
});

describe("as a stream of bytes", () => {
  it("an answer of a server has the text", async () => {
    const text = await gemma.generate(prompt, { maxTokens: 30 }).text();
    const generation = gemma.generate(prompt, { maxTokens: 30 });
    const stream = generation.toReadableStream();
    expect(await new Response(stream).text()).toBe(text);
    expect(generation.finishReason).toBe("length");
    expect(generation.tokens).toHaveLength(30);
  });

  it("nothing is computed before it is read, and it excludes other readers", async () => {
    const generation = gemma.generate(prompt, { maxTokens: 4 });
    const stream = generation.toReadableStream();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(generation.tokens).toEqual([]);
    expect(() => generation.toReadableStream()).toThrow(/one that nobody else reads/);
    expect(() => generation[Symbol.asyncIterator]()).toThrow(/one that nobody else reads/);
    await stream.cancel();
    const taken = gemma.generate(prompt, { maxTokens: 1 });
    await taken.text();
    expect(() => taken.toReadableStream()).toThrow(/text\(\) was called/);
  });

  it("ends the generation when it is cancelled, and fails with it", async () => {
    const generation = gemma.generate(prompt, { maxTokens: 400, ignoreEos: true });
    const reader = generation.toReadableStream().getReader();
    await reader.read();
    await reader.cancel();
    expect(generation.finishReason).toBe("abort");
    const mine = new Error("mine");
    const logitsProcessor = () => {
      throw mine;
    };
    const failing = gemma.generate(prompt, { logitsProcessor }).toReadableStream();
    await expect(failing.getReader().read()).rejects.toBe(mine);
  });
});

it("`await using` ends a generation", async () => {
  const generation = gemma.generate(prompt, { maxTokens: 400, ignoreEos: true });
  await generation.next();
  await generation[Symbol.asyncDispose]();
  expect(generation.finishReason).toBe("abort");
  expect(await generation.next()).toEqual({ done: true, value: undefined });
});

it("JSON has what a generation has kept, and a chat's conversation", async () => {
  const generation = gemma.generate(prompt, { maxTokens: 2 });
  await generation.text();
  const { tokens, logprobs, usage } = generation;
  const kept = { tokens, logprobs, finishReason: "length", usage };
  expect(JSON.parse(JSON.stringify(generation))).toEqual(kept);
  using chat = gemma.chat({ maxTokens: 2 });
  await chat.send("Hi").text();
  expect(JSON.parse(JSON.stringify(chat))).toEqual({ messages: chat.messages });
});
