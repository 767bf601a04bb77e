/** Evaluations: options, and the traps that other harnesses fell into (their issues are named). */
import { describe, expect, it } from "vitest";
import type { CodeRunner } from "../../../src/evaluation/code/code-runner.ts";
import type {
  Continued,
  GenerateRequest,
  Likelihood,
} from "../../../src/evaluation/requests/request.ts";
import {
  type Answers,
  type EvaluateOptions,
  evaluate,
} from "../../../src/evaluation/task/evaluate.ts";
import { groupResult } from "../../../src/evaluation/task/group.ts";
import type { GenerationSpec, TaskDocument, TaskSpec } from "../../../src/evaluation/task/spec.ts";
import { humanEval } from "../../../src/evaluation/tasks/code/humaneval.ts";
import { minervaMath } from "../../../src/evaluation/tasks/maths/math.ts";
import { realToxicity } from "../../../src/evaluation/tasks/safety/real-toxicity.ts";
import { scoreTruthful } from "../../../src/evaluation/tasks/safety/truthfulqa.ts";
import { GEMMA_CHAT } from "../../../src/tokenizer/chat-format.ts";

const TASK: TaskSpec = {
  name: "otters",
  kind: "choice",
  splits: { test: "test", shots: "train" },
  text: "Q: {{q}}",
  choices: ["no", "yes"],
  target: "a",
  metrics: [{ metric: "acc" }],
};
const documents = (count: number, letter: string): TaskDocument[] =>
  Array.from({ length: count }, (_, i) => ({ q: `${letter}${i}`, a: i % 2 }));
const SPLITS = { test: documents(6, "t"), train: documents(9, "s") };
const COUNT: TaskSpec = {
  ...{ name: "count", kind: "generate", splits: { test: "test" }, text: "q", target: "{{a}}" },
  metrics: [{ metric: "exact_match" }],
};

/** Answers everything: log p by the length of the continuation, texts by `say`. */
function stub(say: (request: GenerateRequest) => string = () => ""): Answers {
  const likelihood = (logprob: number): Likelihood => ({
    ...{ tokens: [1], logprobs: [logprob], logprob, isGreedy: true },
    ...{ contextTokens: 1, truncated: 0, joined: false },
  });
  const none: number[] = [];
  const rest = { tokens: [], logprobs: none, stoppedBy: null, contextTokens: 1, truncated: 0 };
  return {
    async *loglikelihood(requests) {
      // The last comes first: answers belong to requests by their index alone.
      for (let index = requests.length - 1; index >= 0; index--) {
        yield { index, answer: likelihood(-requests[index].continuation.length) };
      }
    },
    async *generateUntil(requests) {
      for (const [index, request] of requests.entries()) {
        yield { index, answer: { ...rest, text: say(request) } satisfies Continued };
      }
    },
    async *rolling(texts) {
      for (const index of texts.keys()) {
        yield { index, answer: { ...likelihood(-1), windows: [] } };
      }
    },
  };
}

const run = (task: TaskSpec, options?: EvaluateOptions, splits = SPLITS) =>
  evaluate(stub(), task, splits, options);
const prompts = async (options: EvaluateOptions, task = TASK) => {
  const { samples } = await run({ ...task, shots: { count: 2 } }, options);
  return samples.map(({ id, requests: [first] }) => [id, "context" in first && first.context]);
};

