/**
 * What goes out for others. The files are read back here by a reading of their own: JSON as transformers reads it, GGUF
 * metadata as gguf-py does, templates by Jinja. bench/peers/llama-cpp.ts asks llama.cpp itself.
 */
import { Template } from "@huggingface/jinja";
import { describe, expect, it } from "vitest";
import { hfFiles } from "../../../src/checkpoint/beside/write.ts";
import type { Checkpoint } from "../../../src/checkpoint/checkpoint.ts";
import { openGguf } from "../../../src/checkpoint/gguf/open.ts";
import { readGguf } from "../../../src/checkpoint/gguf/read.ts";
import { writeGguf } from "../../../src/checkpoint/gguf/write.ts";
import { openNpz } from "../../../src/checkpoint/numpy/open.ts";
import { writeNpzCheckpoint } from "../../../src/checkpoint/numpy/write.ts";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import { writeSafetensors } from "../../../src/checkpoint/safetensors/write.ts";
import { Gemma } from "../../../src/gemma.ts";
import { bytesSource } from "../../../src/source/byte-source.ts";
import { filesFolder } from "../../../src/source/folder.ts";
import { CHATML_TOKENS, type Tuning, tokenizerJson, tuned } from "../../support/files/tuned.ts";
import { goldens } from "../../support/tokenizer-fixture.ts";
import { whole } from "../../support/whole.ts";

const CHATML =
  "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

/** Trained on in ChatML: two tokens more, another end, a template. */
const TUNED: Tuning = {
  rows: [10, 11, "zeros"],
  config: { eos_token_id: [1025, 1] },
  files: {
    "tokenizer.json": tokenizerJson(CHATML_TOKENS),
    "tokenizer_config.json": { bos_token: "<bos>", eos_token: "<|im_end|>", chat_template: CHATML },
    "generation_config.json": { eos_token_id: [1025, 1, 980] },
  },
};

const open = async (tuning: Tuning) => openCheckpoint(filesFolder(await tuned(tuning), "m"));
const jsonOf = (checkpoint: Checkpoint, file: string) => {
  const bytes = hfFiles(checkpoint).get(file);
  return bytes && JSON.parse(new TextDecoder().decode(bytes));
};

const ways: readonly [string, (from: Checkpoint) => Promise<Checkpoint>][] = [
  [
    "a folder",
    async (from) => {
      const weights = await whole(writeSafetensors(from.tensors));
      const files = { ...Object.fromEntries(hfFiles(from)), "model.safetensors": weights };
      return openCheckpoint(filesFolder(files, "out"));
    },
  ],
  ["GGUF", async (from) => openGguf(bytesSource(await whole(writeGguf(from)), "out.gguf"))],
  ["npz", async (from) => openNpz(bytesSource(await whole(writeNpzCheckpoint(from)), "out.npz"))],
];

describe.each(ways)("through %s", (name, through) => {
  it("a fine-tune comes back with its tokens, its ends, its template and its answers", async () => {
    const from = await open(TUNED);
    const back = await through(from);
    const isGguf = name === "GGUF";
    const config = { ...from.config, ...(isGguf && { vocabSize: 1026 }) }; // its padding is hidden
    expect(back.config).toEqual(config);
    expect(back.config.eosTokenId).toEqual([1025, 1, 980]);
    expect([back.chatTemplate, back.warnings ?? []]).toEqual([CHATML, []]);

    const [before, after] = [await Gemma.load(from), await Gemma.load(back)];
    const texts = [...goldens().encode.map(({ text }) => text), "<|im_start|>user\nHi<|im_end|>"];
    expect(texts.length).toBeGreaterThan(200);
    for (const text of texts) expect(after.encode(text)).toEqual(before.encode(text));
    const ask = [{ role: "user", content: "What is 3 plus 4?" }] as const;
    expect(after.encodeChat(ask)).toEqual(before.encodeChat(ask));
    expect(before.encodeChat(ask)[0]).toBe(1024);
    const answer = async (gemma: Gemma) => {
      const generation = gemma.generate(gemma.encodeChat(ask), { maxTokens: 30 });
      return [await generation.text(), generation.stopReason];
    };
    expect(await answer(after)).toEqual(await answer(before));
  });

  it("a fine-tune that never came with a template is asked as before", async () => {
    const { "tokenizer.json": json } = TUNED.files as Record<string, unknown>;
    const from = await open({ ...TUNED, files: { "tokenizer.json": json } });
    const back = await through(from);
    const ask = [{ role: "user", content: " Hi" }] as const;
    const [before, after] = [await Gemma.load(from), await Gemma.load(back)];
    expect(before.chatFormat.name).toBe("ChatML");
    expect(after.encodeChat(ask)).toEqual(before.encodeChat(ask));
  });

  it("a beginning and an end without a piece come back", async () => {
    const from = await open({
      rows: [2, { louder: 11 }, "zeros"],
      config: { bos_token_id: 1024, eos_token_id: 1025 },
    });
    const { config } = await through(from);
    expect([config.bosTokenId, config.eosTokenId]).toEqual([1024, 1025]);
  });

  it("a model without such files comes back as it was", async () => {
    const from = await open({});
    const back = await through(from);
    expect([back.config, back.warnings ?? []]).toEqual([from.config, []]);
    const { chatFormat } = await Gemma.load(back);
    expect(chatFormat).toEqual((await Gemma.load(from)).chatFormat);
  });
});

