/** Errors name the call that was made, whatever finds the next token: the backend, the library, or a draw. */
import { afterAll, describe, expect, it } from "vitest";
import type { Backend } from "../../src/backend/backend.ts";
import { type CpuHandles, cpuBackend } from "../../src/backend/cpu/cpu.ts";
import { Gemma } from "../../src/gemma.ts";
import { generateList } from "../../src/generation/batch/generate-list.ts";
import { generate } from "../../src/generation/generate.ts";
import { generateBatch } from "../../src/generation/generate-batch.ts";
import { steps } from "../../src/generation/steps.ts";
import { topOf } from "../../src/model/top.ts";
import { fixtureFolder } from "../support/files.ts";

/** A backend that finds the most probable token itself. */
function withTop(): Backend<CpuHandles> {
  const inner = cpuBackend();
  return {
    ...inner,
    async top(src, rows, except, signal) {
      const logits = await inner.read(src, rows, signal);
      return topOf(logits.subarray(0, src.columns), except);
    },
  };
}

const load = (backend: Backend<CpuHandles>) =>
  Gemma.load(fixtureFolder("tiny-stories-it"), { backend });
const finders = { backend: await load(withTop()), library: await load(cpuBackend()) };
afterAll(async () => {
  for (const gemma of Object.values(finders)) await gemma.dispose();
});

const failure = (work: Promise<unknown>) =>
  work.then(
    () => expect.fail("nothing went wrong"),
    (error: unknown) => (error as Error).message,
  );

describe.each([
  ["the backend", finders.backend, {}],
  ["the library", finders.library, {}],
  ["a draw", finders.library, { temperature: 1, seed: 1 }],
] as const)("errors of answers whose tokens are found by %s", (_, gemma, how) => {
  const { model, tokenizer } = gemma;

  it("name the function, of an empty prompt", async () => {
    const first = async (tokens: AsyncIterable<unknown>) => {
      for await (const _ of tokens) return;
    };
    const options = { ...how, maxTokens: 2 };
    const ends = new Map();
    const asked = {
      generate: first(generate(model, tokenizer, [], options)),
      generateList: first(generateList(model, tokenizer, [[]], options)[0]),
      generateBatch: generateBatch(model, tokenizer, [[2], []], options),
      steps: first(steps(model, [], model.createCache(), ends, options)),
    };
    for (const [name, work] of Object.entries(asked)) {
      expect(await failure(work)).toMatch(new RegExp(`^${name}: "ids" expected 1 to \\d+ tokens`));
    }
  });

  it("name the function, of a cache that another call uses", async () => {
    const cache = model.createCache();
    const feeding = model.forward([2, 3], cache);
    const answer = generate(model, tokenizer, [2], { ...how, cache }).text();
    expect(await failure(answer)).toMatch(/^generate: "cache" expected /);
    await feeding;
  });

  it("name the method of a chat", async () => {
    const chat = gemma.chat({ ...how, maxTokens: 8, ignoreEos: true });
    const answer = async () => {
      for await (const _ of chat.send("Knock knock.")) chat.dispose();
    };
    expect(await failure(answer())).toMatch(/^Chat\.send: /);
  });
});
