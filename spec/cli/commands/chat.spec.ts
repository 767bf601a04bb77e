import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cli, jsonLines } from "../../support/cli.ts";
import { answerOf, greedyGoldens, questionOf } from "../../support/greedy.ts";
import { scratchFolder } from "../../support/scratch.ts";

const [STORY, PLUS] = greedyGoldens("tiny-stories-it").map((golden) => ({
  question: questionOf(golden),
  answer: answerOf(golden),
  ids: golden.greedy_ids,
}));
const HELLO = "Ctrl-C stops an answer, Ctrl-D ends the chat, /help.\n";
/** A terminal without colour. */
const terminal = { terminal: true, env: { NO_COLOR: "1" } };
/** What a terminal is told first. */
const NO_MODEL = "No --model given: this is the bundled tiny Gemma.\n";

interface Answer {
  content: string;
  finishReason: string;
  tokens: number[];
}

describe("chat, line by line", () => {
  it("answers each line of stdin, in one conversation", async () => {
    const { code, out, err } = await cli(["chat"], {
      stdin: `${PLUS.question}\r\n\n${STORY.question}`,
    });
    const [first, second] = out.split("\n");
    expect([code, err, first]).toEqual([0, "", PLUS.answer]);
    expect(second.length).toBeGreaterThan(0);
  });

  it("--json: an object a line in and out", async () => {
    const stdin = `${JSON.stringify({ content: PLUS.question })}\n{"content":"And?"}\n`;
    const { out } = await cli(["chat", "--json", "--max-tokens", "12"], { stdin });
    const answers = jsonLines<Answer>(out);
    expect(answers[0]).toEqual({
      content: PLUS.answer,
      finishReason: "end_of_turn",
      stopReason: 11,
      tokens: PLUS.ids,
    });
    expect(answers).toHaveLength(2);
  });

  it("names a bad line, after the answers before it", async () => {
    const good = JSON.stringify({ content: PLUS.question });
    for (const bad of ["[1]", '{"text":"a"}', "x", ""]) {
      const argv = ["chat", "--json", "--max-tokens", "1"];
      const { code, out, err } = await cli(argv, { stdin: `${good}\n${bad}\n` });
      expect([code, jsonLines(out).length]).toEqual([1, 1]);
      expect(err).toContain('chat: stdin, line 2 expected {"content": string}, got ');
    }
    const { err } = await cli(["chat"], { stdin: [Uint8Array.of(0xff, 0x0a)] });
    expect(err).toContain("stdin, line 1 expected text, got bytes that are not UTF-8");
  });

  it.each([
    ["role", { role: "system" }, "no system role: put the instruction at the start of the first"],
    ["role", { role: "assistant" }, 'Gemma\'s name for that role is "model"'],
    ["role", { role: "model" }, 'expected "user", got "model"'],
    ["role", { role: 5 }, 'expected "user", got 5'],
    ["name", { name: "Bob" }, "a field of a message (role, content), got an unknown name"],
    ["ids", { ids: [5] }, "got an unknown name"],
    ["max_tokens", { role: "user", max_tokens: 5 }, "got an unknown name"],
  ])("--json: refuses %s of a line that would be ignored: %o", async (name, more, message) => {
    const good = JSON.stringify({ role: "user", content: PLUS.question });
    const stdin = `${good}\n${JSON.stringify({ content: "Be brief.", ...more })}\n`;
    const { code, out, err } = await cli(["chat", "--json", "--max-tokens", "1"], { stdin });
    expect([code, jsonLines(out).length]).toEqual([1, 1]);
    expect(err).toContain(`chat: stdin, line 2: "${name}" expected `);
    expect(err).toContain(message);
  });

  it("says when the conversation outgrows its context, after the answers before it", async () => {
    const stdin = `${PLUS.question}\n${"plums ".repeat(60)}\n`;
    const { code, out, err } = await cli(["chat", "--context", "48"], { stdin });
    expect([code, out]).toEqual([1, `${PLUS.answer}\n`]);
    expect(err).toMatch(/a conversation of at most 48 tokens, its context, got \d+; say less/);
  });

  it("ends at Ctrl-C with the text so far and exit code 130", async () => {
    const interrupt = new AbortController();
    let count = 0;
    const { code, out } = await cli(["chat"], {
      stdin: `${STORY.question}\n${PLUS.question}\n`,
      signal: interrupt.signal,
      onWrite: () => ++count === 5 && interrupt.abort(),
    });
    expect([code, out]).toEqual([130, "Mira the fox had \n"]);
  });
});

