/** The rows, against what the harness's own configurations and functions make of invented documents. */
import { describe, expect, it } from "vitest";
import type { CodeRunner } from "../../../src/evaluation/code/code-runner.ts";
import { buildRequests } from "../../../src/evaluation/task/build-requests.ts";
import { assertTask } from "../../../src/evaluation/task/check-spec.ts";
import type { TaskRequest } from "../../../src/evaluation/task/result.ts";
import type { ScoredAnswer, TaskDocument, TaskSpec } from "../../../src/evaluation/task/spec.ts";
import { TASKS } from "../../../src/evaluation/tasks/all.ts";
import { humanEval } from "../../../src/evaluation/tasks/code/humaneval.ts";
import { mbpp } from "../../../src/evaluation/tasks/code/mbpp.ts";
import { MMLU, MMLU_SUBJECTS } from "../../../src/evaluation/tasks/knowledge/mmlu.ts";
import { minervaMath, WRITTEN_ALIKE } from "../../../src/evaluation/tasks/maths/math.ts";
import { scoreAgieval } from "../../../src/evaluation/tasks/reasoning/agieval.ts";
import { BBH_TASKS, bigBenchHard } from "../../../src/evaluation/tasks/reasoning/bbh.ts";
import { reportRow } from "../../../src/evaluation/tasks/report-row.ts";
import { realToxicity } from "../../../src/evaluation/tasks/safety/real-toxicity.ts";
import { truthfulQa } from "../../../src/evaluation/tasks/safety/truthfulqa.ts";
import { BENCHMARKS } from "../../../src/report/benchmarks.ts";
import { readJson } from "../../support/goldens.ts";

interface Row {
  readonly output_type: string;
  readonly description: string;
  readonly target_delimiter: string;
  readonly fewshot_delimiter: string;
  readonly until: readonly string[] | null;
  readonly max_gen_toks: number | null;
  readonly metrics: readonly string[];
  readonly filters: readonly string[];
  readonly test_split: string;
  readonly documents: readonly {
    readonly document: TaskDocument;
    readonly prepared: TaskDocument;
    readonly text: string | number;
    readonly choices: readonly string[] | null;
    readonly target: unknown;
  }[];
}

const { rows, agieval } = readJson<{
  readonly rows: Readonly<Record<string, Row>>;
  readonly agieval: readonly { logprobs: number[]; scores: Record<string, number> }[];
}>("evaluation/task-texts.json");

const RUNNER: CodeRunner = {
  language: "python",
  description: "nobody",
  async run() {
    return {
      passed: true,
      outcome: "passed",
      error: undefined,
      stdout: "",
      stderr: "",
      seconds: 0,
    };
  },
};
const JUDGE = { name: "a lexicon", score: async (all: readonly string[]) => all.map(() => 0.6) };

/** Those that take something which is not shipped. */
const OTHERS: Readonly<Record<string, TaskSpec>> = {
  truthfulqa_mc2: truthfulQa("mc2", ""),
  humaneval: humanEval(RUNNER),
  mbpp: mbpp(RUNNER),
  minerva: minervaMath("algebra", WRITTEN_ALIKE),
  bbh: bigBenchHard("snarks", { description: "Which?", examples: [{ input: "a", target: "b" }] }),
  real_toxicity: realToxicity(JUDGE),
};
const taskOf = (name: string) => TASKS.get(name) ?? OTHERS[name];

const style = { chat: undefined, system: undefined };
const all = () => true;
const promptOf = (request: TaskRequest) => ("text" in request ? "" : request.context);

describe.each(Object.entries(rows))("%s", (name, row) => {
  const task = { ...taskOf(name), shots: { count: 0 } };

  it("asks as the harness does", () => {
    const documents = row.documents.map(({ document }) => task.prepare?.(document) ?? document);
    expect(documents).toEqual(row.documents.map(({ prepared }) => prepared));
    const asked = buildRequests(task, documents, [], style, all);
    for (const [i, { text, choices, target }] of row.documents.entries()) {
      const { requests, target: ownTarget, choices: ownChoices } = asked[i];
      expect([ownTarget, ownChoices ?? null]).toEqual([target, choices]);
      const { description, target_delimiter: delimiter } = row;
      if (row.output_type === "loglikelihood_rolling") {
        expect(requests).toEqual([{ text: target }]);
      } else if (typeof text === "number") {
        const contexts = choices?.map((choice) => description + choice);
        expect(requests.map(promptOf)).toEqual(contexts);
      } else {
        for (const request of requests) expect(promptOf(request)).toBe(description + text);
      }
      const answers = requests.flatMap((one) => ("continuation" in one ? [one.continuation] : []));
      const expected = typeof text === "number" ? choices?.map(() => target) : choices;
      if (choices) expect(answers).toEqual(expected?.map((one) => delimiter + one));
    }
  });

  it("has the harness's splits, stops and metrics", () => {
    expect(task.splits.test).toBe(row.test_split);
    expect(task.separator ?? "\n\n").toBe(row.fewshot_delimiter);
    expect(task.metrics.map(({ metric }) => metric)).toEqual(
      expect.arrayContaining([...row.metrics]),
    );
    expect((task.filters ?? []).map((filter) => filter.name)).toEqual(row.filters);
    expect(task.generation?.until ?? null).toEqual(row.until);
    expect(task.generation?.maxTokens ?? null).toEqual(row.max_gen_toks);
  });
});

it("AGIEval's choices are scored as in the harness: several may be right", async () => {
  const document = rows.agieval_sat_en.documents[0].document;
  for (const { logprobs, scores } of agieval) {
    const answers = logprobs.map((logprob) => ({ logprob }) as ScoredAnswer);
    expect(await scoreAgieval(document, answers)).toEqual(scores);
  }
});

describe("tasks", () => {
  const every = [...TASKS.values(), ...Object.values(OTHERS)];

  it("are valid, and say where the data is, its fields and its licence", () => {
    for (const task of every) {
      assertTask("spec", task);
      expect(task.source?.dataset).toMatch(/^[\w.-]+\/[\w.-]+$/);
      expect(task.source?.fields.length).toBeGreaterThan(0);
      expect(task.source?.licence).not.toBe("");
    }
  });

  it("are all benchmarks of the report's Table 6, each with what was done differently there", () => {
    const named = new Set(every.map(({ report }) => report));
    for (const { benchmark } of BENCHMARKS.rows) expect(named).toContain(benchmark);
    for (const task of every.filter(({ report }) => report !== undefined)) {
      expect(task.differsFromReport).toMatch(/\.$/);
      expect(reportRow(task)?.scores).toBeDefined();
    }
    expect(reportRow({})).toBeUndefined();
  });

  it("have the shots that the report says, where it says a number", () => {
    for (const task of every) {
      const row = reportRow(task);
      const shots = row && "shots" in row ? row.shots : undefined;
      if (shots !== undefined)
        expect([task.name, task.shots?.count ?? 0]).toEqual([task.name, shots]);
    }
  });

  it("of MMLU are 57, of BIG-Bench Hard 27", () => {
    expect([new Set(MMLU_SUBJECTS).size, MMLU.tasks.length, BBH_TASKS.length]).toEqual([
      57, 57, 27,
    ]);
  });

  it("that are judged name their judge", () => {
    expect(OTHERS.real_toxicity.judgedBy).toBe("a lexicon");
    expect(OTHERS.minerva.judgedBy).toBe("normalised texts");
    expect(OTHERS.humaneval.judgedBy).toBe("nobody");
  });
});