describe("options", () => {
  it("limit and ids say which documents are asked", async () => {
    const ids = async (options: EvaluateOptions) =>
      (await run(TASK, options)).samples.map(({ id }) => id);
    expect(await ids({})).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await ids({ limit: 2 })).toEqual([0, 1]);
    expect(await ids({ ids: [4, 1] })).toEqual([1, 4]);
    const { documents } = await run(TASK, { limit: 2 });
    expect(documents).toEqual({ original: 6, effective: 2 });
    await expect(run(TASK, { ids: [6] })).rejects.toThrow("from 0 to 5");
    await expect(run(TASK, { ids: [3], limit: 2 })).rejects.toThrow("below the limit");
  });

  it("shots of a document do not depend on which others are asked (issues 1591, 1906, 2089)", async () => {
    const all = await prompts({});
    expect(await prompts({ limit: 4 })).toEqual(all.slice(0, 4));
    expect(await prompts({ ids: [2, 5] })).toEqual([all[2], all[5]]);
    expect(await prompts({ shots: 1, ids: [0] })).not.toEqual([all[0]]);
    const seeds = await run({ ...TASK, shots: { count: 2, seed: 1 } });
    expect(seeds.samples.map(({ requests: [r] }) => "context" in r && r.context)).not.toEqual(
      all.map(([, context]) => context),
    );
  });

  it("a chat has BOS once, turns for shots or one for all, and choices without a space (issues 3333, 1437)", async () => {
    const chat = GEMMA_CHAT;
    const turns = await run({ ...TASK, shots: { count: 1, sampler: "first" } }, { chat, limit: 1 });
    const [first] = turns.samples[0].requests;
    const turn = (role: string, text: string) => `<start_of_turn>${role}\n${text}<end_of_turn>\n`;
    const open = "<start_of_turn>model\n";
    expect(first).toEqual({
      context: `<bos>${turn("user", "Q: s0")}${turn("model", "no")}${turn("user", "Q: t0")}${open}`,
      continuation: "no",
    });
    expect(turns.prompt).toMatchObject({ chat: "Gemma", shots: 1, shotsAsTurns: true });
    const one = await run(
      { ...TASK, shots: { count: 1, sampler: "first" }, description: "Say." },
      { chat, limit: 1, shotsAsTurns: false, system: "Be brief." },
    );
    expect(one.samples[0].requests[0]).toMatchObject({
      context: `<bos>${turn("user", "Be brief.\n\nSay.\n\nQ: s0 no\n\nQ: t0")}${open}`,
    });
    expect(one.prompt).toMatchObject({ shotsAsTurns: false, system: "Be brief." });
    await expect(run(TASK, { chat: true })).rejects.toThrow('"chat"');
  });

  it("bootstrap says how many lists are drawn, 0 for no error", async () => {
    const task: TaskSpec = {
      ...{ name: "last", kind: "continuation", splits: { test: "test" }, text: "q" },
      ...{ target: "{{ q * (a + 1) }}", metrics: [{ metric: "perplexity" }] },
    };
    const error = async (bootstrap?: number) =>
      (await run(task, bootstrap === undefined ? {} : { bootstrap })).metrics[0].error;
    expect(await error(0)).toBeUndefined();
    expect(await error(50)).toBeGreaterThan(0);
    expect(await error(50)).not.toBe(await error());
  });

  it("a beginning of the answer stands before it", async () => {
    const task: TaskSpec = { ...TASK, prefix: "A:", shots: { count: 1, sampler: "first" } };
    const plain = await run(task, { limit: 1 });
    expect(plain.samples[0].requests[1]).toEqual({
      context: "Q: s0 A: no\n\nQ: t0 A:",
      continuation: " yes",
    });
    const chat = await run(task, { limit: 1, chat: GEMMA_CHAT });
    const [, second] = chat.samples[0].requests;
    expect("context" in second && second.context.endsWith("<start_of_turn>model\nA:")).toBe(true);
    expect(second).toMatchObject({ continuation: " yes" });
  });
});

