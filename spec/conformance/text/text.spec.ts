/** Tier T3: the vectors, what they catch, and what is said of it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CHAT_WAYS, plannedChatIds } from "../../../src/conformance/text/chat-plan.ts";
import { cutIds } from "../../../src/conformance/text/cut.ts";
import { plannedText } from "../../../src/conformance/text/decode-plan.ts";
import { diagnoseText } from "../../../src/conformance/text/diagnose-text.ts";
import { runText } from "../../../src/conformance/text/run-text.ts";
import { kindOf } from "../../../src/conformance/text/text-mutant.ts";
import { TEXT_MUTANTS } from "../../../src/conformance/text/text-mutants.ts";
import { openTextSuite } from "../../../src/conformance/text/text-suite.ts";
import { type TextTestee, textTestee } from "../../../src/conformance/text/text-testee.ts";
import { UnsupportedError } from "../../../src/errors.ts";
import { filesFolder } from "../../../src/source/folder.ts";
import { chatIds } from "../../../src/tokenizer/chat-format.ts";
import { Tokenizer } from "../../../src/tokenizer/tokenizer.ts";
import { fixtureFolder, readFile } from "../../support/files.ts";
import { anyCharacter } from "../../support/fuzz.ts";

const suite = await openTextSuite(fixtureFolder("conformance"));
const bundled = Tokenizer.fromBytes(readFile("fixtures/tiny-stories-it/tokenizer.model"));

/** Runs a testee → its results by id, its diagnosis, and the ids of what failed. */
async function tried(testee: TextTestee) {
  const { results, answers } = await runText(testee, suite);
  const failed = results.filter(({ status }) => status === "fail").map(({ id }) => id);
  return { results, failed, ...diagnoseText(suite, answers) };
}

const withMutants = (...mutants: string[]) => tried(textTestee({ mutants }));
const alone = new Map<string, ReturnType<typeof tried>>();
const withMutant = (id: string) => {
  const known = alone.get(id) ?? withMutants(id);
  alone.set(id, known);
  return known;
};

describe("the suite", () => {
  it("is what SentencePiece says, and this library says the same of all of it", async () => {
    const { results } = await runText(textTestee(), suite);
    expect(results.filter(({ status, message }) => status !== "pass" || message)).toEqual([]);
    expect(results.map(({ id }) => id).sort()).toEqual(suite.vectors.map(({ id }) => id).sort());
  });

  it("has the tokenizer of the trained model, and ids that are used once", () => {
    expect(suite.tokenizers.get("bundled")?.model).toEqual(
      readFile("fixtures/tiny-stories-it/tokenizer.model"),
    );
    const ids = suite.vectors.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("is refused with another tokenizer beside it", async () => {
    const names = ["text.json", ...[...suite.tokenizers.values()].map(({ file }) => file)];
    const files = new Map(names.map((name) => [name, readFile(`fixtures/conformance/${name}`)]));
    expect((await openTextSuite(filesFolder(files))).digest).toBe(suite.digest);
    const damaged = Uint8Array.from(files.get("tokenizer-ties.model") as Uint8Array);
    damaged[7] ^= 1;
    files.set("tokenizer-ties.model", damaged);
    await expect(openTextSuite(filesFolder(files))).rejects.toThrow(
      'files/tokenizer-ties.model: "SHA-256" expected ',
    );
    files.delete("tokenizer-ties.model");
    await expect(openTextSuite(filesFolder(files))).rejects.toThrow(
      'files: "tokenizer-ties.model" expected a file, got no such file',
    );
  });
});

describe("what mutants are made of, with nothing changed", () => {
  const anyText = fc
    .array(
      fc.oneof(
        fc.string({ unit: anyCharacter, maxLength: 3 }),
        fc.constantFrom("  ", "\n\n", "the", "ooo", "<end_of_turn>"),
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join("").replace(/\p{Surrogate}/gu, ""));

  it("equals the tokenizer", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const ids = bundled.encode(text);
        expect(cutIds(bundled, text)).toEqual(ids);
        expect(plannedText(bundled, ids)).toBe(bundled.decode(ids));
      }),
      { seed: 7, numRuns: 60 },
    );
    const anyIds = fc.array(fc.integer({ min: 0, max: 1023 }), { maxLength: 12 });
    fc.assert(
      fc.property(anyIds, (ids) => {
        expect(plannedText(bundled, ids)).toBe(bundled.decode(ids));
      }),
      { seed: 7, numRuns: 200 },
    );
  });

  it("equals the chat format", () => {
    for (const vector of suite.vectors) {
      if (vector.kind !== "chat") continue;
      const ids = plannedChatIds(bundled, (text) => bundled.encode(text), vector.messages);
      expect(ids).toEqual([bundled.bosId, ...chatIds(bundled, vector.messages)]);
    }
  });
});

