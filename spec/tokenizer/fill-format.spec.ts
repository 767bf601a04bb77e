/** Fill-in-the-middle. The order of markers is that of Google's page on CodeGemma's prompts. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArgumentError, UnsupportedError } from "../../src/errors.ts";
import { Gemma } from "../../src/gemma.ts";
import { filesFolder } from "../../src/source/folder.ts";
import { fillIds } from "../../src/tokenizer/fill-format.ts";
import type { Tokenizer } from "../../src/tokenizer/tokenizer.ts";
import { tokenizerJson, tuned } from "../support/files/tuned.ts";
import { RUNS } from "../support/fuzz.ts";
import { fixtureTokenizer } from "../support/tokenizer-fixture.ts";

const [PREFIX, MIDDLE, SUFFIX, SEPARATOR] = [1024, 1025, 1026, 1027];
const MARKERS = {
  [PREFIX]: "<|fim_prefix|>",
  [MIDDLE]: "<|fim_middle|>",
  [SUFFIX]: "<|fim_suffix|>",
  [SEPARATOR]: "<|file_separator|>",
};
const rows = Object.keys(MARKERS).map(() => 0);
const gemma = await Gemma.load(
  filesFolder(await tuned({ rows, files: { "tokenizer.json": tokenizerJson(MARKERS) } })),
);
const tokenizer = gemma.tokenizer as Tokenizer;
const ids = (text: string) => fixtureTokenizer().encode(text);

describe("the ids of a gap", () => {
  it("are prefix, suffix, middle, with nothing between", () => {
    expect(fillIds(tokenizer, "Mira had ", " plums.\n")).toEqual([
      PREFIX,
      ...ids("Mira had "),
      SUFFIX,
      ...ids(" plums.\n"),
      MIDDLE,
    ]);
    expect(fillIds(tokenizer, "", "")).toEqual([PREFIX, SUFFIX, MIDDLE]);
  });

  it("are CodeGemma's: files first, each with its path on a line and the separator behind it", () => {
    const files = [{ path: "a.py", text: "x = 1\n" }, { text: "y" }];
    expect(fillIds(tokenizer, "p", "s", { files, path: "b.py" })).toEqual([
      ...ids("a.py\nx = 1\n"),
      SEPARATOR,
      ...ids("y"),
      SEPARATOR,
      ...ids("b.py\n"),
      PREFIX,
      ...ids("p"),
      SUFFIX,
      ...ids("s"),
      MIDDLE,
    ]);
  });

  it("have three markers, whatever the texts say", () => {
    const any = fc
      .array(fc.constantFrom(...Object.values(MARKERS), "<", "|fim_middle|>", "x", " ", "é"))
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(any, any, (prefix, suffix) => {
        const filled = fillIds(tokenizer, prefix, suffix);
        expect(filled.filter((id) => id >= PREFIX)).toEqual([PREFIX, SUFFIX, MIDDLE]);
        const [p, s] = [filled.indexOf(PREFIX), filled.indexOf(SUFFIX)];
        expect(tokenizer.decode(filled.slice(p + 1, s))).toBe(prefix);
        expect(tokenizer.decode(filled.slice(s + 1, -1))).toBe(suffix);
      }),
      { numRuns: RUNS },
    );
  });

  it("are refused where the vocabulary has no markers, or a text is none", () => {
    const plain = () => fillIds(fixtureTokenizer(), "a", "b");
    expect(plain).toThrow(UnsupportedError);
    expect(plain).toThrow(/a vocabulary with <\|fim_prefix\|>, got .*; codegemma-2b and codegemma/);
    for (const [call, message] of [
      [
        () => fillIds(tokenizer, "a", { maxTokens: 5 } as never),
        /"suffix" expected a text.*comes f/,
      ],
      [() => fillIds(tokenizer, [2] as never, "b"), /"prefix" expected a text/],
      [
        () => fillIds(tokenizer, "a", "b", { files: ["x"] as never }),
        /"files\[0\]" expected a file/,
      ],
      [
        () => fillIds(tokenizer, "a", "b", { files: [{ content: "x" } as never] }),
        /"files\[0\]\.content" expected a field of a file/,
      ],
      [() => fillIds(tokenizer, "a", "b", { path: 5 as never }), /"path" expected a text/],
    ] as const) {
      expect(call).toThrow(ArgumentError);
      expect(call).toThrow(message);
    }
  });
});

describe("Gemma.fill", () => {
  it("generates from BOS and those ids, until a marker", async () => {
    const options = { maxTokens: 6 };
    const prompt = [2, ...fillIds(tokenizer, "Mira had ", " plums.")];
    const filled = gemma.fill("Mira had ", " plums.", options);
    expect(await filled.text()).toBe(await gemma.generate(prompt, options).text());
    expect(gemma.encodeFill("Mira had ", " plums.")).toEqual(prompt);
    const stopped = gemma.fill("Mira", "fox", { logitBias: { [SEPARATOR]: 1000 } });
    expect(await stopped.text()).toBe("");
    expect([stopped.finishReason, stopped.stopReason]).toEqual(["eos", SEPARATOR]);
  });

  it("says what to do instead of an option that it has not", () => {
    expect(() => gemma.fill("a", "b", { samples: 2 } as never)).toThrow(/an option of generate/);
    expect(() => gemma.generate("a", { suffix: "b" } as never)).toThrow(
      /gemma\.fill\(prefix, suffix/,
    );
    expect(() => gemma.fill("a", {} as never)).toThrow(
      /the suffix comes first|fill\(prefix, suffix/,
    );
  });
});

describe("Gemma.count", () => {
  it("counts BOS, the turns of a chat, and ids", () => {
    expect(gemma.count("Mira the fox")).toBe(gemma.encode("Mira the fox").length);
    expect(gemma.count("<bos>x", { special: true })).toBe(2);
    const messages = [{ role: "user", content: "Hi" }] as const;
    expect(gemma.count(messages)).toBe(gemma.encodeChat(messages).length);
    expect(gemma.count([2, 5, 9])).toBe(3);
    expect(() => gemma.count(5 as never)).toThrow(ArgumentError);
    expect(() => gemma.count([2, -1])).toThrow(/"prompt\[1\]"/);
  });
});