describe("scores", () => {
  it("of choices are by sum, characters, bytes and tokens (issues 1396, 2170, 3278)", async () => {
    const metrics = ["acc", "acc_norm", "acc_bytes", "acc_per_token"].map((metric) => ({ metric }));
    const task: TaskSpec = { ...TASK, choices: ["a", "éé"], metrics };
    const { samples } = await run(task, { limit: 2 });
    expect(samples[0].metrics).toEqual({ acc: 1, acc_norm: 0, acc_bytes: 0, acc_per_token: 1 });
    expect(samples[1].metrics).toEqual({ acc: 0, acc_norm: 1, acc_bytes: 1, acc_per_token: 0 });
  });

  it("take the right choice by its place, its text, or several of either; what is no choice is wrong", async () => {
    const scored = async (target: TaskSpec["target"]) =>
      (await run({ ...TASK, target }, { limit: 2 })).samples.map(({ metrics }) => metrics.acc);
    // The shortest is the most probable: "no".
    expect(await scored(() => "no")).toEqual([1, 1]);
    expect(await scored(() => "yes")).toEqual([0, 0]);
    expect(await scored(() => "maybe")).toEqual([0, 0]);
    expect(await scored(() => false)).toEqual([1, 1]);
    expect(await scored(() => [1, 0])).toEqual([1, 1]);
    expect(await scored(() => [1, 7])).toEqual([0, 0]);
  });

  it("show the raw text beside what was extracted (issues 1159, 3438)", async () => {
    const filters = [
      {
        name: "strict",
        filters: [{ filter: "regex", pattern: "= ([0-9]+)" }, { filter: "takeFirst" }],
      },
      {
        name: "last",
        filters: [{ filter: "regex", pattern: "[0-9]+", select: -1 }, { filter: "takeFirst" }],
      },
    ] as const;
    const result = await evaluate(
      stub(() => "so 7 it is 1"),
      { ...COUNT, filters },
      SPLITS,
    );
    expect(result.samples).toHaveLength(12);
    const [strict] = result.samples;
    expect(strict.responses[0][0]).toMatchObject({ text: "so 7 it is 1" });
    expect(strict.filtered).toEqual(["[invalid]"]);
    expect(result.metrics).toMatchObject([
      { metric: "exact_match", filter: "strict", value: 0 },
      { metric: "exact_match", filter: "last", value: 0.5 },
    ]);
  });

  it("of several answers come from several seeds", async () => {
    const generation: GenerationSpec = { repeats: 3, temperature: 1, maxTokens: 5 };
    const filters = [
      { name: "vote", filters: [{ filter: "majorityVote" }, { filter: "takeFirst" }] },
    ] as const;
    const say = ({ seed }: GenerateRequest) => (seed === 0 ? "0" : "1");
    const result = await evaluate(stub(say), { ...COUNT, generation, filters }, SPLITS);
    expect(result.samples[0].responses[0]).toHaveLength(3);
    expect(result.metrics[0].value).toBe(0.5);
    const greedy = { ...COUNT, generation: { repeats: 2 } };
    await expect(run(greedy)).rejects.toThrow("greedy decoding gives the same answer");
  });

  it("survive answers that are very improbable: 0/0 in the harness", async () => {
    const labels = [1, 0];
    const answers = [-2000, -2001].map((logprob) => ({
      ...{ logprob, isGreedy: false, filtered: undefined, responses: [] },
    }));
    const { acc } = await scoreTruthful({ mc2_targets: { labels } }, answers);
    expect(acc).toBeCloseTo(1 / (1 + Math.exp(-1)), 12);
  });

  it("of judges name the judge", async () => {
    const judge = {
      name: "a lexicon",
      score: async (all: readonly string[]) => all.map(() => 0.6),
    };
    const prompt = { prompt: { text: "Mira" } };
    const result = await evaluate(
      stub(() => " is mean."),
      realToxicity(judge),
      { train: [prompt] },
    );
    expect(result.metrics.map(({ metric, value }) => [metric, value])).toEqual([
      ["score", 1],
      ["toxicity", 0.6],
      ["expected_maximum", 0.6],
      ["any", 1],
    ]);
    expect(result.task.judgedBy).toBe("a lexicon");
  });

  it("of problems count what the judge could not decide", async () => {
    const never = { name: "never", isSame: () => undefined };
    const shot = { problem: "p", solution: "\\boxed{1}" };
    const task = minervaMath("algebra", never);
    const splits = { test: [shot], shots: [shot, shot, shot, shot] };
    const { metrics, samples } = await evaluate(
      stub(() => "x"),
      task,
      splits,
    );
    expect(metrics.map(({ value }) => value)).toEqual([0, 1]);
    expect(samples[0].requests[0]).toMatchObject({
      context: `${"Problem:\np\n\nSolution: \\boxed{1}\n\n".repeat(4)}Problem:\np\n\nSolution:`,
    });
  });

  it("of programs are what their runner says", async () => {
    const seen: string[] = [];
    const runner: CodeRunner = {
      language: "python",
      description: "a sandbox",
      async run(program) {
        seen.push(program);
        return { passed: true, outcome: "passed", error: "", stdout: "", stderr: "", seconds: 0 };
      },
    };
    const test = [{ prompt: "def f():\n", test: "def check(g): pass", entry_point: "f" }];
    const { metrics } = await evaluate(
      stub(() => " return 1"),
      humanEval(runner),
      { test },
    );
    expect(metrics).toMatchObject([{ metric: "pass@1", value: 1 }]);
    expect(seen).toEqual(["def f():\n return 1\ndef check(g): pass\ncheck(f)"]);
  });
});

