/** Judges that are asked: functions, and the bundled Gemma. */
import { describe, expect, it } from "vitest";
import { memoryStore } from "../../src/evaluation/answers/answer-store.ts";
import { Gemma } from "../../src/gemma.ts";
import { countOutcomes } from "../../src/judge/outcome.ts";
import type { Comparison } from "../../src/judge/prompts/pairwise.ts";
import { gemmaJudge } from "../../src/judge/run/gemma-judge.ts";
import { type AskJudge, type Judge, Unjudgeable } from "../../src/judge/run/judge.ts";
import { type JudgePairsOptions, judgePairs } from "../../src/judge/run/judge-pairs.ts";
import { judgeScores } from "../../src/judge/run/judge-scores.ts";
import { type Judgement, judgedPairs } from "../../src/judge/run/judgement.ts";
import type { AnswerPair } from "../../src/judge/run/pair.ts";
import { describeJudge } from "../../src/judge/statistics/describe-judge.ts";
import { VERDICT_ENDINGS } from "../../src/judge/verdicts/likeliest-verdict.ts";
import { checkpoint } from "../support/goldens.ts";

const PAIRS: readonly AnswerPair[] = [
  { question: "Who sings?", answers: ["Sam.", "Sam the crow sings."], better: "model_2" },
  { id: "why", question: "Why?", answers: ["For joy, as crows do.", "Joy."], models: ["x", "y"] },
  {
    question: ["Who?", "Why?"],
    answers: [
      ["Sam.", "Joy."],
      ["Mira 🦊.", "Fear."],
    ],
  },
];

async function all<T>(list: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of list) found.push(one);
  return found;
}
const judge = (ask: Parameters<typeof judgePairs>[0], options?: JudgePairsOptions, pairs = PAIRS) =>
  all(judgePairs(ask, pairs, options));

/** Prefers the longer answer, by what the prompt shows. */
const longer: AskJudge = (_, { user }) => {
  const shown = [...user.matchAll(/(?:Answer|Conversation with) ([AB]) begins\]\n([\s\S]*?)\n\[/g)];
  const [a, b] = shown.map(([, , content]) => content.length);
  return `Lengths are ${a} and ${b}. ${a === b ? "[[C]]" : a > b ? "[[A]]" : "[[B]]"}`;
};

