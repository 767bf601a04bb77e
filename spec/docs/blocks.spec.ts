/**
 * Every code block of the documents does what it says. TypeScript and JavaScript are run, and values behind `// →` and texts
 * printed below are compared; command lines are run or held against the program's options. What is not run says why, in
 * `<!-- not run: REASON -->` before it.
 */
import { describe, expect, it } from "vitest";
import { GIVEN } from "./blocks/given.ts";
import { BLOCKS, type Block, blocksOf, DOCUMENTS, unfenced } from "./blocks/markdown.ts";
import { runBlocks } from "./blocks/run.ts";
import { checkLine, whyParsed, wordsOf } from "./blocks/shell.ts";
import { assertShows } from "./blocks/shows.ts";

/** Languages of what is there to be looked at. */
const LOOKED_AT = ["text", "math"];
const isCode = ({ language }: Block) => language === "ts" || language === "js";
const all = [...BLOCKS.values()].flat();
const ours = all.filter(({ reason, isFilled }) => reason === undefined && !isFilled);
const leftOut = all.filter(({ reason }) => reason !== undefined);
const documents = (language: (block: Block) => boolean) =>
  [...BLOCKS]
    .map(([document, blocks]) => [document, blocks.filter((b) => ours.includes(b))] as const)
    .filter(([, blocks]) => blocks.some(language));

describe("every block", () => {
  it("has a language", () => {
    expect(all.filter(({ language }) => language === "").map(({ at }) => at)).toEqual([]);
  });

  it("of commands or code has a fence", () => {
    expect(DOCUMENTS.flatMap(unfenced)).toEqual([]);
  });

  it("is run, read, or says why not", () => {
    const known = [...LOOKED_AT, "ts", "js", "sh", "json"];
    const unmarked = ours.filter(({ language }) => !known.includes(language));
    expect(unmarked.map(({ at, language }) => `${at}: ${language}`)).toEqual([]);
  });

  it(`is run but for ${leftOut.length} of ${all.length}, each with a reason`, () => {
    for (const { at, reason } of leftOut) expect(reason?.length, at).toBeGreaterThan(10);
    expect(leftOut.length).toBeLessThan(all.length / 5);
  });
});

describe("TypeScript and JavaScript", () => {
  it.each(documents(isCode))("of %s", async (document, blocks) => {
    const printed = await runBlocks(blocks.filter(isCode), GIVEN[document]);
    blocks.forEach((block, i) => {
      const before = blocks[i - 1];
      if (block.language !== "text" || !block.follows || !before || !isCode(before)) return;
      expect(printed.get(before.at)?.trimEnd(), block.at).toBe(block.code);
    });
  });
});

describe("JSON", () => {
  it.each(ours.filter(({ language }) => language === "json"))("$at", ({ code }) => {
    expect(() => JSON.parse(code)).not.toThrow();
  });
});

describe("command lines", () => {
  const lines = ours
    .filter(({ language }) => language === "sh")
    .flatMap(({ at, code }) => code.split("\n").map((line) => [at, line] as const))
    .filter(([, line]) => line.trim() !== "");

  it.each(lines)("of %s: %s", async (_, line) => {
    await checkLine(line);
  });
});

describe("the check itself", () => {
  const block = (code: string): Block[] => blocksOf("a.md", `\`\`\`ts\n${code}\n\`\`\``);

  it("finds blocks, their marks, and what follows what", () => {
    const text =
      "<!-- not run: a reason -->\n\n```ts\na\n```\n\n```text\nb\n```\nwords\n```sh\n```";
    expect(blocksOf("a.md", text)).toMatchObject([
      { at: "a.md:3", language: "ts", code: "a", reason: "a reason", follows: false },
      { at: "a.md:7", language: "text", reason: undefined, follows: true },
      { at: "a.md:11", language: "sh", follows: false },
    ]);
    expect(() => blocksOf("a.md", "```ts")).toThrow("a.md:1: a block that does not end");
  });

  it("runs blocks in one scope, which later ones may redeclare", async () => {
    const blocks = blocksOf(
      "a.md",
      "```ts\nconst a: number = 1;\n```\n```ts\nconst b = a + 1;\n```\n```ts\nconst a = b;\nconsole.log(a, [b]);\n```",
    );
    expect([...(await runBlocks(blocks))]).toEqual([["a.md:7", "2 [ 2 ]\n"]]);
  });

  it("says where a block throws, and what is not exported", async () => {
    await expect(runBlocks(block("nothing();"))).rejects.toThrow("a.md:1: nothing is not");
    const missing = block('import { a } from "gemma-reference/a";');
    await expect(runBlocks(missing)).rejects.toThrow("nothing is exported as");
  });

  it("compares values behind an arrow, and wants the arrow", async () => {
    await runBlocks(block("const x = 1.234; // → 1.23: a remark\nx; // → 1.2"));
    await expect(runBlocks(block("1.234; // → 1.24"))).rejects.toThrow("it is 1.234");
    await expect(runBlocks(block("1.234; // 1.24"))).rejects.toThrow("write // →");
  });

  it.each([
    [0.37912, "0.379… and more"],
    [1e-9, "1.0e-9"],
    ["a", '"a", a text'],
    [{ a: 1, b: "x", c: 2.25 }, '{ a: 1, b: "x", c: 2.25 }'],
    [{ a: 1, b: "x", c: [2] }, "{ a, c: [2], … }"],
    [[1, 2, 3], "[1, 2, …]"],
    [Float64Array.of(0.5, 1), "[0.50, 1]"],
  ])("finds %j in: %s", (value, comment) => {
    expect(() => assertShows("", "", value, comment)).not.toThrow();
  });

  it.each([
    [0.37, "0.379…"],
    [2, "3"],
    ["a", '"b"'],
    [{ a: 1 }, "{ a: 2 }"],
    [{ a: 1 }, "{ b }"],
    [[1, 2, 3], "[1, 2]"],
    [1, "one"],
  ])("does not find %j in: %s", (value, comment) => {
    expect(() => assertShows("", "", value, comment)).toThrow();
  });

  it("takes a command line apart, and knows what is not ours or not there", async () => {
    expect(wordsOf(`lens 'a b' "c # d" e   # f`)).toEqual(["lens", "a b", "c # d", "e"]);
    expect(whyParsed(["score", "--model", "./mine"])).toMatch(/reader/);
    await expect(checkLine("python3 a.py")).rejects.toThrow("no program of ours");
    await expect(checkLine("npx tsx bench/nothing.ts")).rejects.toThrow("there is no");
    await expect(checkLine("npm run nothing")).rejects.toThrow("no script");
    await expect(checkLine("gemma-reference chat --nothing")).rejects.toThrow("unknown option");
    await expect(checkLine("gemma-reference generate Hi --nothing")).rejects.toThrow("nothing");
    await expect(checkLine("gemma-reference sing")).rejects.toThrow("sing");
  });
});
