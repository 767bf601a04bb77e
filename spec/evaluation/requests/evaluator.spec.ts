/** The evaluator against what the real harness asked of Google's code. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { memoryStore } from "../../../src/evaluation/answers/answer-store.ts";
import type { EvaluationProgress } from "../../../src/evaluation/prefix/progress.ts";
import { Evaluator, type EvaluatorOptions } from "../../../src/evaluation/requests/evaluator.ts";
import type { Answered } from "../../../src/evaluation/requests/request.ts";
import type { Gemma } from "../../../src/gemma.ts";
import { logProbabilityAmongTop } from "../../../src/nn/log-softmax.ts";
import {
  type GoldenGeneration,
  type GoldenRequest,
  type GoldenRolling,
  goldenLines,
  goldenRequests,
  loadRun,
  type Run,
} from "../../support/evaluation.ts";
import { IS_LONG } from "../../support/fuzz.ts";
import { readJson } from "../../support/goldens.ts";

/** Sums of up to 512 logarithms of float64, each as far from Google's as the logits are: about 1e-13 were measured. */
const LOGPROB = 1e-9;

/** As the harness ran: the goldens' models have 512 positions, and the harness cuts from the left. */
const AS_THE_HARNESS = { truncate: "left" } as const;

/** Those of which `npm test` computes all; `npm run test:long` computes all 832. */
const SOME = ["tiny_letters", "tiny_truth_mc2"];

const models = {} as Record<Run, Gemma>;

beforeAll(async () => {
  for (const run of ["base", "chat"] as const) models[run] = await loadRun(run);
});
afterAll(async () => {
  for (const gemma of Object.values(models)) await gemma.dispose();
});

async function inOrder<A>(answers: AsyncIterable<Answered<A>>): Promise<A[]> {
  const all: A[] = [];
  for await (const { index, answer } of answers) all[index] = answer;
  return all;
}

/** The answers of a run's goldens, task by task, and the tokens that were fed for each task. */
async function asked(run: Run, goldens: readonly GoldenRequest[], options: EvaluatorOptions = {}) {
  let progress: EvaluationProgress | undefined;
  const evaluator = new Evaluator(models[run], {
    ...AS_THE_HARNESS,
    ...options,
    onProgress: (latest) => {
      progress = latest;
    },
  });
  const answers = await inOrder(evaluator.loglikelihood(goldens));
  return { answers, progress };
}

/** Tokens to feed if each node of the tree of their prefixes is fed once, and the last token of a request never. */
function sortedMinimum(goldens: readonly GoldenRequest[], gemma: Gemma): number {
  const prefixes = new Set<string>();
  for (const { context, fed, continuation_ids } of goldens) {
    const whole = [...gemma.encode(context.trimEnd(), { special: true }), ...continuation_ids];
    const ids = whole.slice(-(fed + 1), -1);
    for (let i = 1; i <= ids.length; i++) prefixes.add(ids.slice(0, i).join());
  }
  return prefixes.size;
}

describe("loglikelihood", () => {
  it.each(["base", "chat"] as const)(
    "gives what Google's code gave the harness (%s)",
    async (run) => {
      const all = goldenRequests(run, IS_LONG ? undefined : SOME);
      for (const task of new Set(all.map(({ task }) => task))) {
        const goldens = all.filter((one) => one.task === task);
        const { answers, progress } = await asked(run, goldens);
        for (const [
          i,
          { tokens, logprobs, logprob, isGreedy, contextTokens },
        ] of answers.entries()) {
          const golden = goldens[i];
          expect(tokens).toEqual(golden.continuation_ids);
          expect([isGreedy, contextTokens]).toEqual([golden.is_greedy, golden.context_tokens]);
          for (const [k, p] of golden.logprobs.entries()) {
            expect(Math.abs(logprobs[k] - p)).toBeLessThan(LOGPROB);
          }
          expect(Math.abs(logprob - golden.logprob)).toBeLessThan(LOGPROB);
        }
        expect(progress?.fed).toBe(sortedMinimum(goldens, models[run]));
        const whole = goldens.reduce((sum, { fed }) => sum + fed, 0);
        // A question whose choices are a token each costs one feed.
        if (task === "tiny_letters") expect(whole / (progress?.fed ?? 0)).toBeGreaterThan(8);
        expect(progress).toMatchObject({
          done: goldens.length,
          left: 0,
          saved: whole - (progress?.fed ?? 0),
        });
      }
    },
  );

  it("gives the same without reuse, to the bit on the reference", async () => {
    const goldens = goldenRequests("base", ["tiny_pairs"]).slice(0, 8);
    const { answers } = await asked("base", goldens);
    for (const [i, golden] of goldens.entries()) {
      const {
        answers: [alone],
      } = await asked("base", [golden]);
      expect(alone).toEqual(answers[i]);
    }
  });

  it("gives the same side by side", async () => {
    const goldens = goldenRequests("base", ["tiny_pairs"]);
    const one = await asked("base", goldens, { atOnce: 1 });
    const five = await asked("base", goldens, { atOnce: 5 });
    expect(five.answers).toEqual(one.answers);
  });
});