describe("judgePairs", () => {
  it("asks in both orders, and knows which model a verdict is for", async () => {
    const judgements = await judge(longer);
    expect(
      judgements.map(({ pair, shownFirst, verdict, winner }) => [
        pair,
        shownFirst,
        verdict,
        winner,
      ]),
    ).toEqual([
      ["0", "model_1", "B", "model_2"],
      ["0", "model_2", "A", "model_2"],
      ["why", "model_1", "A", "model_1"],
      ["why", "model_2", "B", "model_1"],
      ["2", "model_1", "B", "model_2"],
      ["2", "model_2", "A", "model_2"],
    ]);
    const [first, second, third] = judgedPairs(judgements);
    expect(first).toEqual({
      winners: ["model_2", "model_2"],
      models: ["model_1", "model_2"],
      prompt: '["Who sings?"]',
      lengths: [4, 19],
      better: "model_2",
    });
    expect([second.models, second.lengths]).toEqual([
      ["x", "y"],
      [21, 4],
    ]);
    expect(third.lengths).toEqual([8, 12]); // code points
    expect(countOutcomes([first, second, third])).toEqual({ win: 1, tie: 0, loss: 2, errors: 0 });
  });

  it("shuffled asks once each, in an order that the seed draws", async () => {
    const pairs = Array.from(
      { length: 40 },
      () => ({ question: "Who?", answers: ["a", "bc"] }) as const,
    );
    const of = async (seed: number) =>
      (await judge(longer, { orders: "shuffled", seed }, pairs)).map(
        ({ shownFirst }) => shownFirst,
      );
    const orders = await of(1);
    expect(orders).toHaveLength(40);
    expect(new Set(orders).size).toBe(2);
    expect(await of(1)).toEqual(orders);
    expect(await of(2)).not.toEqual(orders);
    const judgements = await judge(longer, { orders: "shuffled", seed: 1 }, pairs);
    const winners = judgedPairs(judgements).map((pair) => pair.winners);
    expect(winners.every(([one, two]) => [one ?? two, null].includes("model_2"))).toBe(true);
    expect(winners.filter(([one]) => one === null).length).toBe(
      orders.filter((shown) => shown === "model_2").length,
    );
  });

  it("reads verdicts by the rule that is asked for; without one it is an error that is shown", async () => {
    const ask = () => "[[A]] or [[B]]? [[B]]";
    const verdict = async (verdicts: JudgePairsOptions["verdicts"]) =>
      (await judge(ask, { verdicts }))[0].verdict;
    expect([await verdict("last"), await verdict("fastchat"), await verdict("strict")]).toEqual([
      "B",
      "A",
      "error",
    ]);
    const [{ text, winner }] = await judge(() => "Both are fine.");
    expect([text, winner]).toEqual(["Both are fine.", "error"]);
    expect(countOutcomes(judgedPairs(await judge(() => ""))).errors).toBe(3);
  });

  it("tells a judge by what to go: criteria, rubric, constitution, or a prompt of one's own", async () => {
    const asked: string[] = [];
    const ask: AskJudge = (prompt) => {
      asked.push(prompt);
      return "[[C]]";
    };
    await judge(ask, { criteria: ["it rhymes"], rubric: "Ten.", constitution: ["No lies."] });
    for (const part of ["- it rhymes", "Ten.", "1. No lies."]) expect(asked[0]).toContain(part);
    const prompt = ({ answers: [a, b] }: Comparison) => ({ system: "", user: `${a} | ${b}` });
    await judge(ask, { prompt });
    expect(asked[6]).toBe("Sam. | Sam the crow sings.");
    expect(asked[7]).toBe("Sam the crow sings. | Sam.");
  });

  it("has as many questions under way as it may, and gives judgements in order", async () => {
    let [running, most] = [0, 0];
    const slow: AskJudge = async (prompt, asking) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, running === 1 ? 6 : 1));
      running--;
      return longer(prompt, asking);
    };
    const progress: string[] = [];
    const onProgress = ({ done, total, errors }: { done: number; total: number; errors: number }) =>
      progress.push(`${done} of ${total}, ${errors}`);
    const judgements = await judge(slow, { atOnce: 4, onProgress });
    expect(most).toBe(4);
    expect(judgements).toEqual(await judge(longer));
    expect(progress).toEqual([1, 2, 3, 4, 5, 6].map((n) => `${n} of 6, 0`));
  });

  it("asks nothing twice that is in the store, and takes no answer of another judge or prompt", async () => {
    const store = memoryStore();
    let asked = 0;
    const counting = (id?: string): Judge => ({
      id,
      ask(prompt, asking) {
        if (++asked === 4) throw new Error("killed");
        return longer(prompt, asking);
      },
    });
    await expect(judge(counting("m"), { store })).rejects.toThrow("killed");
    const judgements = await judge(counting("m"), { store });
    expect(asked).toBe(7); // three, the one that failed, the three that were left
    expect(judgements).toEqual(await judge(longer));
    await judge(counting("m"), { store });
    expect(asked).toBe(7);
    await judge(counting("n"), { store });
    expect(asked).toBe(13);
    await judge(counting("m"), { store, criteria: ["it rhymes"] });
    expect(asked).toBe(19);
    await expect(judge(counting(), { store })).rejects.toThrow('"judge.id"');
  });

  it("ends with the reason of its signal, and with the error of a judge", async () => {
    const stop = new AbortController();
    const reason = new Error("enough");
    const ask: AskJudge = (_, { signal }) => {
      expect(signal).toBe(stop.signal);
      stop.abort(reason);
      return "[[A]]";
    };
    await expect(judge(ask, { signal: stop.signal })).rejects.toBe(reason);
    await expect(judge((() => 5) as never)).rejects.toThrow("a judge that answers with a text");
  });

  it("goes on where a judge cannot take one prompt", async () => {
    const ask: AskJudge = (prompt, asking) => {
      if (asking.user.includes("Why?")) throw new Unjudgeable("too hard");
      return longer(prompt, asking);
    };
    const judgements = await judge(ask);
    expect(judgements.map(({ verdict }) => verdict)).toEqual(["B", "A", ...Array(4).fill("error")]);
    expect(judgements[2].problem).toBe("too hard");
  });

  it.each<[string, unknown, string]>([
    ["a question", [{ question: 1, answers: ["a", "b"] }], '"pairs[0].question"'],
    ["answers", [{ question: "q", answers: ["a"] }], '"pairs[0].answers"'],
    ["a field", [{ question: "q", answers: ["a", "b"], model: "x" }], '"pairs[0].model"'],
    ["models", [{ question: "q", answers: ["a", "b"], models: ["x"] }], '"pairs[0].models"'],
    ["a label", [{ question: "q", answers: ["a", "b"], better: "A" }], '"pairs[0].better"'],
    [
      "an id twice",
      [1, 2].map(() => ({ id: "i", question: "q", answers: ["a", "b"] })),
      '"pairs[1].id"',
    ],
    ["a list", { question: "q" }, '"pairs"'],
  ])("refuses %s that is none, before it asks", (_, pairs, message) => {
    const ask = () => expect.unreachable();
    expect(() => judgePairs(ask, pairs as AnswerPair[])).toThrow(message);
  });

  it("refuses what is no judge, and a judge without probabilities where they are needed", () => {
    expect(() => judgePairs({} as never, PAIRS)).toThrow("a Gemma, a function");
    expect(() => judgePairs(longer, PAIRS, { verdicts: "likelihood" })).toThrow("endings()");
  });
});

