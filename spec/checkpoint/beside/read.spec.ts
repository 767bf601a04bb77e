/**
 * What lies beside the weights of fine-tunes. The ids are those of tokenizers (tokenizers 0.22, transformers 5.18) for
 * the same files, the ends those at which transformers stops: reports on trl#1242 and #1412, unsloth#219,
 * mlx-vlm#309 and #2112, llama.cpp#5838.
 */
import { describe, expect, it } from "vitest";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import { openTokenizer } from "../../../src/checkpoint/open-tokenizer.ts";
import { FormatError, UnsupportedError } from "../../../src/errors.ts";
import { Gemma } from "../../../src/gemma.ts";
import { filesFolder } from "../../../src/source/folder.ts";
import { GEMMA_CHAT } from "../../../src/tokenizer/chat-format.ts";
import { Tokenizer } from "../../../src/tokenizer/tokenizer.ts";
import type { Warning } from "../../../src/warning.ts";
import { rejection } from "../../support/files/safetensors-file.ts";
import {
  addedTokens,
  CHATML_TOKENS,
  type Tuning,
  tokenizerJson,
  tuned,
} from "../../support/files/tuned.ts";
import { readJson } from "../../support/goldens.ts";
import { fixtureTokenizer, goldens } from "../../support/tokenizer-fixture.ts";

async function load(tuning: Tuning): Promise<{ gemma: Gemma; warnings: Warning[] }> {
  const warnings: Warning[] = [];
  const onWarning = (warning: Warning) => warnings.push(warning);
  const gemma = await Gemma.load(filesFolder(await tuned(tuning), "m"), { onWarning });
  return { gemma, warnings };
}

const TEXT = "<|im_start|>user\n";
/** `user\n`, as tokenizers cuts it. */
const USER = [983, 976, 303, 12];
const ROWS = [10, 11];
const decoder = (byId: Record<number, string>) =>
  Object.fromEntries(addedTokens(byId).map(({ id, ...token }: { id?: number }) => [id, token]));