describe("a request that is too long", () => {
  const stories = "Mira had 6 plums. ".repeat(200);

  it("keeps its BOS, and says what was cut", async () => {
    const evaluator = new Evaluator(models.base, { contextLength: 60 });
    const request = { context: stories, continuation: " She was glad." };
    expect(evaluator.fits(request)).toBe(false);
    const [kept] = await inOrder(evaluator.loglikelihood([request]));
    const all = [...evaluator.encode(stories.trimEnd()), ...kept.tokens];
    expect(kept.truncated).toBe(all.length - 61);
    const { logprobs } = await models.base.score([all[0], ...all.slice(-60)]);
    expect(kept.logprobs).toEqual(logprobs.slice(-kept.tokens.length));
  });

  it("loses its BOS where that is asked for", async () => {
    const evaluator = new Evaluator(models.base, { contextLength: 60, truncate: "left" });
    const request = { context: stories, continuation: " She was glad." };
    const [cut] = await inOrder(evaluator.loglikelihood([request]));
    const all = [...evaluator.encode(stories.trimEnd()), ...cut.tokens];
    const { logprobs } = await models.base.score(all.slice(-61));
    expect(cut.logprobs).toEqual(logprobs.slice(-cut.tokens.length));
  });

  it("is no reason to cut one that just fits", async () => {
    const evaluator = new Evaluator(models.base, { contextLength: 16 });
    const request = { context: "Mira had 6", continuation: " plums." };
    const { length } = [...evaluator.encode("Mira had 6 plums.")];
    const tight = new Evaluator(models.base, { contextLength: length - 1 });
    expect(tight.fits(request)).toBe(true);
    const [wide] = await inOrder(evaluator.loglikelihood([request]));
    expect(await inOrder(tight.loglikelihood([request]))).toEqual([wide]);
    expect(wide.truncated).toBe(0);
  });
});

describe("rolling", () => {
  it.each([
    ["once", {}],
    ["api_bos", { windowLength: 510, rollingBos: "every" }],
  ] as const)("gives what Google's code gave, variant %s", async (variant, options) => {
    const all = readJson<GoldenRolling[]>("evaluation/rolling.json");
    const goldens = IS_LONG ? all : all.filter(({ text }) => text.length < 200);
    const evaluator = new Evaluator(models.base, options);
    const answers = await inOrder(evaluator.rolling(goldens.map(({ text }) => text)));
    for (const [i, { logprob, windows }] of answers.entries()) {
      const golden = goldens[i][variant];
      expect(windows.map(({ given, predicted }) => [given, predicted])).toEqual(golden.windows);
      expect(Math.abs(logprob - golden.logprob)).toBeLessThan(LOGPROB);
    }
  });

  it("predicts each token of a long text once", async () => {
    const text = "Mira had 6 plums. Sam had 4.";
    const tokens = models.base.encode(text).slice(1);
    for (const windowLength of [1, 3, tokens.length]) {
      const evaluator = new Evaluator(models.base, { windowLength });
      const [answer] = await inOrder(evaluator.rolling([text]));
      expect(answer.tokens).toEqual(tokens);
    }
    const [none] = await inOrder(new Evaluator(models.base).rolling([""]));
    expect(none).toMatchObject({ logprob: 0, windows: [] });
  });
});

