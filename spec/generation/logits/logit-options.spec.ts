/** Options that change logits, seen in what is generated: each choice is made again by hand, from the logits of one pass. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../../src/errors.ts";
import { Gemma } from "../../../src/gemma.ts";
import type { GenerateOptions } from "../../../src/generation/generate.ts";
import { IS_LONG } from "../../support/fuzz.ts";
import { checkpoint } from "../../support/goldens.ts";

const gemma = await Gemma.load(await checkpoint("tiny-stories-it"), {
  precision: "float64",
  backend: "cpu",
});
const V = gemma.config.vocabSize;
const prompt = gemma.encode("Once upon a time there was a");

/** The tokens of an answer, and the model's logits [V] in the place of each. */
async function answered(options: GenerateOptions) {
  const generation = gemma.generate(prompt, { maxTokens: 8, ...options });
  await generation.text();
  const { tokens } = generation;
  const { data } = await gemma.logits([...prompt, ...tokens]);
  const rows = tokens.map((_, t) => {
    const at = (prompt.length - 1 + t) * V;
    return Float64Array.from(data.subarray(at, at + V));
  });
  return { generation, tokens, rows };
}

const best = (row: Float64Array) => row.indexOf(Math.max(...row));
const ENDS = [1, 11];

describe("a greedy choice", () => {
  it("is the best after bias, penalties, minimum and the caller's function", async () => {
    const penalty = fc.double({ min: 0.5, max: 3, noNaN: true });
    const added = fc.double({ min: -4, max: 4, noNaN: true });
    const id = fc.integer({ min: 0, max: V - 1 });
    const anyOptions = fc.record({
      bias: fc.array(fc.tuple(id, fc.oneof(added, fc.constant(-Infinity))), { maxLength: 20 }),
      repetitionPenalty: penalty,
      frequencyPenalty: added,
      presencePenalty: added,
      minTokens: fc.integer({ min: 0, max: 8 }),
      raised: id,
    });
    await fc.assert(
      fc.asyncProperty(anyOptions, async ({ bias, raised, ...options }) => {
        const logitBias = Object.fromEntries(bias);
        const seen: number[][] = [];
        const logitsProcessor = (logits: Float64Array, tokens: readonly number[]) => {
          seen.push([...tokens]);
          logits[raised] += 3;
        };
        const { tokens, rows } = await answered({ ...options, logitBias, logitsProcessor });
        for (const [t, row] of rows.entries()) {
          const before = tokens.slice(0, t);
          expect(seen[t]).toEqual([...prompt, ...before]);
          for (const [key, by] of Object.entries(logitBias)) row[Number(key)] += by;
          for (const v of new Set([...prompt, ...before])) {
            row[v] =
              row[v] > 0 ? row[v] / options.repetitionPenalty : row[v] * options.repetitionPenalty;
          }
          for (const v of new Set(before)) {
            const count = before.filter((other) => other === v).length;
            row[v] -= count * options.frequencyPenalty + options.presencePenalty;
          }
          if (t < options.minTokens) for (const end of ENDS) row[end] = -Infinity;
          row[raised] += 3;
          expect(tokens[t]).toBe(best(row));
        }
        expect(seen).toHaveLength(tokens.length);
      }),
      { numRuns: IS_LONG ? 100 : 6 },
    );
  });

  it("leaves the logprob of the model as it is", async () => {
    const { generation, tokens, rows } = await answered({
      logitBias: { [best(await first())]: -100 },
    });
    for (const [t, row] of rows.entries()) {
      const max = Math.max(...row);
      const sum = row.reduce((all, x) => all + Math.exp(x - max), 0);
      const expected = row[tokens[t]] - max - Math.log(sum);
      expect(generation.logprobs[t]).toBeCloseTo(expected, 12);
    }
  });

  it("is the same where the caller's function empties its list of tokens", async () => {
    const options = { repetitionPenalty: 0.3, maxTokens: 8 };
    const { tokens } = await answered(options);
    const logitsProcessor = (_: Float64Array, seen: readonly number[]) => {
      (seen as number[]).length = 0;
    };
    expect((await answered({ ...options, logitsProcessor })).tokens).toEqual(tokens);
  });

  it("may be of logits that the caller's function returns", async () => {
    const only = (v: number) => Array.from({ length: V }, (_, w) => (w === v ? 0 : -Infinity));
    const { tokens } = await answered({ maxTokens: 2, logitsProcessor: () => only(7) });
    expect(tokens).toEqual([7, 7]);
  });
});

