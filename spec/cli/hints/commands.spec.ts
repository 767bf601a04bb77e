import { describe, expect, it } from "vitest";
import { cli } from "../../support/cli.ts";

describe("a word that is no command", () => {
  it.each([
    ["run ask", "did you mean generate or chat?"],
    ["complete completion genrate Generate", "did you mean generate?"],
    ["perplexity ppl scores", "did you mean score?"],
    ["encode tokenise", "did you mean tokenize?"],
    ["decode detokenize", "tokenize --ids LIST decodes"],
    ["info show", "did you mean inspect?"],
    ["quantize", "convert IN OUT.gguf --type Q8_0"],
    ["server api", "did you mean serve?"],
    [
      "download pull",
      "chat --model hf:OWNER/NAME downloads it first; inspect hf:OWNER/NAME only looks",
    ],
    ["logit-lens attribution", "did you mean lens?"],
    ["version", "did you mean gemma-reference --version?"],
    ["./gemma-2b-it hf:google/gemma-2b-it gemma.gguf", "a command comes first, as in inspect PATH"],
  ])("%s: %s", async (words, hint) => {
    for (const word of words.split(" ")) {
      const refusal = `gemma-reference: unknown command "${word}"; ${hint}`;
      expect(await cli([word])).toMatchObject({ code: 2, err: expect.stringContaining(refusal) });
      expect((await cli(["help", word])).err).toContain(refusal);
    }
  });

  it("is a text, if it has spaces", async () => {
    const { err } = await cli(["Once upon a time"]);
    expect(err).toContain('"Once upon a time"; gemma-reference generate TEXT continues a text');
  });

  it.each(["frobnicate", "toString", "__proto__"])("%s means nothing", async (word) => {
    const refusal = `unknown command "${word}" (see gemma-reference --help)`;
    expect((await cli([word])).err).toBe(`gemma-reference: ${refusal}\n`);
  });
});

it.each([
  ["--verison", "did you mean --version?"],
  ["-V", "did you mean --version?"],
  ["--model", "a command comes first"],
  ["-m", "a command comes first"],
])("%s before a command: %s", async (option, hint) => {
  for (const argv of [[option, "x", "chat"], [`${option}=x`]]) {
    const { code, err } = await cli(argv);
    const refusal = `unknown option "${option}"; ${hint}`;
    expect([code, err]).toEqual([2, expect.stringContaining(refusal)]);
  }
});