describe("known bugs", () => {
  it.each(TEXT_MUTANTS.map(({ id }) => id))("%s fails, and is named alone", async (id) => {
    const { failed, named, unexplained } = await withMutant(id);
    expect(named.map(({ ids }) => ids)).toEqual([[id]]);
    expect(unexplained).toEqual([]);
    expect([...named[0].taps].sort()).toEqual([...failed].sort());
  });

  it("fail every vector that was made to catch them, and each vector was made to catch one", async () => {
    const failures = new Map<string, readonly string[]>();
    for (const { id } of TEXT_MUTANTS) failures.set(id, (await withMutant(id)).failed);
    const missed = suite.vectors.flatMap(({ id, hunts }) =>
      hunts.filter((bug) => !failures.get(bug)?.includes(id)).map((bug) => `${id}: ${bug}`),
    );
    expect(missed).toEqual([]);
    expect(suite.vectors.filter(({ hunts }) => hunts.length === 0)).toEqual([]);
    const hunted = new Set(suite.vectors.flatMap(({ hunts }) => hunts));
    expect(TEXT_MUTANTS.filter(({ id }) => !hunted.has(id)).map(({ id }) => id)).toEqual([]);
  });

  it("of different kinds are named together", async () => {
    const all = ["tokenizer-nfkc", "decode-runs-kept", "chat-no-bos", "stop-eos-only"];
    expect(TEXT_MUTANTS.filter(({ id }) => all.includes(id)).map(kindOf)).toEqual([
      ...["encode", "decode", "chat", "answer"],
    ]);
    const { failed, named, unexplained } = await withMutants(...all);
    expect(named.flatMap(({ ids }) => ids)).toEqual(all);
    expect(unexplained).toEqual([]);
    expect(new Set(named.flatMap(({ taps }) => taps))).toEqual(new Set(failed));
  });

  it("of the tokenizer explain what they do to a chat, encoded as a whole too", async () => {
    const wrong = textTestee({ mutants: ["tokenizer-user-symbols-late"] });
    const asText = (messages: readonly { role: string; content: string }[]) =>
      `${messages.map(({ role, content }) => `<start_of_turn>${role}\n${content}<end_of_turn>\n`).join("")}<start_of_turn>model\n`;
    const { failed, named, unexplained } = await tried({
      ...wrong,
      encodeChat: async (messages) => [2, ...((await wrong.encode?.(asText(messages))) ?? [])],
    });
    expect(failed).toContain("t3.chat.one");
    expect(named.map(({ ids }) => ids)).toEqual([["tokenizer-user-symbols-late"]]);
    expect(unexplained).toEqual([]);
  });
});

