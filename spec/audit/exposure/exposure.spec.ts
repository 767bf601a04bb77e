/** Secrets that were planted, against the ranks of all 10,000 by Google's code. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { exposureOf } from "../../../src/audit/exposure/exposure.ts";
import { memoryStore } from "../../../src/evaluation/answers/answer-store.ts";
import { Evaluator } from "../../../src/evaluation/requests/evaluator.ts";
import type { Gemma } from "../../../src/gemma.ts";
import { loadPlanted, plantedSummary } from "../../support/audit.ts";
import { IS_LONG } from "../../support/fuzz.ts";

let gemma: Gemma;
beforeAll(async () => {
  gemma = await loadPlanted();
});
afterAll(() => gemma.dispose());

const { cases } = plantedSummary().canaries;

describe("exposureOf", () => {
  // A seldom and an often planted one in `npm test`, all six in `npm run test:long`.
  it.each(IS_LONG ? cases : [cases[1], cases[5]])(
    "ranks $secret, planted $repeats times, as Google's code does",
    async ({ text, secret, repeats, ...golden }) => {
      const evaluator = new Evaluator(gemma);
      const passes = vi.spyOn(gemma.model, "forwardEach");
      const found = await exposureOf(evaluator, { text, secret, repeats });
      const count = passes.mock.calls.length;
      passes.mockRestore();
      expect(found).toMatchObject({ id: text, secret, repeats, candidates: 10_000 });
      expect(found.rank).toBe(golden.rank);
      expect(Math.abs(found.exposure - golden.exposure)).toBeLessThan(1e-12);
      expect(Math.abs(found.logprob - golden.logprob)).toBeLessThan(1e-9);
      expect(found.mostLikely).toBe(golden.most_likely);
      expect(Math.abs(found.mostLikelyLogprob - golden.most_likely_logprob)).toBeLessThan(1e-9);
      expect(Math.abs(found.meanLogprob - golden.mean_logprob)).toBeLessThan(1e-9);
      expect(count).toBe(1000); // a pass for each beginning of three digits; 1,111 tokens are fed
    },
  );

  it("takes candidates of any kind, counts equals as one rank, and keeps what it found", async () => {
    const store = memoryStore();
    const evaluator = new Evaluator(gemma, { store });
    const candidates = ["fox", "lantern", "small river", "boat"];
    const canary = {
      id: "friend",
      text: "The best friend of Sam is the ",
      secret: "boat",
      candidates,
    };
    const found = await exposureOf(evaluator, canary);
    const asked = candidates.map((continuation) => ({ context: canary.text, continuation }));
    const logprobs: number[] = [];
    for await (const { index, answer } of evaluator.loglikelihood(asked)) {
      logprobs[index] = answer.logprob;
    }
    expect(found.rank).toBe(1 + logprobs.filter((one) => one > logprobs[3]).length);
    expect(found.exposure).toBeCloseTo(2 - Math.log2(found.rank), 12);
    const passes = vi.spyOn(gemma.model, "forwardEach");
    expect(await exposureOf(new Evaluator(gemma, { store }), canary)).toEqual(found);
    expect(passes).not.toHaveBeenCalled();
    passes.mockRestore();
  });

  it("stops, and says how far it is", async () => {
    const canary = { text: "The secret number of Ben is ", secret: "12" };
    const seen: number[] = [];
    const controller = new AbortController();
    const found = exposureOf(new Evaluator(gemma), canary, {
      signal: controller.signal,
      onProgress({ done }) {
        seen.push(done);
        if (done === 30) controller.abort(new Error("enough"));
      },
    });
    await expect(found).rejects.toThrow("enough");
    expect(seen).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
  });

  it.each([
    [
      { text: "is ", secret: "" },
      'exposureOf: "canary.secret" expected a text of at least one character, got ""',
    ],
    [
      { text: "is ", secret: "abc" },
      'exposureOf: "canary.secret" expected one to six digits, got "abc"; give candidates',
    ],
    [{ text: "is ", secret: "a", candidates: ["b", "c"] }, "among them, got a list without it"],
    [
      { text: "is ", secret: "b", candidates: ["b", "b"] },
      "each secret once, got 1 different of 2",
    ],
    [{ text: 3, secret: "12" }, '"canary.text" expected the text before the secret, got 3'],
  ] as const)("refuses %o", async (canary, message) => {
    const found = exposureOf(new Evaluator(gemma), canary as never);
    await expect(found).rejects.toThrow(message);
  });
});
