import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../src/errors.ts";
import { Gemma } from "../../src/gemma.ts";
import { checkpoint } from "../support/goldens.ts";

const gemma = await Gemma.load(await checkpoint("tiny-stories-it"));
const PROMPT = "Once upon a time";
const drawn = { temperature: 1.5, maxTokens: 10 } as const;

describe("a seed", () => {
  it("is drawn where none is given, and reported: with it, the same text comes again", async () => {
    const first = gemma.generate(PROMPT, drawn);
    const second = gemma.generate(PROMPT, drawn);
    expect(first.seed).not.toBe(second.seed);
    const text = await first.text();
    expect(await second.text()).not.toBe(text);
    expect(await gemma.generate(PROMPT, { ...drawn, seed: first.seed }).text()).toBe(text);
  });

  it("is the one that is given; of a batch, the next for each prompt", async () => {
    expect(gemma.generate(PROMPT, { ...drawn, seed: 0 }).seed).toBe(0);
    const options = { ...drawn, maxTokens: 3 };
    const seeds = async (seed?: number) =>
      (await gemma.generateBatch([PROMPT, PROMPT], { ...options, seed })).map((one) => one.seed);
    expect(await seeds(2 ** 32 - 1)).toEqual([2 ** 32 - 1, 0]);
    const [a = 0, b = 0] = await seeds();
    expect(b).toBe((a + 1) % 2 ** 32);
    expect((await seeds())[0]).not.toBe(a);
  });

  it("is not there where nothing is drawn", async () => {
    expect(gemma.generate(PROMPT).seed).toBeUndefined();
    expect((await gemma.generateBatch([PROMPT], { maxTokens: 1 }))[0].seed).toBeUndefined();
  });

  it.each([
    { topP: 0.5 },
    { topK: 40 },
    { seed: 1 },
    { temperature: 0, topK: 1 },
    { temperature: 0, topP: 0.9, seed: 7 },
  ])("and filters without a temperature are refused: %j", async (options) => {
    const message = /expected a temperature above 0 with it.*give temperature: 1/;
    expect(() => gemma.generate(PROMPT, options)).toThrow(ArgumentError);
    expect(() => gemma.generate(PROMPT, options)).toThrow(message);
    expect(() => gemma.chat(options)).toThrow(message);
    await expect(gemma.generateBatch([PROMPT], options)).rejects.toThrow(message);
  });

  it("a topP of 1 keeps everything, so it goes without", async () => {
    const { finishReason } = gemma.generate(PROMPT, { topP: 1, temperature: 0 });
    expect(finishReason).toBeUndefined();
  });
});

describe("in a chat", () => {
  const ask = async (chat: ReturnType<typeof gemma.chat>, options = {}) => {
    const answer = chat.send("Tell me a story about Mira the fox.", options);
    return { text: await answer.text(), seed: answer.seed };
  };

  it.each([[{}], [{ seed: 7 }]])("asking again gives another answer: %j", async (seed) => {
    const chat = gemma.chat({ ...drawn, ...seed });
    const first = await ask(chat);
    chat.undo();
    const again = await ask(chat);
    expect(again.seed).not.toBe(first.seed);
    expect(again.text).not.toBe(first.text);
    chat.undo();
    expect(await ask(chat, { seed: first.seed })).toEqual(first);
    chat.dispose();
  });

  it("the same seed gives the same conversation", async () => {
    const talk = async () => {
      const chat = gemma.chat({ ...drawn, seed: 3 });
      const answers = [await ask(chat), await ask(chat)];
      chat.dispose();
      return answers;
    };
    const answers = await talk();
    expect(answers.map(({ seed }) => seed)).toEqual([3, 4]);
    expect(await talk()).toEqual(answers);
  });

  it("an option that is undefined for an answer is the chat's", async () => {
    const chat = gemma.chat({ stop: "plus", ...drawn, seed: 4 });
    const answer = chat.send("What is 3 plus 4?", { stop: undefined, seed: undefined });
    await answer.text();
    expect(answer.seed).toBe(4);
    chat.dispose();
  });

  it("an answer may be greedy where the others are drawn", async () => {
    const chat = gemma.chat({ temperature: 1, topP: 0.9, topK: 50, seed: 1 });
    const answer = chat.send("What is 3 plus 4?", { temperature: 0 });
    expect(await answer.text()).toBe("3 plus 4 is 7.");
    expect(answer.seed).toBeUndefined();
    chat.dispose();
  });
});