describe("other answers", () => {
  const own = textTestee();

  it("that are right in another way pass, and say which", async () => {
    const { results } = await tried({
      ...own,
      encodeChat: async (messages) =>
        plannedChatIds(bundled, (text) => bundled.encode(text), messages, { way: "whole" }),
    });
    const result = results.find(({ id }) => id === "t3.chat.marker-in-content");
    expect(result).toMatchObject({
      status: "pass",
      message: expect.stringContaining("as one text"),
    });
  });

  it.each(CHAT_WAYS)("of another way (%s) are told from a bug beside it", async (way) => {
    const { named, unexplained } = await tried({
      ...own,
      encodeChat: async (messages) =>
        plannedChatIds(bundled, (text) => bundled.encode(text), messages, { way, bos: 0 }),
    });
    expect(named.map(({ ids }) => ids)).toEqual([["chat-no-bos"]]);
    expect(unexplained).toEqual([]);
    const { results } = await tried({
      ...own,
      encodeChat: async (messages) =>
        plannedChatIds(bundled, (text) => bundled.encode(text), messages, { way }),
    });
    expect(results.filter(({ status }) => status !== "pass")).toEqual([]);
  });

  it("that no known bug gives are named after none, and the first token that differs is told", async () => {
    const { results, failed, named, unexplained } = await tried({
      ...own,
      encode: async (text) => bundled.encode(text.replaceAll("cat", "dog")),
    });
    expect(failed).toContain("t3.encode.words");
    expect(named).toEqual([]);
    expect(unexplained).toEqual(failed);
    expect(results.find(({ id }) => id === "t3.encode.leading-space")?.message).toBe(
      'token 1 is 707 ("▁dog"), expected 673 ("▁cat")',
    );
    const short = await tried({ ...own, encode: async (text) => bundled.encode(text).slice(0, 1) });
    expect(short.results.find(({ id }) => id === "t3.encode.leading-space")?.message).toBe(
      'token 1 is missing, expected 673 ("▁cat")',
    );
    const long = await tried({ ...own, encode: async (text) => [...bundled.encode(text), 1] });
    expect(long.results.find(({ id }) => id === "t3.encode.leading-space")?.message).toBe(
      '3 tokens, expected 2: the first too many is 1 ("<eos>")',
    );
  });

  it("of two bugs of one kind are not named after either", async () => {
    const { failed, named, unexplained } = await tried({
      ...own,
      encode: async (text) => bundled.encode(text.trim().normalize("NFKC")),
    });
    expect(named).toEqual([]);
    expect(unexplained).toEqual(failed);
  });

  it("that are no answers are errors", async () => {
    const garbage: readonly unknown[] = [
      "12",
      [1.5],
      null,
      { ids: [1] },
      [[1]],
      new DataView(new ArrayBuffer(4)),
    ];
    for (const value of garbage) {
      const { results } = await runText({ ...own, encode: async () => value as number[] }, suite);
      const result = results.find(({ id }) => id === "t3.encode.word");
      expect(result).toMatchObject({ status: "error" });
      expect(result?.message).toMatch(/^expected a list of token ids, got /);
    }
    const { results } = await runText({ ...own, decode: async () => 5 as never }, suite);
    expect(results.find(({ id }) => id === "t3.decode.words")?.message).toBe(
      "expected a text, got 5",
    );
  });

  it("in typed arrays and big integers are ids", async () => {
    const { results } = await runText(
      {
        ...own,
        encode: async (text) => Int32Array.from(await own.encode!(text)) as never,
        encodeChat: async (messages) => (await own.encodeChat!(messages)).map(BigInt) as never,
      },
      suite,
    );
    expect(results.every(({ status }) => status === "pass")).toBe(true);
  });

  it("that do not come are errors, unsupported, or a refusal of what is no text", async () => {
    const refuse = new Error("surrogates not allowed");
    const { results } = await runText(
      {
        ...own,
        encode: async (text) => {
          if (/\p{Surrogate}/u.test(text) || text === "a") throw refuse;
          return own.encode!(text);
        },
        decode: async () => {
          throw new UnsupportedError({ op: "decode", expected: "ids", got: "no decoder" });
        },
        answer: undefined,
      },
      suite,
    );
    const statusOf = (id: string) => results.find((result) => result.id === id)?.status;
    expect(statusOf("t3.encode.letter")).toBe("error");
    expect(statusOf("t3.encode.lone-high")).toBe("unsupported");
    expect(statusOf("t3.decode.words")).toBe("unsupported");
    expect(statusOf("t3.answer.turn")).toBe("unsupported");
    expect(statusOf("t3.encode.word")).toBe("pass");
  });

  it("of a testee with one tokenizer leave the other vocabularies out", async () => {
    await own.loadTokenizer?.("bundled", readFile("fixtures/conformance/tokenizer.model"));
    const { results } = await runText({ ...own, loadTokenizer: undefined }, suite);
    const others = results.filter(({ status }) => status !== "pass");
    expect(new Set(others.map(({ status }) => status))).toEqual(new Set(["unsupported"]));
    expect(others.every(({ id }) => /^t3\.encode\.(frozen|ties|equals|unused)/.test(id))).toBe(
      true,
    );
  });
});
