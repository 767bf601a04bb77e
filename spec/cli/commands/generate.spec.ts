import { describe, expect, it } from "vitest";
import { cli, jsonLines } from "../../support/cli.ts";
import { answerOf, greedyGoldens, questionOf } from "../../support/greedy.ts";
import { fixture } from "../../support/paths.ts";

const greedy = greedyGoldens("tiny-stories-it");

interface Line {
  token: number;
  text: string;
  logprob: number;
}
interface LastLine {
  finishReason: string;
  tokens: number[];
  text: string;
}

describe("generate", () => {
  it.each(greedy.slice(0, 2))(
    "--chat answers as Google's code does: $greedy_text",
    async (golden) => {
      const { code, out, err } = await cli(["generate", "--chat", questionOf(golden)]);
      expect([code, out, err]).toEqual([0, `${answerOf(golden)}\n`, ""]);
    },
  );

  it("takes the same prompt as argument, option, stdin or ids", async () => {
    const golden = greedy[1];
    const { prompt, prompt_ids } = golden;
    expect((await cli(["generate", prompt])).out).toBe(`${answerOf(golden)}\n`);
    // It repeats the question's numbers: the first tokens tell which prompt it was.
    const generate = ["generate", "--max-tokens", "4"];
    const expected = { code: 0, out: "3 plus 4\n", err: "" };
    expect(await cli([...generate, prompt])).toEqual(expected);
    expect(await cli([...generate, "--prompt", prompt])).toEqual(expected);
    expect(await cli([...generate, "-"], { stdin: `${prompt}\n` })).toEqual(expected);
    expect(await cli(generate, { stdin: `${prompt}\r\n` })).toEqual(expected);
    expect(await cli([...generate, "--ids", prompt_ids.join(",")])).toEqual(expected);
  });

  it("drops one newline at the end of stdin, not two", async () => {
    const score = async (stdin: string) => (await cli(["score", "--json"], { stdin })).out;
    expect(JSON.parse(await score("Mira\n\n")).pieces).toEqual(["Mira", "\n"]);
  });

  it("puts characters together that stdin brings in pieces", async () => {
    const bytes = new TextEncoder().encode("é");
    const stdin = [bytes.subarray(0, 1), bytes.subarray(1)];
    const { out } = await cli(["score", "--json"], { stdin });
    expect(JSON.parse(out).pieces).toEqual(["<0xC3>", "<0xA9>"]);
  });

  it("refuses an empty stdin nobody asked for, but generates from nothing when asked", async () => {
    expect((await cli(["generate"], { stdin: "" })).code).toBe(2);
    expect((await cli(["generate", "", "--max-tokens", "1"])).code).toBe(0);
    expect((await cli(["generate", "-", "--max-tokens", "1"], { stdin: "" })).code).toBe(0);
  });

  it("refuses stdin that is not UTF-8", async () => {
    const { code, err } = await cli(["generate"], { stdin: [Uint8Array.of(0x61, 0xff)] });
    expect(code).toBe(1);
    expect(err).toContain("stdin expected text in UTF-8");
  });

  it("--json gives a line for each token, and a last one with the whole", async () => {
    const [golden] = greedy;
    const { out } = await cli(["generate", "--chat", questionOf(golden), "--json"]);
    const lines = jsonLines<Line & LastLine>(out);
    const last = lines.pop();
    expect(last).toEqual({
      finishReason: "end_of_turn",
      stopReason: 11,
      tokens: golden.greedy_ids,
      text: answerOf(golden),
      usage: {
        promptTokens: golden.prompt_ids.length,
        reusedTokens: 0,
        generatedTokens: golden.greedy_ids.length,
        secondsToFirstToken: expect.any(Number),
        tokensPerSecond: expect.any(Number),
      },
    });
    expect(lines.map(({ token }) => token)).toEqual(golden.greedy_ids);
    expect(lines.map(({ text }) => text).join("")).toBe(answerOf(golden));
    for (const { logprob } of lines) expect(logprob).toBeLessThanOrEqual(0);
  });

  it("changes logits, and shows the most probable tokens", async () => {
    const given = ["generate", "Once upon a time there was a brave", "--max-tokens", "2"];
    expect((await cli([...given])).out).toBe(" squirrel named\n");
    expect((await cli([...given, "--bias", "693:-inf,5:-1"])).out).toBe(" cat named\n");
    expect((await cli([...given, "--bias", "673:9"])).out).toBe(" cat named\n");
    const { out } = await cli([...given, "--json", "--top-logprobs", "2"]);
    const [{ topLogprobs }] = jsonLines<Line & { topLogprobs: { token: number; piece: string }[] }>(
      out,
    );
    expect(topLogprobs.map(({ token, piece }) => [token, piece])).toEqual([
      [693, "▁squirrel"],
      [673, "▁cat"],
    ]);
    const drawn = [...given, "--temperature", "3", "--seed", "1", "--min-p", "1"];
    expect((await cli(drawn)).out).toBe(" squirrel named\n");
    const whole = [...given.slice(0, 2), "--max-tokens", "40"];
    expect((await cli([...whole, "--penalty", "4"])).out).not.toBe((await cli(whole)).out);
    const ended = ["generate", "--chat", "What is 3 plus 4?"];
    expect((await cli([...ended, "--prefill", "3 plus 4 is"])).out).toBe(" 7.\n");
    const longer = await cli([...ended, "--min-tokens", "20", "--json"]);
    expect(jsonLines<LastLine>(longer.out).at(-1)?.tokens.length).toBeGreaterThanOrEqual(20);
  });

  it.each([
    [["--bias", "the:5"], 'expected ID:NUMBER, as in 107:-5 or 7:-inf, got "the:5"'],
    [["--bias", "5"], "expected ID:NUMBER"],
    [["--penalty", "0"], "a positive number"],
    [["--min-p", "0.1"], "--min-p needs --temperature"],
    [["--prefill", "Hi"], "--prefill begins the answer of a --chat"],
    [["--top-logprobs", "2"], "--top-logprobs needs --json"],
    [
      ["--min-tokens", "9", "--max-tokens", "3"],
      "--min-tokens expects at most 3, as --max-tokens is, got 9",
    ],
  ])("refuses %j", async (options, message) => {
    const { code, err } = await cli(["generate", "Hi", ...options]);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });

  it("streams: text is out before the next token is computed", async () => {
    const writes: string[] = [];
    await cli(["generate", "Once upon a time", "--max-tokens", "8"], {
      onWrite: (text) => writes.push(text),
    });
    expect(writes.filter((text) => text !== "" && text !== "\n").length).toBeGreaterThan(4);
  });

  it("ends at --max-tokens, and before the first of the --stop texts", async () => {
    const ask = async (...flags: string[]) => {
      const { out } = await cli(["generate", "--chat", questionOf(greedy[0]), "--json", ...flags]);
      return jsonLines<LastLine>(out).at(-1);
    };
    expect(await ask("--max-tokens", "3")).toMatchObject({
      finishReason: "length",
      tokens: greedy[0].greedy_ids.slice(0, 3),
    });
    expect(await ask("--stop", "gave", "--stop", "lighthouse")).toMatchObject({
      finishReason: "stop",
      text: "Mira the fox had 6 plums. At the ",
    });
  });

  it("draws another text with another --seed, the same with the same", async () => {
    const flags = ["--temperature", "2", "--max-tokens", "6"];
    const draw = async (...more: string[]) =>
      (await cli(["generate", "Once", ...flags, ...more])).out;
    expect(await draw("--seed", "1")).toBe(await draw("--seed", "1"));
    expect(await draw("--seed", "1")).not.toBe(await draw("--seed", "2"));
    const greedily = ["--temperature", "0"];
    expect(await draw("--top-k", "1")).toBe(await draw(...greedily));
    expect(await draw("--top-p", "0.001")).toBe(await draw(...greedily));
  });

  it("says which seed it drew, with which the same comes again", async () => {
    const flags = ["generate", "Once", "--temperature", "2", "--max-tokens", "6"];
    const { out, err } = await cli(flags);
    const [, seed] = /^\[seed (\d+)\]\n$/.exec(err) ?? [];
    expect(await cli([...flags, "--seed", seed])).toEqual({ code: 0, out, err: "" });
    const terminal = await cli(flags, { terminal: true });
    expect(terminal.err).toMatch(/ended by .+; seed \d+\]\n$/);
    const [last] = jsonLines<{ seed: number }>((await cli([...flags, "--json"])).out).slice(-1);
    expect(last.seed).toEqual(expect.any(Number));
  });

  it("prints ids where there is no tokenizer", async () => {
    const argv = ["generate", "--model", fixture("mqa"), "--ids", "2,7,9", "--max-tokens", "4"];
    expect((await cli(argv)).out).toMatch(/^\d+( \d+){3}\n$/);
    const { code, err } = await cli(["generate", "--model", fixture("mqa"), "text"]);
    expect(code).toBe(1);
    expect(err).toContain("pass token ids instead of text");
  });

  it("ends at Ctrl-C with the text so far and exit code 130", async () => {
    const interrupt = new AbortController();
    let count = 0;
    const onWrite = () => {
      if (++count === 5) interrupt.abort();
    };
    const argv = ["generate", "--chat", questionOf(greedy[0])];
    const plain = await cli(argv, { signal: interrupt.signal, onWrite });
    expect(plain).toEqual({ code: 130, out: "Mira the fox had \n", err: "" });
  });

  it("ends the JSON at Ctrl-C with a last line that says so", async () => {
    const interrupt = new AbortController();
    const { code, out } = await cli(["generate", "Once", "--json"], {
      signal: interrupt.signal,
      onWrite: () => interrupt.abort(),
    });
    expect(code).toBe(130);
    expect(jsonLines<LastLine>(out).at(-1)?.finishReason).toBe("abort");
  });

  it("refuses options out of range before it loads anything", async () => {
    const { code, err } = await cli(["generate", "a", "--top-p=1.5", "--model", "/nowhere"]);
    expect([code, err]).toEqual([2, expect.stringContaining('at most 1, got "1.5"')]);
    const seed = ["generate", "a", "--seed", "99999999999", "--temperature", "1"];
    const refused = await cli([...seed, "--model", "/nowhere"]);
    expect(refused.err).toContain(
      '--seed expects an integer from 0 to 4294967295, got "99999999999"',
    );
  });

  it("tells a terminal, and nobody else, which model it is and how it went", async () => {
    const { out, err } = await cli(["generate", "Once", "--max-tokens", "2"], { terminal: true });
    expect(err).toMatch(
      /^No --model given: .*\n\[2 tokens, .* per second; ended by --max-tokens\]\n$/,
    );
    expect(out).not.toContain("\x1b");
  });

  it("draws samples side by side, each as --seed alone would draw it", async () => {
    const drawn = ["generate", "Once", "--max-tokens", "8", "--temperature", "1.2", "--seed", "7"];
    const alone = await cli(drawn);
    const { code, out } = await cli([...drawn, "--samples", "3"]);
    expect(code).toBe(0);
    expect(out).toContain(`[seed 7, ended by --max-tokens]\n${alone.out}`);
    expect(out.match(/^\[seed \d+, /gm)).toEqual(["[seed 7, ", "[seed 8, ", "[seed 9, "]);
    const json = await cli([...drawn, "--samples", "2", "--json"]);
    const lines = jsonLines<{ seed: number; text: string; tokens: number[] }>(json.out);
    expect(lines.map(({ seed }) => seed)).toEqual([7, 8]);
    expect(`${lines[0].text}\n`).toBe(alone.out);
    expect(lines[0].tokens).toHaveLength(8);
  });

  it("refuses samples that would all be the same, or none", async () => {
    const { code, err } = await cli(["generate", "Once", "--samples", "2"]);
    expect([code, err]).toEqual([2, expect.stringContaining("--samples needs --temperature")]);
    const none = ["generate", "Once", "--samples", "0", "--temperature", "1"];
    expect((await cli(none)).err).toContain("--samples expects an integer from 1 to 65536");
  });

  it("--lines answers each line as it is answered alone, in their order", async () => {
    const stdin = greedy.map(questionOf).join("\r\n");
    const { code, out, err } = await cli(["generate", "--chat", "--lines", "--json"], { stdin });
    expect([code, err]).toEqual([0, ""]);
    const lines = jsonLines<LastLine & { line: number; logprobs: number[] }>(out);
    for (const [i, golden] of greedy.entries()) {
      const { line, tokens, text, logprobs } = lines[i];
      expect([line, tokens, text]).toEqual([i + 1, golden.greedy_ids, answerOf(golden)]);
      expect(logprobs).toHaveLength(tokens.length);
    }
    const plain = await cli(["generate", "--lines", "Once\nSam", "--max-tokens", "3"]);
    const [first, second] = plain.out.split(/\n\n(?=\[)/);
    const once = await cli(["generate", "Once", "--max-tokens", "3"]);
    expect(first).toBe(`[line 1, ended by --max-tokens]\n${once.out.trimEnd()}`);
    expect(second).toMatch(/^\[line 2, ended by --max-tokens\]\n/);
  });

  it("--lines and --samples: so many of each line", async () => {
    const drawn = ["--max-tokens", "2", "--temperature", "1", "--seed", "7", "--samples", "2"];
    const { out } = await cli(["generate", "--lines", "Once\nSam", ...drawn]);
    expect(out.match(/^\[.*, ended/gm)).toEqual([
      "[line 1, seed 7, ended",
      "[line 1, seed 8, ended",
      "[line 2, seed 9, ended",
      "[line 2, seed 10, ended",
    ]);
  });

  it("refuses --lines of ids, and an empty line by its number, before it loads anything", async () => {
    const nowhere = ["--model", "/nowhere"];
    const ids = await cli(["generate", "--lines", "--ids", "2,7", ...nowhere]);
    expect([ids.code, ids.err]).toEqual([2, expect.stringContaining("--ids are one prompt")]);
    const { code, err } = await cli(["generate", "--lines", ...nowhere], {
      stdin: "Once\n\nSam\n",
    });
    expect([code, err]).toEqual([2, expect.stringContaining("got nothing in line 2")]);
  });

  it("ends several at Ctrl-C with what there is, and exit code 130", async () => {
    const interrupt = new AbortController();
    const [short, long] = ["What is 3 plus 4?", questionOf(greedy[0])];
    const { code, out } = await cli(
      ["generate", "--chat", "--lines", `${short}\n${long}`, "--json"],
      {
        signal: interrupt.signal,
        onWrite: () => interrupt.abort(), // the first is whole
      },
    );
    const reasons = jsonLines<LastLine>(out).map(({ finishReason }) => finishReason);
    expect([code, reasons]).toEqual([130, ["end_of_turn", "abort"]]);
    const [, { text }] = jsonLines<LastLine>(out);
    expect(text.length).toBeGreaterThan(0);
    expect(answerOf(greedy[0]).startsWith(text)).toBe(true);
  });

  it("--suffix asks for what stands between, which takes a vocabulary with markers", async () => {
    const { code, err } = await cli(["generate", "Mira had ", "--suffix", " plums."]);
    expect([code, err]).toEqual([1, expect.stringContaining("codegemma-2b and codegemma-7b")]);
    const chat = await cli(["generate", "--chat", "Mira", "--suffix", "x"]);
    expect([chat.code, chat.err]).toEqual([2, expect.stringContaining("--suffix fills in")]);
  });
});