async function first(): Promise<Float64Array> {
  return (await answered({ maxTokens: 1 })).rows[0];
}

describe("topLogprobs", () => {
  it("are the model's own probabilities, which do not sum to 1, whatever is drawn", async () => {
    const options = { topLogprobs: 5, temperature: 1.7, topK: 3, seed: 1, logitBias: { 7: 30 } };
    const { generation, rows } = await answered(options);
    const tops = generation.topLogprobs ?? [];
    expect(tops).toHaveLength(rows.length);
    for (const [t, row] of rows.entries()) {
      const max = Math.max(...row);
      const sum = row.reduce((all, x) => all + Math.exp(x - max), 0);
      const order = [...row.keys()].sort((a, b) => row[b] - row[a] || a - b).slice(0, 5);
      expect(tops[t].map(({ token }) => token)).toEqual(order);
      for (const { token, logprob, piece } of tops[t]) {
        expect(logprob).toBeCloseTo(row[token] - max - Math.log(sum), 12);
        expect(piece).toBe(gemma.tokenizer?.piece(token));
      }
    }
  });

  it("come with each token of a loop, of a list, of a batch and of a chat", async () => {
    const options = { topLogprobs: 2, maxTokens: 3 };
    const alone = gemma.generate(prompt, options);
    await alone.text();
    const { topLogprobs } = alone;
    expect(topLogprobs).toHaveLength(3);
    const looped = [];
    for await (const step of gemma.generate(prompt, options)) looped.push(step.topLogprobs);
    expect(looped).toEqual(topLogprobs);
    const [batch] = await gemma.generateBatch([prompt], options);
    expect(batch.topLogprobs).toEqual(topLogprobs);
    using chat = gemma.chat(options);
    const said = chat.send("Hi");
    await said.text();
    expect(said.topLogprobs).toHaveLength(said.tokens.length);
    expect((await gemma.generateBatch([prompt], { maxTokens: 1 }))[0]).not.toHaveProperty(
      "topLogprobs",
    );
  });
});

describe("minTokens", () => {
  const story = gemma.generate("Once upon a time", { maxTokens: 200 }).text();

  it("holds off the ends of the model, the caller's tokens and the caller's texts", async () => {
    const whole = `Once upon a time${await story}`;
    const over = gemma.generate(whole, { maxTokens: 20 });
    expect(await over.text()).toBe("");
    const more = gemma.generate(whole, { maxTokens: 20, minTokens: 6 });
    await more.text();
    expect(more.tokens.length).toBeGreaterThanOrEqual(6);
    const { tokens } = await answered({ maxTokens: 8 });
    const late = await answered({ maxTokens: 8, minTokens: 3, stopTokenIds: [tokens[0]] });
    expect(late.tokens.slice(0, 3)).not.toContain(tokens[0]);
    const text = gemma.decode(tokens);
    const [word] = text.trim().split(" ");
    const held = gemma.generate(prompt, { maxTokens: 8, minTokens: 8, stop: word });
    expect(await held.text()).toBe(text);
    expect(held.finishReason).toBe("length");
    const stopped = gemma.generate(prompt, { maxTokens: 8, stop: word });
    await stopped.text();
    expect(stopped.finishReason).toBe("stop");
  });
});

