/** A second BOS, and a BOS that was typed: they double the perplexity of a text, and nobody sees why. */
import { describe, expect, it } from "vitest";
import { Gemma } from "../src/gemma.ts";
import { filesFolder } from "../src/source/folder.ts";
import type { Warning } from "../src/warning.ts";
import { CHATML_TOKENS, tokenizerJson, tuned } from "./support/files/tuned.ts";
import { checkpoint } from "./support/goldens.ts";

const heard: Warning[] = [];
const onWarning = (warning: Warning) => heard.push(warning);
const gemma = await Gemma.load(await checkpoint("tiny-stories-it"), { onWarning });
const said = () => heard.splice(0).map(({ kind }) => kind);
const TEXT = "Once upon a time there was a fox.";
const ids = gemma.encode(TEXT);

it("nothing is said of what is right", async () => {
  await gemma.score(TEXT);
  await gemma.score(ids);
  await gemma.score(gemma.encode(`<bos>${TEXT}`, { special: true }));
  await gemma.generate("<start_of_turn>user\n", { maxTokens: 0 }).text();
  expect(said()).toEqual([]);
});

describe.each<[string, (prompt: string | number[]) => Promise<unknown> | unknown]>([
  ["score", (prompt) => gemma.score(prompt)],
  ["logits", (prompt) => gemma.logits(prompt)],
  ["trace", (prompt) => gemma.trace(prompt, { names: ["logits"] })],
  ["generate", (prompt) => gemma.generate(prompt, { maxTokens: 0 }).text()],
  ["generateBatch", (prompt) => gemma.generateBatch([prompt], { maxTokens: 1 })],
])("%s", (_, call) => {
  it("is told of a BOS that is typed, which is text, and of two", async () => {
    await call(`<bos>${TEXT}`);
    expect(heard[0].message).toMatch(/^the text has <bos> in it, which counts as text there/);
    expect(heard[0].message).toMatch(/; leave it out, or encode\(text, \{ special: true \}\)$/);
    expect(said()).toEqual(["bos-in-text"]);
    await call(ids.slice(1));
    expect(heard[0].message).toMatch(/^the ids do not begin with BOS \(2\)/);
    expect(said()).toEqual(["no-bos"]);
    await call([2, ...ids]);
    expect(heard[0].message).toMatch(/^the prompt begins twice with BOS \(2\)/);
    expect(said()).toEqual(["second-bos"]);
  });
});

it("a chat is told of a BOS in a message, question by question", async () => {
  const chat = gemma.chat({ maxTokens: 1 });
  await chat.send("Hi").text();
  expect(said()).toEqual([]);
  await chat.send("<bos>Hi").text();
  expect(heard[0].message).toMatch(/^the message has <bos> in it.*; leave it out$/);
  gemma.encodeChat([{ role: "user", content: "<bos>" }]);
  expect(said()).toEqual(["bos-in-text", "bos-in-text"]);
  chat.dispose();
});

it("a prompt that goes on from a cache begins no text", async () => {
  const cache = gemma.createCache();
  await gemma.generate(TEXT, { cache, maxTokens: 1 }).text();
  await gemma.generate(" It", { cache, maxTokens: 1 }).text();
  expect(said()).toEqual([]);
  await gemma.generate(ids, { cache, maxTokens: 1 }).text();
  await gemma.generate("<bos>It", { cache, maxTokens: 1 }).text();
  expect(said()).toEqual(["second-bos", "bos-in-text"]);
  cache.dispose();
});

it("with { special: true } a text brings its own BOS, once", async () => {
  expect(gemma.encode(`<bos>${TEXT}`, { special: true })).toEqual(ids);
  expect(gemma.encode(TEXT, { special: true })).toEqual(ids);
  expect(gemma.encode("Hi<bos>", { special: true }).at(-1)).toBe(2);
  expect(said()).toEqual([]);
  expect(gemma.encode(`<bos><bos>${TEXT}`, { special: true })).toEqual([2, ...ids]);
  expect(said()).toEqual(["second-bos"]);
  // 23.5 with one BOS, 2117 with the text of one behind it: field reports on llama-cpp-python#1439.
  const { perplexity } = await gemma.score(ids);
  expect(perplexity).toBeCloseTo(23.5, 0);
  expect((await gemma.score(`<bos>${TEXT}`)).perplexity).toBeGreaterThan(1000);
  expect(said()).toEqual(["bos-in-text"]);
});

it("a chat whose template goes without BOS is right without it", async () => {
  const template =
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";
  const files = {
    "tokenizer.json": tokenizerJson(CHATML_TOKENS),
    "tokenizer_config.json": { chat_template: template },
  };
  const folder = filesFolder(await tuned({ rows: [10, 11], files }));
  const other = await Gemma.load(folder, { onWarning });
  const prompt = other.encodeChat([{ role: "user", content: "Hi" }]);
  expect(prompt[0]).toBe(1024);
  await other.generate(prompt, { maxTokens: 1 }).text();
  expect(said()).toEqual([]);
});

it("a BOS that is found in text comes twice, if it is typed", async () => {
  const files = await tuned({
    rows: [10],
    config: { bos_token_id: 1024 },
    files: { "tokenizer.json": tokenizerJson({ 1024: "<|im_start|>" }) },
  });
  const other = await Gemma.load(filesFolder(files), { onWarning });
  expect(other.encode("<|im_start|>user").slice(0, 2)).toEqual([1024, 1024]);
  expect(said()).toEqual(["second-bos"]);
  expect(other.encode("<|im_start|>user", { special: true }).slice(0, 2)).not.toEqual([1024, 1024]);
});