describe("a Gemma as judge", () => {
  /** The tiny model has 512 positions and small words. */
  const prompt = ({ question, answers: [a, b] }: Comparison) => ({
    system: "Who is better?",
    user: `${question} A: ${a} B: ${b}`,
  });
  const loaded = checkpoint("tiny-stories-it").then((files) =>
    Gemma.load(files, { precision: "float64" }),
  );

  const quick = checkpoint("tiny-stories-it").then((files) =>
    Gemma.load(files, { backend: "wasm" }),
  );

  it("is asked in one turn of the user, since it has no system role", async () => {
    const gemma = await loaded;
    const [{ text, verdict }] = await all(
      judgePairs(gemmaJudge(gemma, { maxTokens: 8 }), PAIRS.slice(0, 1), { prompt }),
    );
    const content = "Who is better?\n\nWho sings? A: Sam. B: Sam the crow sings.";
    const ids = gemma.encodeChat([{ role: "user", content }]);
    expect(text).toBe(await gemma.generate(ids, { maxTokens: 8 }).text());
    expect(text).not.toBe("");
    expect(verdict).toBe("error"); // it tells stories
  });

  it("never fails to give a verdict by likelihood: the most probable of the three", async () => {
    const gemma = await loaded;
    const judging = gemmaJudge(gemma, { maxTokens: 4 });
    const judgements = await judge(
      judging,
      { prompt, verdicts: "likelihood", atOnce: 2 },
      PAIRS.slice(0, 1),
    );
    expect(judgements.map(({ verdict }) => verdict)).not.toContain("error");
    const [{ text, logprobs, verdict }] = judgements as [Judgement];
    expect(text).not.toContain("[[");
    const content = "Who is better?\n\nWho sings? A: Sam. B: Sam the crow sings.";
    const ids = gemma.encodeChat([{ role: "user", content }]);
    const totals = await Promise.all(
      VERDICT_ENDINGS.map(async (ending) => {
        const own = gemma.tokenizer?.encode(text + ending) ?? [];
        const scored = await gemma.score([...ids, ...own]);
        return scored.total;
      }),
    );
    // What all three begin with makes no difference.
    expect(logprobs?.[0] as number).toBeLessThan(0);
    expect((logprobs?.[0] as number) - (logprobs?.[1] as number)).toBeCloseTo(
      totals[0] - totals[1],
      10,
    );
    expect((logprobs?.[0] as number) - (logprobs?.[2] as number)).toBeCloseTo(
      totals[0] - totals[2],
      10,
    );
    const most = totals.indexOf(Math.max(...totals));
    expect(verdict).toBe((["A", "B", "tie"] as const)[most]);
    expect(describeJudge(judgedPairs(judgements)).errors).toBe(0);
  });

  it("is known by its weights where answers are stored", async () => {
    const store = memoryStore();
    const gemma = await loaded;
    const options = { prompt, store };
    const judgements = await judge(gemmaJudge(gemma, { maxTokens: 4 }), options, PAIRS.slice(0, 1));
    const mute = { generate: () => expect.unreachable() };
    const same = Object.setPrototypeOf(mute, gemma) as Gemma;
    for (const name of ["model", "tokenizer", "config", "chatFormat"] as const) {
      Object.defineProperty(same, name, { value: gemma[name] });
    }
    same.encodeChat = (...given) => gemma.encodeChat(...given);
    expect(await judge(gemmaJudge(same, { maxTokens: 4 }), options, PAIRS.slice(0, 1))).toEqual(
      judgements,
    );
  });

  it("has an error for a pair that is longer than its context", async () => {
    const long = [{ question: "Why? ".repeat(300), answers: ["a", "b"] }, PAIRS[0]] as const;
    const judgements = await judge(gemmaJudge(await quick, { maxTokens: 2 }), { prompt }, long);
    expect(judgements[0].problem).toMatch(/^the prompt has \d+ tokens, and the context 512$/);
    expect(judgements[2].problem).toBeUndefined();
  });

  it("has odds even where an explanation fills the context", async () => {
    const asking = { system: "", user: "Why? ".repeat(60) };
    const said = "so. ".repeat(300);
    const logprobs = await gemmaJudge(await quick).endings?.(said, VERDICT_ENDINGS, asking);
    expect(logprobs?.every(Number.isFinite)).toBe(true);
  });

  it("needs a tokenizer, and tokens to say something", async () => {
    const mute = await Gemma.load(await checkpoint("mqa"));
    expect(() => gemmaJudge(mute)).toThrow("a checkpoint with a tokenizer");
    const gemma = await loaded;
    expect(() => gemmaJudge(gemma, { maxTokens: 0 })).toThrow('"maxTokens"');
    expect(() => judgePairs(gemma, [])).not.toThrow();
  });
});