describe("refused", () => {
  const refused: [string, GenerateOptions, RegExp][] = [
    [
      "a bias that is a list",
      { logitBias: [1] as never },
      /"logitBias" expected numbers by token id/,
    ],
    [
      "a bias of a text",
      { logitBias: { the: 1 } as never },
      /"logitBias" expected ids from 0 to 1023, got "the".*idOf/,
    ],
    [
      "a bias outside",
      { logitBias: { 1024: 1 } },
      /"logitBias" expected ids from 0 to 1023, got "1024"/,
    ],
    [
      "a bias of +∞",
      { logitBias: { 3: Infinity } },
      /"logitBias\[3\]" expected a number, or -Infinity.*100 makes/,
    ],
    [
      "a bias of NaN",
      { logitBias: new Map([[3, Number.NaN]]) },
      /"logitBias\[3\]" expected a number/,
    ],
    [
      "a penalty of 0",
      { repetitionPenalty: 0 },
      /"repetitionPenalty" expected a positive number, got 0/,
    ],
    [
      "a penalty of NaN",
      { presencePenalty: Number.NaN },
      /"presencePenalty" expected a finite number/,
    ],
    [
      "a text as penalty",
      { frequencyPenalty: "1" as never },
      /"frequencyPenalty" expected a finite/,
    ],
    ["half a token", { minTokens: 0.5 }, /"minTokens" expected an integer, 0 or more/],
    [
      "more than the most",
      { minTokens: 9, maxTokens: 8 },
      /"minTokens" expected at most 8, as maxTokens is/,
    ],
    [
      "a minimum of nothing",
      { minTokens: 2, ignoreEos: true },
      /"minTokens" expected an end that it holds off/,
    ],
    [
      "a list as function",
      { logitsProcessor: [] as never },
      /"logitsProcessor" expected a function/,
    ],
    ["too many", { topLogprobs: 1025 }, /"topLogprobs" expected an integer from 0 to 1024/],
    ["yes", { topLogprobs: true as never }, /"topLogprobs" expected an integer/],
    ["min-p of 2", { temperature: 1, minP: 2 }, /"minP" expected a number from 0/],
    ["min-p alone", { minP: 0.1 }, /"minP" expected a temperature above 0 with it/],
  ];

  it.each(refused)("at once: %s", (_, options, message) => {
    expect(() => gemma.generate(prompt, options)).toThrow(ArgumentError);
    expect(() => gemma.generate(prompt, options)).toThrow(message);
    expect(() => gemma.chat(options)).toThrow(message);
  });

  it.each<[string, GenerateOptions, RegExp]>([
    [
      "too few",
      { logitsProcessor: () => [1, 2] },
      /"logitsProcessor" expected a function that returns 1024 logits, or nothing/,
    ],
    ["a promise", { logitsProcessor: (async () => {}) as never }, /it cannot wait/],
    [
      "NaN",
      { logitsProcessor: (x) => void x.fill(Number.NaN, 3, 4) },
      /"logitsProcessor".*got NaN for token 3/,
    ],
    [
      "nothing left",
      { logitsProcessor: (x) => void x.fill(-Infinity) },
      /"logitsProcessor" expected a token that may come/,
    ],
    ["infinite", { repetitionPenalty: Number.MIN_VALUE }, /penalties of a usual size/],
    [
      "all forbidden",
      { logitBias: Object.fromEntries(Array.from({ length: V }, (_, v) => [v, -Infinity])) },
      /"logitBias" expected a token that may come/,
    ],
  ])("when a token is chosen: %s", async (_, options, message) => {
    const generation = gemma.generate(prompt, options);
    await expect(generation.text()).rejects.toThrow(message);
    await expect(gemma.generate(prompt, { maxTokens: 1 }).text()).resolves.toBeTypeOf("string");
  });

  it("throws what the caller's function throws", async () => {
    const mine = new Error("mine");
    const logitsProcessor = () => {
      throw mine;
    };
    await expect(gemma.generate(prompt, { logitsProcessor }).text()).rejects.toBe(mine);
  });
});
