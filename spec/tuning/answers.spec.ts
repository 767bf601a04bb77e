import { expect, it } from "vitest";
import { Gemma } from "../../src/gemma.ts";
import { CHATML } from "../../src/tokenizer/chat-format.ts";
import type { Tokenizer } from "../../src/tokenizer/tokenizer.ts";
import { tunedAnswers } from "../../src/tuning/answers.ts";
import type { TuningMessage } from "../../src/tuning/conversation.ts";
import { fixtureFolder } from "../support/files.ts";

const QUESTIONS = ["What is 4 plus 4?", "What is the opposite of hot?"];

it("counts the answers that are those of the rows, and those that end their turn", async () => {
  const gemma = await Gemma.load(fixtureFolder("tiny-stories-it"));
  const tokenizer = gemma.tokenizer as Tokenizer;
  const options = { tokenizer, maxTokens: 24 };
  const rows: (readonly [TuningMessage, TuningMessage])[] = [];
  for (const question of QUESTIONS) {
    const answer = await gemma.chat().send(question, { maxTokens: 24 }).text();
    rows.push([
      { role: "user", content: question },
      { role: "assistant", content: answer },
    ] as const);
  }
  const { answers, exact, closed } = await tunedAnswers(gemma.model, rows, options);
  expect([exact, closed]).toEqual([1, 1]);
  expect(answers.map(({ text }) => text)).toEqual(rows.map(([, { content }]) => content));
  const [first, [question, { role }]] = rows;
  const wrong = await tunedAnswers(
    gemma.model,
    [first, [question, { role, content: "cold and wet" }]],
    options,
  );
  expect([wrong.exact, wrong.closed]).toEqual([0.5, 1]);
  expect(wrong.answers[1]).toMatchObject({ expected: "cold and wet", isExact: false });
  const cut = await tunedAnswers(gemma.model, rows, { ...options, maxTokens: 2 });
  expect([cut.exact, cut.closed]).toEqual([0, 0]);
  expect(cut.answers[0].finishReason).toBe("length");
  const drawn = async (seed: number) =>
    (await tunedAnswers(gemma.model, rows, { ...options, temperature: 5, seed })).answers;
  expect(await drawn(1)).toEqual(await drawn(1));
  expect(await drawn(1)).not.toEqual(await drawn(2));
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(tunedAnswers(gemma.model, rows, { ...options, signal })).rejects.toThrow("enough");
  const chatml = tunedAnswers(gemma.model, rows, { ...options, format: CHATML });
  await expect(chatml).rejects.toThrow("<|im_start|>");
  await expect(tunedAnswers(gemma.model, [], options)).rejects.toThrow("a list of conversations");
  await gemma.dispose();
});
