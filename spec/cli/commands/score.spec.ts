import { describe, expect, it } from "vitest";
import { Gemma } from "../../../src/gemma.ts";
import { cli } from "../../support/cli.ts";
import { checkpoint, readJson } from "../../support/goldens.ts";
import { fixture } from "../../support/paths.ts";

interface Scored {
  tokens: number[];
  pieces?: string[];
  logprobs: number[];
  total: number;
  nllPerToken: number;
  perplexity: number;
}
const score = async (...argv: string[]): Promise<Scored> =>
  JSON.parse((await cli(["score", "--json", ...argv])).out);

describe("score", () => {
  it("gives the likelihood that Gemma.score gives, which is Google's", async () => {
    // spec/generation/generate.spec.ts holds all of the held-out stories against gemma_pytorch.
    const [text] = readJson<{ texts: string[] }>("tiny-stories/perplexity.json").texts;
    const model = ["--model", fixture("tiny-stories"), "--precision", "float64"];
    const { out } = await cli(["tokenize", "--json", text, ...model.slice(0, 2)]);
    const ids = [2, ...JSON.parse(out).ids, 1];
    const gemma = await Gemma.load(await checkpoint("tiny-stories"), { precision: "float64" });
    const { tokens, logprobs, total } = await gemma.score(ids);
    const scored = await score("--ids", ids.join(","), ...model);
    expect(scored.tokens).toEqual([...tokens]);
    expect(scored.logprobs).toEqual([...logprobs]);
    expect(scored.total).toBe(total);
    expect(scored.nllPerToken).toBeCloseTo(-total / (ids.length - 1), 12);
  });

  it("--json has the tokens after the BOS, their pieces, and figures that agree", async () => {
    const scored = await score("Mira the fox");
    expect(scored.tokens).toEqual([910, 288, 709]);
    expect(scored.pieces).toEqual(["Mira", "▁the", "▁fox"]);
    expect(scored.logprobs.reduce((a, b) => a + b)).toBeCloseTo(scored.total, 12);
    expect(scored.nllPerToken).toBeCloseTo(-scored.total / 3, 12);
    expect(scored.perplexity).toBeCloseTo(Math.exp(scored.nllPerToken), 9);
  });

  it("shows a table in which a newline stays on its line", async () => {
    const { out } = await cli(["score", "--text", "Mira\nthe"]);
    const lines = out.split("\n");
    expect(lines[0]).toMatch(/^token +logprob {2}piece$/);
    expect(lines[1]).toMatch(/^ {2}910 +-\d\.\d{4} {2}Mira$/);
    expect(lines[2]).toMatch(/ {2}\\n$/);
    expect(out).toMatch(/^perplexity +\d/m);
    expect(out).toMatch(/^most probable +\d of \d$/m);
  });

  it("needs no tokenizer for ids", async () => {
    const scored = await score("--model", fixture("mqa"), "--ids", "2,7,9");
    expect(scored.tokens).toEqual([7, 9]);
    expect(scored).not.toHaveProperty("pieces");
    expect((await cli(["score", "--model", fixture("mqa"), "--ids", "2 7 9"])).code).toBe(0);
  });

  it("refuses an empty text: there is nothing to predict", async () => {
    const { code, err } = await cli(["score", ""]);
    expect(code).toBe(1);
    expect(err).toContain("at least two tokens");
  });

  it("--lines scores each line as it is scored alone, and says what all come to", async () => {
    const texts = ["Mira the fox", "Sam", "Once upon a time"];
    const { out } = await cli(["score", "--lines", "--json"], { stdin: `${texts.join("\n")}\n` });
    const scores = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    let [total, count] = [0, 0];
    for (const [i, text] of texts.entries()) {
      const alone = await score(text);
      expect(scores[i]).toEqual({ line: i + 1, ...alone });
      total += alone.total;
      count += alone.tokens.length;
    }
    const table = await cli(["score", "--lines", texts.join("\n")]);
    expect(table.out).toMatch(/^line +tokens +log-likelihood +nll per token +perplexity +text$/m);
    expect(table.out).toMatch(/^ +2 +\d.*Sam$/m);
    expect(table.out).toContain(`\nlog-likelihood  ${total.toFixed(4)}\n`);
    expect(table.out).toMatch(new RegExp(`^tokens +${count}$`, "m"));
  });

  it("--given scores what comes after it, as Gemma.score does", async () => {
    const golden = readJson<{ pairs: (Scored & { given: string; text: string })[] }>(
      "likelihood/goldens.json",
    ).pairs[1];
    const model = ["--model", fixture("tiny-stories"), "--precision", "float64"];
    const scored = await score("--given", golden.given, golden.text, ...model);
    expect(scored).toMatchObject({ tokens: golden.tokens, pieces: golden.pieces, isGreedy: false });
    for (const [i, x] of golden.logprobs.entries()) expect(scored.logprobs[i]).toBeCloseTo(x, 10);
    const gemma = await Gemma.load(await checkpoint("tiny-stories"), { precision: "float64" });
    const given = gemma.encode("<bos>Mira", { special: true });
    const special = await score("--special", "--given", "<bos>Mira", "a<eos>", ...model);
    expect(special.tokens.at(-1)).toBe(1);
    expect(special.total).toBe((await gemma.score(special.tokens, { given })).total);
    const lines = await cli(["score", "--given", "Mira had", "--lines", " 6\n a", "--json"]);
    expect(lines.out.trimEnd().split("\n")).toHaveLength(2);
    await gemma.dispose();
  });

  it("--window and --stride cut a text, and go without --given", async () => {
    const whole = await score("Mira had 6 plums. Sam had 4.", "--window", "5", "--stride", "2");
    const { total } = await score("Mira had 6 plums. Sam had 4.");
    expect(whole.tokens).toHaveLength(whole.logprobs.length);
    expect(whole.total).not.toBe(total);
    const { code, err } = await cli(["score", "a", "--given", "b", "--window", "5"]);
    expect([code, err]).toEqual([2, expect.stringContaining("--given goes without them")]);
  });
});
