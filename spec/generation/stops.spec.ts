/**
 * Where a text ends. Which ids end it for transformers 5.18 stands in fixtures of reports (mlx-vlm#309, #2112;
 * lighteval#1278; keras-hub#1518); what the trained model says is in fixtures/tiny-stories-it/greedy.json.
 */
import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../src/errors.ts";
import { Gemma } from "../../src/gemma.ts";
import type { GenerateOptions } from "../../src/generation/generate.ts";
import { filesFolder } from "../../src/source/folder.ts";
import { type Tuning, tokenizerJson, tuned } from "../support/files/tuned.ts";

const load = async (tuning: Tuning) => Gemma.load(filesFolder(await tuned(tuning)));
const plain = await load({});
const QUESTION = plain.encodeChat([{ role: "user", content: "What is 3 plus 4?" }]);
const ANSWER = "3 plus 4 is 7.";
const END = 11;
const SEVEN = plain.tokenizer?.idOf("7") ?? -1;
const POINT = plain.tokenizer?.idOf(".") ?? -1;

async function run(gemma: Gemma, options: GenerateOptions = {}, prompt = QUESTION) {
  const generation = gemma.generate(prompt, options);
  const text = await generation.text();
  const { finishReason, stopReason } = generation;
  return { text, finishReason, stopReason };
}

describe("the model's own ends", () => {
  it.each<[string, Tuning]>([
    ["config.json", { config: { eos_token_id: SEVEN } }],
    ["a list in config.json", { config: { eos_token_id: [1, SEVEN] } }],
    [
      "generation_config.json",
      { files: { "generation_config.json": { eos_token_id: [1, SEVEN] } } },
    ],
  ])("of %s end a text, and which it was is said", async (_, tuning) => {
    const gemma = await load(tuning);
    const expected = { text: "3 plus 4 is ", finishReason: "eos", stopReason: SEVEN };
    expect(await run(gemma)).toEqual(expected);
    const [batch] = await gemma.generateBatch([QUESTION]);
    expect(batch).toMatchObject(expected);
  });

  it("are those of the tokenizer, too, whatever config.json has", async () => {
    const gemma = await load({ config: { eos_token_id: 979 } });
    expect(await run(gemma)).toEqual({
      text: ANSWER,
      finishReason: "end_of_turn",
      stopReason: END,
    });
  });

  it.each([
    ["<|im_end|>", "end_of_turn"],
    ["<|file_separator|>", "eos"],
    ["<|fim_middle|>", "eos"],
  ])("are known by their texts: %s", async (piece, finishReason) => {
    // The text of the seven, under another name. (A learnt piece cannot be renamed, so it is a new row.)
    const gemma = await load({
      rows: [{ louder: SEVEN }],
      files: { "tokenizer.json": tokenizerJson({ 1024: piece }) },
    });
    expect(await run(gemma)).toMatchObject({ finishReason, stopReason: 1024 });
  });
});

describe("the caller's stops", () => {
  it("may be tokens, which have no text then", async () => {
    expect(await run(plain, { stopTokenIds: [5, POINT] })).toEqual({
      text: "3 plus 4 is 7",
      finishReason: "stop",
      stopReason: POINT,
    });
  });

  it("may be texts: which one it was is said", async () => {
    expect(await run(plain, { stop: ["nine", " is", "4 is"] })).toEqual({
      text: "3 plus ",
      finishReason: "stop",
      stopReason: "4 is",
    });
  });

  it("leave the model's own out, if told to", async () => {
    const { finishReason, stopReason, text } = await run(plain, { ignoreEos: true, maxTokens: 16 });
    expect([finishReason, stopReason]).toEqual(["length", undefined]);
    expect(text.startsWith(`${ANSWER}<end_of_turn>`)).toBe(true);
    const stopped = await run(plain, { ignoreEos: true, stopTokenIds: [END] });
    expect(stopped).toEqual({ text: ANSWER, finishReason: "stop", stopReason: END });
  });

  it("belong to no answer of a chat", async () => {
    const chat = plain.chat({ stopTokenIds: [SEVEN] });
    await chat.send("What is 3 plus 4?").text();
    const [, { ids }] = chat.messages;
    expect(ids).not.toContain(SEVEN);
    chat.dispose();
  });

  it.each<[string, object, RegExp]>([
    [
      "an id in place of a text",
      { stop: [11] },
      /"stop\[0\]" expected a text, got 11; stopTokenIds/,
    ],
    ["an id alone", { stopTokenIds: 11 }, /"stopTokenIds" expected a list of token ids, got 11/],
    [
      "a text as an id",
      { stopTokenIds: ["<eos>"] },
      /"stopTokenIds\[0\]" expected an integer from 0/,
    ],
    ["an id of no row", { stopTokenIds: [1024] }, /"stopTokenIds\[0\]".*got 1024/],
    ["ignoreEos of 1", { ignoreEos: 1 }, /"ignoreEos" expected true or false, got 1/],
  ])("refuse %s", async (_, options, message) => {
    expect(() => plain.generate("a", options)).toThrow(ArgumentError);
    expect(() => plain.generate("a", options)).toThrow(message);
    await expect(plain.generateBatch(["a"], options)).rejects.toThrow(message);
    expect(() => plain.chat(options)).toThrow(message);
  });
});

describe("rows that the tokenizer has no piece for", () => {
  it("are never chosen if they are zeros, which would have the highest logit", async () => {
    const gemma = await load({ rows: new Array(64).fill("zeros") });
    expect(gemma.model.paddingIds).toHaveLength(64);
    expect((await run(gemma)).text).toBe(ANSWER);
    for (let seed = 0; seed < 3; seed++) {
      const options = { temperature: 3, maxTokens: 12, seed };
      for await (const { token } of gemma.generate("Once", options)) {
        expect(token).toBeLessThan(1024);
      }
    }
  });

  it("are chosen if the model says them: without a text, and the stream goes on", async () => {
    const gemma = await load({ rows: ["zeros", { louder: END }] });
    const options = { maxTokens: 12 };
    const ids: number[] = [];
    for await (const { token } of gemma.generate(QUESTION, options)) ids.push(token);
    expect(ids).toContain(1025);
    expect((await run(gemma, options)).text.startsWith(ANSWER)).toBe(true);
    expect(gemma.decode([...ids, 1024])).toBe(gemma.decode(ids.filter((id) => id < 1024)));
    expect(() => gemma.decode([1026])).toThrow(ArgumentError);

    const chat = gemma.chat({ maxTokens: 12 });
    expect((await chat.send("What is 3 plus 4?").text()).startsWith(ANSWER)).toBe(true);
    await chat.send("And 2 plus 2?").text();
    expect(chat.messages).toHaveLength(4);
    chat.dispose();
  });

  it("have their text if it is known", async () => {
    const gemma = await load({
      rows: ["zeros", { louder: END }],
      files: { "added_tokens.json": { "<|sep|>": 1025 } },
    });
    expect((await run(gemma, { maxTokens: 12 })).text).toContain(`${ANSWER}<|sep|>`);
  });
});