describe("generateUntil", () => {
  it.each(["base", "chat"] as const)("gives the harness's texts (%s)", async (run) => {
    const all = goldenLines<GoldenGeneration>("generations.jsonl").filter((one) => one.run === run);
    const goldens = IS_LONG ? all : all.filter((_, i) => i % 8 === 0);
    const requests = goldens.map(({ context, until, max_tokens: maxTokens }) => {
      return { context, until, maxTokens };
    });
    const evaluator = new Evaluator(models[run], AS_THE_HARNESS);
    const answers = await inOrder(evaluator.generateUntil(requests));
    for (const [i, { text, tokens, logprobs, contextTokens }] of answers.entries()) {
      const golden = goldens[i];
      expect([text, tokens]).toEqual([golden.text, golden.token_ids]);
      expect(contextTokens).toBe(golden.context_tokens);
      for (const [k, p] of golden.logprobs.entries()) {
        expect(Math.abs(logprobs[k] - p)).toBeLessThan(LOGPROB);
      }
    }
  });
});

describe("ids as they are", () => {
  it("are predicted as the texts that they are of, and among the likeliest alone", async () => {
    const evaluator = new Evaluator(models.base);
    const ids = models.base.encode("Mira had 6 plums.");
    const [whole] = await inOrder(evaluator.rolling(["Mira had 6 plums."]));
    const [{ topLogprobs, ...own }] = await inOrder(evaluator.predictTokens([{ ids, from: 1 }]));
    expect(own.logprobs).toEqual(whole.logprobs);
    expect(topLogprobs).toBeUndefined();
    const some = evaluator.predictTokens([{ ids, from: 3 }], { topK: 2 });
    const [top] = await inOrder(some);
    expect(top.tokens).toEqual(ids.slice(3));
    const logits = await models.base.logits(ids);
    const expected = top.tokens.map((id, i) =>
      logProbabilityAmongTop(logits.pick(i + 2, null), id, 2),
    );
    expect(Array.from(top.topLogprobs ?? [])).toEqual(expected);
    expect(expected).toContain(Number.NEGATIVE_INFINITY);
    expect(expected.some((p) => p > Number.NEGATIVE_INFINITY)).toBe(true);
  });

  it("are continued greedily, until the model ends the text", async () => {
    const evaluator = new Evaluator(models.base);
    const ids = models.base.encode("Mira had");
    const [{ tokens, text }] = await inOrder(evaluator.continueTokens([{ ids, maxTokens: 8 }]));
    const asked = { context: "Mira had", until: [], maxTokens: 8 };
    const [golden] = await inOrder(evaluator.generateUntil([asked]));
    expect({ tokens, text }).toEqual({ tokens: golden.tokens, text: golden.text });
    const before = [...ids, ...tokens.slice(0, 3)];
    const [rest] = await inOrder(evaluator.continueTokens([{ ids: before, maxTokens: 5 }]));
    expect(rest.tokens).toEqual(tokens.slice(3));
  });

  it("are kept with their topK, and not taken for those of another", async () => {
    const store = memoryStore();
    const request = { ids: models.base.encode("Mira had 6 plums."), from: 2 };
    const ask = (topK?: number) =>
      inOrder(new Evaluator(models.base, { store }).predictTokens([request], { topK }));
    const first = [await ask(), await ask(2), await ask(3)];
    expect(first[1]).not.toEqual(first[2]);
    const passes = vi.spyOn(models.base.model, "forwardEach");
    expect([await ask(), await ask(2), await ask(3)]).toEqual(first);
    expect(passes).not.toHaveBeenCalled();
    passes.mockRestore();
  });

  it.each([
    [{ ids: [2], from: 1 }, '"requests[0].ids" expected 2 to 513 ids, got 1'],
    [{ ids: [2, 5000], from: 1 }, '"requests[0].ids[1]" expected an integer from 0 to'],
    [
      { ids: [2, 5], from: 0 },
      '"requests[0].from" expected an integer from 1 to 1, a place in ids',
    ],
    [
      { ids: [2, 5], from: 2 },
      '"requests[0].from" expected an integer from 1 to 1, a place in ids',
    ],
    [{ ids: "Mira", from: 1 }, '"requests[0].ids" expected a list of token ids'],
  ] as const)("are refused where they make no sense: %j", async (request, message) => {
    const evaluator = new Evaluator(models.base);
    const given = [request as never];
    await expect(inOrder(evaluator.predictTokens(given))).rejects.toThrow(message);
    const ids = new Array(510).fill(5);
    await expect(inOrder(evaluator.continueTokens([{ ids, maxTokens: 3 }]))).rejects.toThrow(
      '"requests[0].maxTokens" expected an integer from 1 to 2: 510 of 512 tokens are taken, got 3',
    );
  });
});

