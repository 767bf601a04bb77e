/**
 * HumanEval (Chen et al. 2021, arXiv:2107.03374): 164 functions in Python, given as signature and docstring; what the model writes is run against
 * tests.
 * @module
 */
import type { CodeRunner } from "../../code/code-runner.ts";
import { runPrograms } from "../../code/pass-rate.ts";
import { type HumanEvalProblem, humanEvalProgram } from "../../code/programs.ts";
import type { Continued } from "../../requests/request.ts";
import type { TaskSpec } from "../../task/spec.ts";

/**
 * The task, with whoever runs the programs.
 * @param runner runs the programs: on Node, `pythonRunner` of `gemma-reference/node`.
 */
export function humanEval(runner: CodeRunner): TaskSpec {
  return {
    name: "humaneval",
    kind: "generate",
    splits: { test: "test" },
    text: "{{prompt}}",
    target: "{{test}}\ncheck({{entry_point}})",
    generation: {
      until: ["\nclass", "\ndef", "\n#", "\nif", "\nprint"],
      maxTokens: 1024,
    },
    metrics: [{ metric: "pass@1" }],
    async score(document, [{ responses }]) {
      const problem = document as unknown as HumanEvalProblem;
      const programs = (responses as readonly Continued[]).map(({ text }) =>
        humanEvalProgram(problem, text),
      );
      const { passAt } = await runPrograms(runner, programs);
      return { "pass@1": passAt.get(1) ?? 0 };
    },
    source: {
      dataset: "openai/openai_humaneval",
      fields: ["prompt", "test", "entry_point"],
      licence: "MIT",
      paper: "arXiv:2107.03374",
    },
    report: "HumanEval",
    differsFromReport: "pass@1 as here; whether of one greedy answer or of many is not said.",
    judgedBy: runner.description,
    version: 1,
  };
}