describe("tokenizer_config.json", () => {
  it("says that BOS is added, and which it is: transformers 5 adds none without it", async () => {
    expect(jsonOf(await open({}), "tokenizer_config.json")).toMatchObject({
      tokenizer_class: "GemmaTokenizer",
      add_bos_token: true,
      add_eos_token: false,
      bos_token: "<bos>",
      eos_token: "<eos>",
      pad_token: "<pad>",
      unk_token: "<unk>",
    });
    expect(jsonOf(await open(TUNED), "tokenizer_config.json")).toMatchObject({
      eos_token: "<|im_end|>",
      chat_template: CHATML,
      added_tokens_decoder: {
        1: { content: "<eos>", special: true },
        1024: { content: "<|im_start|>", special: true, normalized: false },
        1025: { content: "<|im_end|>", special: true },
      },
    });
  });

  it("has Gemma's turns as its template where a model with turn markers came without one", async () => {
    const from = await open({});
    const { chat_template } = jsonOf(from, "tokenizer_config.json");
    const gemma = await Gemma.load(from);
    const messages = ["Hi ", "Hello.", " {{ x }}"].map((content, i) => ({ i, content }));
    const ours = messages.map(({ i, content }) => ({
      role: i === 1 ? ("model" as const) : ("user" as const),
      content,
    }));
    const theirs = messages.map(({ i, content }) => ({
      role: i === 1 ? "assistant" : "user",
      content,
    }));
    const rendered = new Template(chat_template).render({
      messages: theirs,
      bos_token: "<bos>",
      add_generation_prompt: true,
    });
    expect(gemma.encode(rendered, { special: true })).toEqual(gemma.encodeChat(ours));
    expect(() =>
      new Template(chat_template).render({ messages: [{ role: "system", content: "x" }] }),
    ).toThrow("no system role");
  });

  it("has none where the publisher's has none", async () => {
    const base = await open({ files: { "tokenizer_config.json": { bos_token: "<bos>" } } });
    expect(jsonOf(base, "tokenizer_config.json").chat_template).toBeUndefined();
    const { metadata } = await readGguf(bytesSource(await whole(writeGguf(base))));
    expect(metadata.has("tokenizer.chat_template")).toBe(false);
  });

  it("is not there without a tokenizer", async () => {
    expect(
      jsonOf(await open({ files: { "tokenizer.model": null } }), "tokenizer_config.json"),
    ).toBe(undefined);
  });
});

it("generation_config.json and config.json name every end", async () => {
  const from = await open(TUNED);
  for (const file of ["config.json", "generation_config.json"]) {
    const ids = { bos_token_id: 2, pad_token_id: 0, eos_token_id: [1025, 1, 980] };
    expect(jsonOf(from, file)).toMatchObject(ids);
  }
});

it("GGUF names tokens that were added, and its ends, and has the template", async () => {
  const { metadata } = await readGguf(bytesSource(await whole(writeGguf(await open(TUNED)))));
  const tokens = metadata.get("tokenizer.ggml.tokens") as string[];
  expect(tokens.slice(1023)).toEqual([tokens[1023], "<|im_start|>", "<|im_end|>", "[PAD1026]"]);
  const ends = ["eos", "eot", "eom"].map((end) => metadata.get(`tokenizer.ggml.${end}_token_id`));
  expect(ends).toEqual([1025, 1, 980]);
  expect(metadata.get("tokenizer.chat_template")).toBe(CHATML);
});
