import { describe, expect, it } from "vitest";
import { run } from "../../../src/cli/run.ts";
import { cli, jsonLines } from "../../support/cli.ts";
import { readJson } from "../../support/goldens.ts";
import { fixture } from "../../support/paths.ts";

interface Goldens {
  encode: { text: string; ids: number[]; pieces: string[]; decoded: string }[];
  decode: { ids: number[]; decoded: string }[];
}
const goldens = readJson<Goldens>("tokenizer/goldens.json");
const TOKENIZER = ["--tokenizer", fixture("tiny-stories/tokenizer.model")];
const answers = (stdin: string | readonly (string | Uint8Array)[]) =>
  cli(["tokenize", ...TOKENIZER, "--json"], { stdin });
const line = (value: unknown) => `${JSON.stringify(value)}\n`;

describe("tokenize --json", () => {
  it("answers every text as SentencePiece does, in order", async () => {
    const stdin = goldens.encode.map(({ text }) => line({ text })).join("");
    const { code, out } = await answers(stdin);
    expect(code).toBe(0);
    expect(jsonLines(out)).toEqual(goldens.encode.map(({ ids, pieces }) => ({ ids, pieces })));
  });

  it("answers every list of ids as SentencePiece does, in order", async () => {
    const stdin = goldens.decode.map(({ ids }) => line({ ids })).join("");
    const { out } = await answers(stdin);
    expect(jsonLines(out)).toEqual(goldens.decode.map(({ decoded: text }) => ({ text })));
  });

  it("finds the same lines however stdin is cut", async () => {
    const bytes = new TextEncoder().encode(`${line({ text: "Größe ▁ 日本" })}{"ids":[5]}`);
    const whole = await answers([bytes]);
    expect(whole.out.split("\n")).toHaveLength(3);
    for (const size of [1, 2, 3, 7]) {
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
      expect(await answers(pieces)).toEqual(whole);
    }
  });

  it("ends lines at newlines only: U+2028 may stand in a JSON string", async () => {
    const { code, out } = await answers('{"text":"a\u2028b"}\r\n{"text":"c"}\r\n');
    expect([code, out.split("\n").length]).toEqual([0, 3]);
    expect(out).toContain('["a","<0xE2>","<0x80>","<0xA8>","b"]');
  });

  it("answers a line before the next one comes", async () => {
    const seen: string[] = [];
    async function* questions() {
      yield line({ text: "a" });
      expect(seen).toHaveLength(1);
      yield line({ text: "b" });
    }
    const output = {
      isTerminal: false,
      columns: undefined,
      write: async (text: string) => void seen.push(text),
    };
    const code = await run(["tokenize", "--json", ...TOKENIZER], {
      stdin: { isTerminal: false, [Symbol.asyncIterator]: questions },
      stdout: output,
      stderr: output,
      signal: new AbortController().signal,
      interruptible: (work) => work(new AbortController().signal),
      env: {},
      program: "",
    });
    expect([code, seen.length]).toEqual([0, 2]);
  });

  it("takes nothing for an answer to nothing", async () => {
    expect(await answers("")).toEqual({ code: 0, out: "", err: "" });
  });

  it.each([
    ["not JSON", "{text: 1}", "got {text: 1}"],
    ["an empty line", "", "got an empty line"],
    ["neither text nor ids", '{"x":1}', 'got {"x":1}'],
    ["both", '{"text":"a","ids":[1]}', `not both, got {"text":"a","ids":[1]}`],
    ["null", "null", "got null"],
    ["a text that is no string", '{"text":1}', 'got {"text":1}'],
    ["an id that is no integer", '{"ids":[1.5]}', 'got {"ids":[1.5]}'],
    [
      "an unknown name",
      '{"text":"a","add_bos":true}',
      '"add_bos" expected a question, got an unknown name',
    ],
    ["an id outside the vocabulary", '{"ids":[99999]}', '"id" expected an integer from 0 to'],
  ])(
    "refuses %s by the number of its line, after the answers before it",
    async (_, bad, message) => {
      const { code, out, err } = await answers(
        `${line({ ids: [5] })}${bad}\n${line({ ids: [5] })}`,
      );
      expect([code, jsonLines(out).length]).toEqual([1, 1]);
      expect(err).toContain("tokenize: stdin, line 2");
      expect(err).toContain(message);
    },
  );

  it("refuses a line that is not UTF-8 by its number", async () => {
    const { code, err } = await answers([line({ ids: [] }), Uint8Array.of(0x22, 0xff, 0x22, 0x0a)]);
    expect(code).toBe(1);
    expect(err).toContain("line 2 expected");
    expect(err).toContain("not UTF-8");
  });

  it("answers texts of the command line instead, if there are any", async () => {
    const { out } = await cli(["tokenize", ...TOKENIZER, "--json", "a", ""]);
    expect(jsonLines(out)).toEqual([
      { ids: [970], pieces: ["a"] },
      { ids: [], pieces: [] },
    ]);
  });
});

describe("tokenize", () => {
  it("shows id and piece of each token, of texts or of stdin", async () => {
    const expected = " id  piece\n910  Mira\n 12  \\n\n288  ▁the\n3 tokens\n";
    const { out } = await cli(["tokenize", "Mira\n the"]);
    expect(out).toBe(expected);
    expect((await cli(["tokenize"], { stdin: "Mira\n the\n" })).out).toBe(expected);
    expect((await cli(["tokenize", "Mira\n the", "a"])).out).toMatch(
      /3 tokens\n\n.*piece\n.*a\n1 token\n$/,
    );
  });

  it("decodes --ids", async () => {
    expect((await cli(["tokenize", "--ids", "2,910,288"])).out).toBe("Mira the\n");
    expect((await cli(["tokenize", "--ids", "910", "--json"])).out).toBe('{"text":"Mira"}\n');
  });

  it("takes a checkpoint's folder for its tokenizer", async () => {
    const { out } = await cli(["tokenize", "--model", fixture("tiny-stories"), "--json", "Mira"]);
    expect(out).toBe('{"ids":[910],"pieces":["Mira"]}\n');
    const none = await cli(["tokenize", "--model", fixture("mqa"), "a"]);
    expect([none.code, none.err]).toEqual([
      1,
      expect.stringContaining("tokenizer.model or tokenizer.json"),
    ]);
    expect((await cli(["tokenize", "--model", "a", ...TOKENIZER, "a"])).code).toBe(2);
  });

  it("refuses a file that is no tokenizer", async () => {
    const { code, err } = await cli(["tokenize", "--tokenizer", fixture("mqa/config.json"), "a"]);
    expect(code).toBe(1);
    expect(err).toContain("config.json");
  });
});
