/** Chats of several users, and whatever else runs on one model at the same time: in shared passes, as if alone. */

import { afterAll, describe, expect, it } from "vitest";
import { cpuBackend } from "../../src/backend/cpu/cpu.ts";
import { Gemma } from "../../src/gemma.ts";
import type { Continuation } from "../../src/generation/generate-batch.ts";
import { fixtureFolder } from "../support/files.ts";
import { logged } from "../support/pass-log.ts";

const { backend, log } = logged(cpuBackend());
const gemma = await Gemma.load(fixtureFolder("tiny-stories-it"), { backend });
afterAll(() => gemma.dispose());

const QUESTIONS = [
  ["What is 3 plus 4?", "And 2 plus 2?"],
  ["Tell me a story about Mira the fox.", "Tell me a story about Sam the crow."],
  ["Knock knock.", "What is 5 plus 1?"],
];
const settings = { temperature: 0.8, seed: 3, maxTokens: 20 };

/** A conversation, read as fast as it comes. */
async function talk(questions: readonly string[], signal?: AbortSignal): Promise<string[]> {
  const chat = gemma.chat(settings);
  const answers: string[] = [];
  for (const question of questions) {
    let text = "";
    for await (const step of chat.send(question, { signal })) text += step.text;
    answers.push(text);
  }
  chat.dispose();
  return answers;
}

const timeless = ({ usage: _, ...rest }: Continuation) => rest;
const alone: string[][] = [];
for (const questions of QUESTIONS) alone.push(await talk(questions));
const passesAlone = log.passes.length;

describe("chats of several users", () => {
  it("answer as each does alone, in passes that they share", async () => {
    log.passes.length = 0;
    expect(await Promise.all(QUESTIONS.map((questions) => talk(questions)))).toEqual(alone);
    expect(log.passes.length).toBeLessThan(0.6 * passesAlone);
    expect(log.passes.filter(({ length }) => length === 3).length).toBeGreaterThan(10);
  });

  it("go on when one of them is given up, or left", async () => {
    const abort = new AbortController();
    const [first, second] = QUESTIONS;
    const leaving = (async () => {
      const chat = gemma.chat(settings);
      let count = 0;
      for await (const _ of chat.send(QUESTIONS[2][0])) if (++count === 3) break;
      chat.dispose();
    })();
    const aborted = (async () => {
      const chat = gemma.chat(settings);
      const answer = chat.send(second[0], { signal: abort.signal });
      let text = "";
      for await (const step of answer) {
        text += step.text;
        if (text.length > 10) abort.abort();
      }
      expect(answer.finishReason).toBe("abort");
      expect(alone[1][0].startsWith(text)).toBe(true);
      chat.undo();
      expect(await chat.send(second[0], { seed: 3 }).text()).toBe(alone[1][0]);
      chat.dispose();
    })();
    const [answers] = await Promise.all([talk(first), leaving, aborted]);
    expect(answers).toEqual(alone[0]);
  });

  it("share passes with everything else: lists, scores, logits", async () => {
    const options = { maxTokens: 8 };
    const ids = gemma.encode("Mira the fox had 6 plums.");
    const wanted = [
      (await gemma.generateBatch(["Once", "Far away"], options)).map(timeless),
      await gemma.score(ids),
      (await gemma.logits(ids)).data,
      (await gemma.trace(ids, { names: ["logits"] })).get("logits")?.data,
    ];
    log.passes.length = 0;
    const [conversation, ...others] = await Promise.all([
      talk(QUESTIONS[0]),
      gemma.generateBatch(["Once", "Far away"], options).then((all) => all.map(timeless)),
      gemma.score(ids),
      gemma.logits(ids).then(({ data }) => data),
      gemma.trace(ids, { names: ["logits"] }).then((trace) => trace.get("logits")?.data),
    ]);
    expect(conversation).toEqual(alone[0]);
    expect(others).toEqual(wanted);
    expect(log.passes.filter(({ length }) => length === 3).length).toBeGreaterThan(5);
  });
});
