/** Texts scored: what comes after another text, and texts in windows, held against NumPy in float64. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ArgumentError } from "../../../src/errors.ts";
import { Evaluator } from "../../../src/evaluation/requests/evaluator.ts";
import { Gemma } from "../../../src/gemma.ts";
import { fixtureFolder } from "../../support/files.ts";
import { IS_LONG } from "../../support/fuzz.ts";
import { readJson } from "../../support/goldens.ts";

interface Golden {
  text: string;
  logprobs: number[];
  greedy: boolean[];
}
interface GoldenPair extends Golden {
  given: string;
  joined: boolean;
  tokens: number[];
  pieces: string[];
}
interface GoldenWindows extends Golden {
  window: number;
  stride: number;
}
/** By gemma_f64.py and SentencePiece: fixtures/generate/likelihood.py. */
const { pairs, windowed } = readJson<{ pairs: GoldenPair[]; windowed: GoldenWindows[] }>(
  "likelihood/goldens.json",
);
/** Other orders of summing cost 1e-14 of logits near 20. */
const CLOSE = 1e-12;

let gemma: Gemma;
beforeAll(async () => {
  gemma = await Gemma.load(fixtureFolder("tiny-stories"), { precision: "float64" });
});
afterAll(() => gemma.dispose());

function expectClose(got: readonly number[], expected: readonly number[]): void {
  expect(got.length).toBe(expected.length);
  for (const [i, x] of expected.entries()) {
    expect(Math.abs(got[i] - x)).toBeLessThanOrEqual(CLOSE * Math.max(1, Math.abs(x)));
  }
}

describe("a text after another", () => {
  it.each(pairs.map((pair) => [JSON.stringify([pair.given, pair.text]), pair] as const))(
    "has the tokens, the likelihoods and the greedy ones of NumPy: %s",
    async (_, { given, text, joined, tokens, pieces, logprobs, greedy }) => {
      const score = await gemma.score(text, { given });
      expect(score).toMatchObject({ tokens, pieces, joined, greedy });
      expectClose(score.logprobs, logprobs);
      expect(score.isGreedy).toBe(greedy.every(Boolean));
      const total = logprobs.reduce((a, b) => a + b, 0);
      expectClose([score.total], [total]);
      expectClose([Math.log(score.perplexity)], [-total / tokens.length]);
    },
  );

  it("is what the Evaluator says of the pair", async () => {
    const evaluator = new Evaluator(gemma, { special: false });
    const requests = pairs.map(({ given, text }) => ({ context: given, continuation: text }));
    for await (const { index, answer } of evaluator.loglikelihood(requests)) {
      const { given, text } = pairs[index];
      const { tokens, logprobs, isGreedy, joined } = await gemma.score(text, { given });
      expect({ tokens, isGreedy, joined }).toEqual({
        tokens: answer.tokens,
        isGreedy: answer.isGreedy,
        joined: answer.joined,
      });
      expectClose(logprobs, [...answer.logprobs]);
    }
  });

  it("takes what is given as text or as ids, one for all or one of each", async () => {
    const given = "Mira the fox had 6";
    const texts = [" plums.", " keys.", "\n"];
    const alone = await Promise.all(texts.map((text) => gemma.score(text, { given })));
    expect(await gemma.score(texts, { given })).toEqual(alone);
    expect(await gemma.score(texts, { given: [given, given, given] })).toEqual(alone);
    const ids = gemma.encode(given);
    expect(await gemma.score(texts, { given: ids })).toEqual(alone);
    const some = texts.map((text) => gemma.tokenizer?.encode(text) ?? []);
    expect(await gemma.score(some, { given })).toEqual(alone);
    expect(await gemma.score(some[0], { given: ids })).toEqual(alone[0]);
    const mixed = await gemma.score(texts, { given: [ids, given, Int32Array.from(ids)] });
    expect(mixed).toEqual(alone);
    expect(await gemma.score("Mira", { given: "" })).toEqual(await gemma.score("Mira"));
  });

  it("is cut as its tokens are, whatever the two texts are", async () => {
    const letters = fc.constantFrom("a", " ", "\n", "the", " 6", "é", "🐌", "<bos>", "\t");
    const any = fc.array(letters, { maxLength: 5 }).map((parts) => parts.join(""));
    await fc.assert(
      fc.asyncProperty(any, any, async (given, text) => {
        if (text === "") return;
        const { tokens, joined, pieces } = await gemma.score(text, { given });
        const whole = gemma.encode(given + text);
        const before = gemma.encode(given.replace(/\s+$/, ""));
        if (before.length < whole.length) expect(tokens).toEqual(whole.slice(before.length));
        expect(joined).toBe(before.some((id, i) => id !== whole[i]));
        expect(pieces).toEqual(tokens.map((id) => gemma.tokenizer?.piece(id)));
      }),
      { numRuns: 20 },
    );
  });

  it("refuses what leaves nothing to predict, or too many, and says what to do", async () => {
    const many = new Array(513).fill(5);
    const refused: [() => Promise<unknown>, RegExp][] = [
      [
        () => gemma.score("", { given: "Mira" }),
        /"prompt" expected a text of at least one character/,
      ],
      [
        () => gemma.score([5], { given: [] }),
        /"given" expected at least one token, got 0; BOS alone/,
      ],
      [() => gemma.score([], { given: [2] }), /"ids" expected at least one token to predict/],
      [
        () => gemma.score(["a", "b"], { given: ["x"] }),
        /"given" expected one for all, or 2 of them, got 1/,
      ],
      [
        () => gemma.score("a", { given: 5 as never }),
        /"given" expected a text or a list of token ids/,
      ],
      [() => gemma.score("a", { given: "b", window: 8 }), /"given" expected nothing beside window/],
      [() => gemma.score(many, { given: "b" }), /at most 513 tokens with what is given/],
      [() => gemma.score([2, ...many]), /cut it into windows: \{ window: 512 \}/],
    ];
    for (const [call, message] of refused) {
      const error: unknown = await call().catch((error) => error);
      expect(error).toBeInstanceOf(ArgumentError);
      expect(String(error)).toMatch(message);
    }
  });
});