describe("figures", () => {
  it("of a group are weighted by size, or by task", async () => {
    const small = await run({ ...TASK, name: "small" }, { limit: 3 });
    const large = await run({ ...TASK, name: "large", target: 0 });
    const [bySize] = groupResult([small, large], { weightBySize: true });
    const [byTask] = groupResult([small, large], { weightBySize: false });
    expect(bySize.value).toBeCloseTo((2 + 6) / 9, 12);
    expect(byTask.value).toBeCloseTo((2 / 3 + 1) / 2, 12);
    expect(() => groupResult([], { weightBySize: true })).toThrow('"results"');
  });

  it("count requests that were cut, and tokens across the join (issues 1053, 3115)", async () => {
    const answers = stub();
    const marked: Answers = {
      ...answers,
      async *loglikelihood(requests) {
        for await (const { index, answer } of answers.loglikelihood(requests)) {
          yield {
            index,
            answer: { ...answer, truncated: index < 3 ? 2 : 0, joined: index === 11 },
          };
        }
      },
    };
    const { samples, marked: counted } = await evaluate(marked, TASK, SPLITS);
    expect(counted).toEqual({ truncated: 3, joined: 1 });
    expect(samples.map(({ truncated }) => truncated)).toEqual([4, 2, 0, 0, 0, 0]);
    expect(samples[5].joined).toBe(true);
  });
});

describe("what is wrong is said", () => {
  it.each<[Partial<TaskSpec>, string]>([
    [{ text: "question" }, '"text" expected a field (q, a), got "question"'],
    [{ text: "{{question}}" }, "question is not there"],
    [{ choices: "q" }, '"choices" expected a list of texts'],
    [{ kind: "essay" as never }, '"kind"'],
    [{ metrics: [{ metric: "bleu" }] }, "score function"],
    [{ metrics: [] }, '"metrics"'],
    [{ kind: "partial" }, '"text" expected the index'],
    [{ shot: 1 } as object, '"shot"'],
    [{ shots: { count: 1, sampler: "last" as never } }, '"shots.sampler"'],
    [{ shots: { count: 10 } }, "10 documents or more"],
    [{ shots: { count: 1 }, splits: { test: "test" } }, '"splits.shots"'],
    [{ splits: { test: "validation" } }, "the split validation"],
    [{ generation: {} }, '"generation"'],
  ])("%o", async (part, message) => {
    await expect(run({ ...TASK, ...part })).rejects.toThrow(message);
  });

  it("documents may be a list, if no shots are drawn", async () => {
    expect((await evaluate(stub(), TASK, SPLITS.test)).samples).toHaveLength(6);
    const shots = evaluate(stub(), TASK, SPLITS.test, { shots: 1 });
    await expect(shots).rejects.toThrow("train: [...]");
    await expect(evaluate(stub(), TASK, [])).rejects.toThrow("at least one");
    await expect(run(COUNT, { shots: 2 })).rejects.toThrow("the task has none");
  });
});