describe("chat --save and --resume", () => {
  const file = join(scratchFolder("chat"), "talk.safetensors");

  it("goes on where the last one ended, line by line and at a terminal", async () => {
    const [first, second] = [PLUS.question, "And then?"];
    const whole = await cli(["chat", "--max-tokens", "9"], { stdin: `${first}\n${second}\n` });
    const own = ["chat", "--max-tokens", "9", "--prompt-lookup"];
    const begun = await cli([...own, "--save", file], { stdin: `${first}\n` });
    expect([begun.code, begun.err]).toEqual([0, ""]);
    const gone = await cli([...own, "--resume", file], { stdin: `${second}\n` });
    expect(begun.out + gone.out).toBe(whole.out);
    const typed = [second, "/exit"];
    const saving = [...own, "--resume", file, "--save", file];
    const { out } = await cli(saving, { ...terminal, typed });
    expect(out).toContain(whole.out.split("\n")[1]);
    const third = await cli([...own, "--resume", file, "--json"], {
      stdin: '{"content":"Why?"}\n',
    });
    expect(jsonLines<Answer>(third.out)).toHaveLength(1);
  });

  it("refuses a file that is no saved chat, and a path that cannot be written", async () => {
    const other = join(file, "..", "other.txt");
    writeFileSync(other, "Monday");
    const resumed = await cli(["chat", "--resume", other], { stdin: "Hi" });
    expect([resumed.code, resumed.out]).toEqual([1, ""]);
    expect(resumed.err).toContain("other.txt");
    const lost = await cli(["chat", "--resume", `${other}.not`], { stdin: "Hi" });
    expect([lost.code, lost.out]).toEqual([1, ""]);
    const saved = await cli(["chat", "--save", join(other, "x")], { stdin: "Hi" });
    expect([saved.code, saved.out]).toEqual([1, ""]);
  });
});

describe("chat, at a terminal", () => {
  it("answers what is typed until the end of input", async () => {
    const { code, out, err } = await cli(["chat"], { ...terminal, typed: [PLUS.question, " "] });
    expect([code, out, err]).toEqual([0, `${HELLO}${PLUS.answer}\n`, NO_MODEL]);
  });

  it("ends at /exit, without listening on", async () => {
    const { out } = await cli(["chat"], { ...terminal, typed: ["/exit", PLUS.question] });
    expect(out).toBe(HELLO);
  });

  it("stops an answer at Ctrl-C, and goes on with the next question", async () => {
    const interrupt = new AbortController();
    let count = 0;
    const { code, out, err } = await cli(["chat"], {
      ...terminal,
      typed: [STORY.question, "/clear", PLUS.question],
      interrupts: [interrupt.signal],
      onWrite: () => ++count === 5 && interrupt.abort(),
    });
    expect(code).toBe(0);
    expect(out).toBe(`${HELLO}Mira the fox had\n${PLUS.answer}\n`);
    expect(err).toBe(`${NO_MODEL}[ended by Ctrl-C]\n`);
  });

  it("says with which seed an answer was drawn, and draws another when asked again", async () => {
    const typed = [STORY.question, "/undo", STORY.question];
    const argv = ["chat", "--temperature", "1", "--max-tokens", "2"];
    const { err } = await cli(argv, { ...terminal, typed });
    const seeds = [...err.matchAll(/\[seed (\d+)\]/g)].map(([, seed]) => seed);
    expect(seeds).toHaveLength(2);
    expect(seeds[0]).not.toBe(seeds[1]);
  });

  it("/undo takes back a question, /clear all", async () => {
    const typed = [PLUS.question, STORY.question, "/undo", "/undo", "/undo", PLUS.question];
    const { out } = await cli(["chat", "--max-tokens", "20"], { ...terminal, typed });
    const [, first, , ...rest] = out.trimEnd().split("\n");
    expect(rest).toEqual([
      `[after: ${PLUS.question}]`,
      "[at the beginning]",
      "[at the beginning]",
      first,
    ]);
  });

  it("takes lines that end with a backslash together", async () => {
    const whole = await cli(["generate", "--chat", "What is\n3 plus 4?", "--max-tokens", "20"]);
    const { out } = await cli(["chat", "--max-tokens", "20"], {
      ...terminal,
      typed: ["What is\\", "3 plus 4?"],
    });
    expect(out).toBe(HELLO + whole.out);
  });

  it("knows its commands, and says so of others", async () => {
    const { out, err } = await cli(["chat"], { ...terminal, typed: ["/help", "/frobnicate"] });
    for (const name of ["/undo", "/clear", "/help", "/exit"]) expect(out).toContain(`  ${name} `);
    expect(err).toBe(`${NO_MODEL}There is no command "/frobnicate"; /help lists them.\n`);
  });

  it("says what does not fit the context, and goes on", async () => {
    const { code, out, err } = await cli(["chat", "--context", "36"], {
      ...terminal,
      typed: ["plums ".repeat(60), PLUS.question],
    });
    expect([code, out]).toEqual([0, `${HELLO}${PLUS.answer}\n`]);
    expect(err).toContain("a conversation of at most 36 tokens, its context, got");
  });
});