describe("added tokens", () => {
  it.each<[string, Tuning["files"]]>([
    ["tokenizer.json beside tokenizer.model", { "tokenizer.json": tokenizerJson(CHATML_TOKENS) }],
    [
      "tokenizer.json alone",
      { "tokenizer.json": tokenizerJson(CHATML_TOKENS), "tokenizer.model": null },
    ],
    [
      "tokenizer_config.json",
      { "tokenizer_config.json": { added_tokens_decoder: decoder(CHATML_TOKENS) } },
    ],
    ["added_tokens.json", { "added_tokens.json": { "<|im_start|>": 1024, "<|im_end|>": 1025 } }],
    [
      "added_tokens.json beside tokenizer.json",
      {
        "tokenizer.model": null,
        "tokenizer.json": readJson("tokenizer/tokenizer.json"),
        "added_tokens.json": { "<|im_start|>": 1024, "<|im_end|>": 1025 },
      },
    ],
  ])("of %s are tokens in a text", async (_, files) => {
    const { gemma, warnings } = await load({ files, rows: ROWS });
    expect(gemma.encode(TEXT)).toEqual([2, 1024, ...USER]);
    expect(gemma.decode([1024, ...USER, 1025])).toBe(`${TEXT}<|im_end|>`);
    expect(warnings).toEqual([]);
  });

  it("leave all else as it was, id for id", async () => {
    const files = await tuned({ files: { "tokenizer.json": tokenizerJson(CHATML_TOKENS) } });
    const both = await openTokenizer(filesFolder(files));
    const { encode } = goldens();
    expect(encode.length).toBeGreaterThan(200);
    for (const { text, ids } of encode) expect(both.encode(text)).toEqual(ids);
  });

  it("may be pieces under a new name: the new name is taken, and it is said", async () => {
    const json = JSON.stringify(readJson("tokenizer/tokenizer.json"))
      .replaceAll("<start_of_turn>", "<|im_start|>")
      .replaceAll("<end_of_turn>", "<|im_end|>");
    const { gemma, warnings } = await load({ files: { "tokenizer.json": JSON.parse(json) } });
    expect(gemma.encode(TEXT)).toEqual([2, 10, ...USER]);
    expect(warnings.map(({ kind }) => kind)).toEqual(["checkpoint", "checkpoint"]);
    expect(warnings[0].message).toMatch(
      /^m: token 10 is "<start_of_turn>" in m\/tokenizer\.model and was renamed to "<\|im_start\|>"/,
    );
    expect(gemma.chatFormat).toMatchObject({ name: "ChatML", bos: true });
  });

  it("without a row in the table are left out, and it is said", async () => {
    const { gemma, warnings } = await load({
      files: { "tokenizer.json": tokenizerJson({ 1024: "<|pad|>", 1025: "<|x|>" }) },
    });
    expect(gemma.tokenizer?.vocabSize).toBe(1024);
    expect(warnings[0].message).toMatch(/2 added tokens have no row .* of 1024, the first is 1024/);
  });

  it("that two files name differently are those of the first, and it is said", async () => {
    const { gemma, warnings } = await load({
      rows: ROWS,
      files: {
        "tokenizer.json": tokenizerJson(CHATML_TOKENS),
        "added_tokens.json": { "<|other|>": 1024 },
      },
    });
    expect(gemma.encode("<|im_start|>")).toEqual([2, 1024]);
    expect(warnings[0].message).toMatch(
      /tokenizer\.json calls token 1024 "<\|im_start\|>", added_tokens\.json calls token 1024 "<\|other\|>"; the former/,
    );
  });

  it("leave a gap of ids that mean nothing: without text, and never chosen if their rows are zeros", async () => {
    const { gemma } = await load({
      rows: ["zeros", { louder: 11 }, 10],
      files: { "added_tokens.json": { "<|late|>": 1026 } },
    });
    expect(gemma.encode("a<|late|>")).toEqual([...gemma.encode("a"), 1026]);
    expect(gemma.decode([1024, 1025, 1026])).toBe("<|late|>");
    expect(gemma.model.paddingIds).toEqual([1024]);
    const question = gemma.encodeChat([{ role: "user", content: "What is 3 plus 4?" }]);
    const generation = gemma.generate(question, { maxTokens: 12 });
    expect(await generation.text()).toMatch(/^3 plus 4 is 7\. /);
  });

  it("may be many, one after another", async () => {
    const names = Array.from({ length: 1100 }, (_, i) => [`<|${i}|>`, 1024 + i] as const);
    const { gemma } = await load({
      rows: names.map(() => 10),
      files: { "added_tokens.json": Object.fromEntries(names) },
    });
    expect(gemma.encode("<|1099|>")).toEqual([2, 2123]);
  });

  it("without a row are left out of a tokenizer.json alone, too", async () => {
    const files = { "tokenizer.model": null, "tokenizer.json": tokenizerJson(CHATML_TOKENS) };
    const { gemma, warnings } = await load({ files });
    expect([gemma.tokenizer?.vocabSize, warnings.length]).toEqual([1024, 1]);
  });

  it("that are found otherwise than SentencePiece finds them are, with a word", async () => {
    const [token] = addedTokens({ 1024: "<|x|>" });
    const files = {
      "tokenizer_config.json": { added_tokens_decoder: { 1024: { ...token, lstrip: true } } },
    };
    const { warnings } = await load({ rows: [10], files });
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /gives token 1024, "<\|x\|>", lstrip, which SentencePiece does not have/,
      ),
    ]);
  });

  it("with one text under two ids have it under the first that is read", async () => {
    const { gemma, warnings } = await load({
      rows: [10, 11, 5],
      files: {
        "tokenizer.json": tokenizerJson(CHATML_TOKENS),
        "added_tokens.json": { "<|im_end|>": 1026 },
      },
    });
    expect(gemma.encode("<|im_end|>")).toEqual([2, 1025]);
    expect(warnings[0].message).toMatch(
      /calls token 1025 "<\|im_end\|>", added_tokens\.json calls token 1026/,
    );
  });

  it.each<[string, NonNullable<Tuning["files"]>, RegExp]>([
    [
      "of another vocabulary",
      { "tokenizer.json": tokenizerJson({ 500: "<|im_start|>" }) },
      /tokenizer\.model: "added_tokens" expected ".*" as token 500, got added token 500, "<\|im_start\|>"/,
    ],
    [
      "that are pieces already",
      { "added_tokens.json": { "▁the": 1024 } },
      /expected a new text for token 1024, got "▁the", which is token \d+ already/,
    ],
    [
      "far beyond it",
      { "added_tokens.json": { "<|x|>": 900_000 } },
      /expected an added token below 2048, got added token 900000/,
    ],
    [
      "whose id is a text",
      { "added_tokens.json": { "<|x|>": "1024" } },
      /added_tokens\.json: .* expected a token id, got "1024"/,
    ],
    [
      "without content",
      { "tokenizer_config.json": { added_tokens_decoder: { 1024: {} } } },
      /"added_tokens_decoder\.1024" expected a token with an id and a content/,
    ],
  ])("%s are refused", async (_, files, message) => {
    const error = await rejection(
      openTokenizer(filesFolder(await tuned({ files, rows: ROWS }), "m")),
    );
    expect(error).toBeInstanceOf(FormatError);
    expect((error as Error).message).toMatch(message);
  });

  it("are not looked for beyond what a tokenizer.json says of itself at its beginning", async () => {
    const json = new TextEncoder().encode(
      `{"version":"1.0","added_tokens":[{"id":1024,"content":"]}"}],"model":${"x".repeat(9)}`,
    );
    const { gemma, warnings } = await load({ files: { "tokenizer.json": json }, rows: [10] });
    expect(gemma.encode("]}")).toEqual([2, 1024]);
    expect(warnings).toEqual([]);
  });

  it("that come last in a long tokenizer.json are found, too", async () => {
    const { added_tokens, ...rest } = tokenizerJson(CHATML_TOKENS) as { added_tokens: object[] };
    const long = { ...rest, padding: " ".repeat(2 ** 20), added_tokens };
    const { gemma } = await load({ files: { "tokenizer.json": long }, rows: ROWS });
    expect(gemma.encode("<|im_end|>")).toEqual([2, 1025]);
  });
});