describe("judgeScores", () => {
  const ANSWERS = [
    { question: "Who?", answer: "Sam." },
    { question: "Why?", answer: "For joy." },
  ];

  it("grades each answer; what is no score from 1 to 10 is null", async () => {
    const texts = ["Good. [[7]]", "[[11]]"];
    const scores = await all(judgeScores(() => texts.shift() as string, ANSWERS));
    expect(scores).toEqual([
      { index: 0, score: 7, text: "Good. [[7]]" },
      { index: 1, score: null, text: "[[11]]" },
    ]);
  });

  it("takes criteria, a store, a signal, and several at once", async () => {
    const store = memoryStore();
    const asked: string[] = [];
    const grader: Judge = {
      id: "g",
      ask(prompt) {
        asked.push(prompt);
        if (prompt.includes("Why?")) throw new Unjudgeable("too hard");
        return "[[3]]";
      },
    };
    const options = { criteria: ["it rhymes"], store, atOnce: 2 };
    const scores = await all(judgeScores(grader, ANSWERS, options));
    expect(scores.map(({ score, problem }) => [score, problem])).toEqual([
      [3, undefined],
      [null, "too hard"],
    ]);
    expect(asked[0]).toContain("- it rhymes");
    await all(judgeScores(grader, ANSWERS.slice(0, 1), options));
    expect(asked).toHaveLength(2);
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(all(judgeScores(grader, ANSWERS, { signal }))).rejects.toThrow("enough");
  });
});