describe("answers", () => {
  it("of another kind are computed once", async () => {
    const store = memoryStore();
    let times = 0;
    const ask = (what: unknown, run: Run = "base") =>
      new Evaluator(models[run], { store }).remembered(what, async () => ({ answer: ++times }));
    expect(await ask({ kind: "a" })).toEqual({ answer: 1 });
    expect(await ask({ kind: "a" })).toEqual({ answer: 1 });
    expect(await ask({ kind: "b" })).toEqual({ answer: 2 });
    expect(await ask({ kind: "a" }, "chat")).toEqual({ answer: 3 });
  });

  it("are not computed twice, and belong to their model alone", async () => {
    const kept = new Map<string, Record<string, unknown>>();
    let puts = 0;
    const store = {
      get: (key: string) => kept.get(key),
      put(key: string, answer: Record<string, unknown>) {
        puts++;
        kept.set(key, JSON.parse(JSON.stringify(answer)));
      },
    };
    const pairs = [
      { context: "Mira had", continuation: " 6 plums." },
      { context: "Mira had", continuation: " 7 plums." },
    ];
    const prompts = [{ context: "Mira had", until: ["."], maxTokens: 8 }];
    const all = async (run: Run) => {
      const evaluator = new Evaluator(models[run], { store });
      const likely = await inOrder(evaluator.loglikelihood(pairs));
      return [...likely, ...(await inOrder(evaluator.generateUntil(prompts)))];
    };
    const first = await all("base");
    expect(puts).toBe(3);
    expect(await all("base")).toEqual(first);
    expect(puts).toBe(3);
    expect(await all("chat")).not.toEqual(first);
    expect(puts).toBe(6);
    for (const key of kept.keys()) kept.set(key, { damaged: true });
    expect(await all("base")).toEqual(first);
  });

  it("that were given before an abort are kept", async () => {
    const kept = new Map<string, Record<string, unknown>>();
    const store = {
      get: (key: string) => kept.get(key),
      put: (key: string, answer: Record<string, unknown>) => void kept.set(key, answer),
    };
    const requests = goldenRequests("base", ["tiny_pairs"]);
    const abort = new AbortController();
    const onProgress = ({ done }: EvaluationProgress) => {
      if (done === 5) abort.abort(new Error("enough"));
    };
    const stopped = new Evaluator(models.base, { store, onProgress, signal: abort.signal });
    await expect(inOrder(stopped.loglikelihood(requests))).rejects.toThrow("enough");
    expect(kept.size).toBe(5);
    let asked = 0;
    const again = new Evaluator(models.base, {
      store,
      onProgress: ({ requests }) => {
        asked = requests;
      },
    });
    expect(await inOrder(again.loglikelihood(requests))).toHaveLength(requests.length);
    expect(asked).toBe(requests.length - 5);
  });
});

describe("a pair whose join is inside a token", () => {
  it("is marked", async () => {
    const evaluator = new Evaluator(models.base);
    const pair = { context: "At the lightho", continuation: "use" };
    const [answer] = await inOrder(evaluator.loglikelihood([pair]));
    expect(answer.joined).toBe(true);
    expect(answer.tokens.length).toBeGreaterThan(0);
    const [apart] = await inOrder(
      evaluator.loglikelihood([{ context: "At the", continuation: " lighthouse" }]),
    );
    expect(apart.joined).toBe(false);
  });
});

describe("the evaluator refuses", () => {
  it.each([
    [{ contextLength: 1 }, "contextLength"],
    [{ windowLength: 1000 }, "windowLength"],
    [{ truncate: "right" as "left" }, "truncate"],
    [{ rollingBos: "never" as "once" }, "rollingBos"],
    [{ atOnce: 0 }, "atOnce"],
    [{ context: 3 } as EvaluatorOptions, "context"],
  ])("options that make no sense: %j", (options, name) => {
    expect(() => new Evaluator(models.base, options)).toThrow(`Evaluator: "${name}"`);
  });

  it("requests that are none", async () => {
    const evaluator = new Evaluator(models.base);
    const pair = { context: "a", continuation: "" };
    await expect(inOrder(evaluator.loglikelihood([pair]))).rejects.toThrow(
      'loglikelihood: "requests[0].continuation" expected a text of at least one character',
    );
    const prompt = { context: "a", until: ["."], maxTokens: 512 };
    await expect(inOrder(evaluator.generateUntil([prompt]))).rejects.toThrow(
      'generateUntil: "requests[0].maxTokens" expected an integer from 1 to 510',
    );
  });
});