it.each<[string, unknown, string | null | undefined]>([
  ["one", "x", "x"],
  ["a list of one", [{ name: "default", template: "x" }], "x"],
  ["an object", { default: "x" }, "x"],
  ["none", undefined, null],
  ["an empty list", [], null],
  ["an empty one", "", null],
])("a chat template: %s", async (_, chat_template, expected) => {
  const files = await tuned({ files: { "tokenizer_config.json": { chat_template } } });
  expect((await openCheckpoint(filesFolder(files))).chatTemplate).toBe(expected);
});

it("chat templates of which none is the default load, and no chat does", async () => {
  const chat_template = [{ name: "rag", template: "x" }];
  const { gemma } = await load({ files: { "tokenizer_config.json": { chat_template } } });
  expect(() => gemma.chat()).toThrow(
    /"chat_template" expected Gemma's turns, or ChatML, got another/,
  );
  expect(() => gemma.chat()).toThrow(UnsupportedError);
  gemma.chat({ format: GEMMA_CHAT }).dispose();
});

it("a template in a file of its own holds, and it is said where it differs", async () => {
  const { gemma, warnings } = await load({
    files: {
      "chat_template.jinja": new TextEncoder().encode("x"),
      "tokenizer_config.json": { chat_template: "y" },
    },
  });
  expect(() => gemma.chatFormat).toThrow(UnsupportedError);
  expect(warnings[0].message).toMatch(/chat_template\.jinja differs from chat_template/);
});

it("a list of added tokens behind a string without end takes no time", async () => {
  const json = new TextEncoder().encode(`{"x":"${'\\"'.repeat(200_000)}`);
  const { warnings } = await load({ files: { "tokenizer.json": json } });
  expect(warnings).toHaveLength(1);
});