describe("windows", () => {
  it.each(windowed.map((one) => [one.window, one.stride, one] as const))(
    "cuts a long text into windows of %i that move by %i, as NumPy does",
    async (window, stride, { text, logprobs, greedy }) => {
      const score = await gemma.score(text, { window, stride });
      expectClose(score.logprobs, logprobs);
      expect(score.greedy).toEqual(greedy);
      expect(score.tokens).toEqual(gemma.encode(text).slice(1));
      if (stride === window) expect(await gemma.score(text, { window })).toEqual(score);
    },
  );

  it("score a text beyond the context, as the Evaluator does; one that fits, as it is", async () => {
    const text = "Mira had 6 plums. Sam had 4 berries. ".repeat(IS_LONG ? 40 : 6);
    const window = IS_LONG ? 512 : 30;
    const evaluator = new Evaluator(gemma, { windowLength: window });
    for await (const { answer } of evaluator.rolling([text])) {
      const { tokens, logprobs, total } = await gemma.score(text, { window });
      expect(tokens).toEqual(answer.tokens);
      expectClose(logprobs, [...answer.logprobs]);
      expectClose([total / tokens.length], [answer.logprob / tokens.length]);
    }
    const short = "Mira had 6 plums.";
    expect(await gemma.score(short, { stride: 100 })).toEqual(await gemma.score(short));
  });

  it("puts BOS before each window when asked to, within the window", async () => {
    const text = "Mira had 6 plums. Sam had 4 berries.";
    const ids = gemma.encode(text);
    const { logprobs } = await gemma.score(text, { window: 6, rollingBos: "every" });
    // Five are predicted of each: after BOS alone, then after BOS and the token before.
    const [, ...tokens] = ids;
    const first = await gemma.score(tokens.slice(0, 5), { given: [2] });
    const second = await gemma.score(tokens.slice(5, 10), { given: [2, tokens[4]] });
    expectClose(logprobs.slice(0, 10), [...first.logprobs, ...second.logprobs]);
    const once = await gemma.score(text, { window: 6 });
    expect(once.logprobs.slice(6)).not.toEqual(logprobs.slice(6));
  });

  it("refuses windows that do not fit, or stand still", async () => {
    for (const [options, message] of [
      [{ window: 513 }, /"window" expected an integer from 1 to 512 \(max_position/],
      [{ window: 0 }, /"window"/],
      [{ window: 8, stride: 9 }, /"stride" expected an integer from 1 to 8 \(the window\)/],
      [{ stride: 0 }, /"stride"/],
      [{ rollingBos: "every" as const }, /"rollingBos" expected a window or a stride/],
      [{ window: 8, rollingBos: "never" as "once" }, /"rollingBos" expected "once" or "every"/],
    ] as const) {
      await expect(gemma.score("Mira had 6 plums.", options)).rejects.toThrow(message);
    }
  });
});

describe("JSON", () => {
  it("has lists, and gives the score back", async () => {
    const score = await gemma.score(" plums", { given: "Mira had 6" });
    const text = JSON.stringify(score);
    expect(text).not.toContain('"0":');
    expect(JSON.parse(text)).toEqual(score);
  });
});