describe("BOS", () => {
  it.each([
    ["config.json", { config: { bos_token_id: 1024, eos_token_id: 1025, pad_token_id: 1025 } }],
    [
      "tokenizer_config.json",
      { files: { "tokenizer_config.json": { bos_token: "<|im_start|>" } } },
    ],
    [
      "special_tokens_map.json",
      { files: { "special_tokens_map.json": { bos_token: { content: "<|im_start|>" } } } },
    ],
  ])("that was changed in %s is that", async (file, tuning: Tuning) => {
    const files = { "tokenizer.json": tokenizerJson(CHATML_TOKENS), ...tuning.files };
    const { gemma, warnings } = await load({ ...tuning, files, rows: ROWS });
    expect(gemma.encode("user\n")).toEqual([1024, ...USER]);
    expect(warnings).toHaveLength(file === "config.json" ? 0 : 1);
  });

  it("that the tokenizer does not know is put before a text all the same", async () => {
    const { gemma } = await load({ config: { bos_token_id: 1024 }, rows: ROWS });
    expect(gemma.encode("user\n")).toEqual([1024, ...USER]);
  });

  it("that is a word is of another model", async () => {
    const error = await rejection(load({ config: { bos_token_id: 500 } }));
    expect((error as Error).message).toMatch(/"<bos>" expected id 500, .* got id 2; 500 is "/);
  });

  it("is added though add_bos_token is false, and it is said", async () => {
    const { gemma, warnings } = await load({
      files: { "tokenizer_config.json": { add_bos_token: false } },
    });
    expect(gemma.encode("user\n")[0]).toBe(2);
    expect(warnings[0].message).toMatch(/add_bos_token: false; BOS is added all the same/);
  });
});

describe("the ends of a text", () => {
  it.each<[string, Tuning, number | number[]]>([
    ["a list in config.json", { config: { eos_token_id: [1, 11] } }, [1, 11]],
    ["an end that no row has", { config: { eos_token_id: [1, 107_000, -1] } }, 1],
    ["none at all", { config: { eos_token_id: null } }, 1],
    [
      "generation_config.json",
      {
        config: { eos_token_id: 11 },
        files: { "generation_config.json": { eos_token_id: [1, 980] } },
      },
      [11, 1, 980],
    ],
    [
      "generation_config.json with one",
      { files: { "generation_config.json": { eos_token_id: 980 } } },
      [11, 980],
    ],
    [
      "eos_token of tokenizer_config.json",
      {
        rows: ROWS,
        files: {
          "tokenizer.json": tokenizerJson(CHATML_TOKENS),
          "tokenizer_config.json": { eos_token: "<|im_end|>" },
        },
      },
      [11, 1025],
    ],
  ])("%s", async (_, tuning, expected) => {
    const own = tuning.config ? tuning : { ...tuning, config: { eos_token_id: 11 } };
    expect((await load(own)).gemma.config.eosTokenId).toEqual(expected);
  });

  it.each([
    ["generation_config.json", "[1"],
    ["generation_config.json", '{"eos_token_id": "1"}'],
    ["tokenizer_config.json", "{}]"],
    ["tokenizer_config.json", '{"bos_token": 2}'],
    ["tokenizer_config.json", '{"chat_template": 5}'],
  ])("a damaged %s, %s, is refused by its name", async (file, content) => {
    const error = await rejection(load({ files: { [file]: new TextEncoder().encode(content) } }));
    expect(error).toBeInstanceOf(FormatError);
    expect((error as Error).message).toContain(file);
  });
});

it("a tokenizer of another family's folder opens without its config", async () => {
  const files = await tuned({ config: { model_type: "gemma2" } });
  const tokenizer = await openTokenizer(filesFolder(files));
  expect(tokenizer.encode("user")).toEqual(fixtureTokenizer().encode("user"));
  expect(tokenizer).toBeInstanceOf(Tokenizer);
});
