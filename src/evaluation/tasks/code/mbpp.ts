/**
 * MBPP (Austin et al. 2021, arXiv:2108.07732): short programs in Python from a sentence and three assertions.
 * @module
 */
import type { CodeRunner } from "../../code/code-runner.ts";
import { runPrograms } from "../../code/pass-rate.ts";
import { type MbppProblem, mbppProgram } from "../../code/programs.ts";
import type { Continued } from "../../requests/request.ts";
import type { TaskSpec } from "../../task/spec.ts";

const ASSERTIONS = "{{test_list[0]}}\n{{test_list[1]}}\n{{test_list[2]}}";

/**
 * The shots are tasks 2 to 4, the paper's: in the data the second to fourth document of the split `prompt`.
 * @param runner runs the programs: on Node, `pythonRunner` of `gemma-reference/node`.
 */
export function mbpp(runner: CodeRunner): TaskSpec {
  return {
    name: "mbpp",
    kind: "generate",
    splits: { test: "test", shots: "prompt" },
    text: `You are an expert Python programmer, and here is your task: {{text}} Your code should pass these tests:\n\n${ASSERTIONS}\n[BEGIN]\n`,
    target: ASSERTIONS,
    delimiter: "",
    shots: { count: 3, sampler: "first", indices: [1, 2, 3], target: "{{code}}\n[DONE]" },
    generation: { until: ["[DONE]"] },
    metrics: [{ metric: "pass_at_1" }],
    async score(document, [{ responses }]) {
      const problem = document as unknown as MbppProblem;
      const programs = (responses as readonly Continued[]).map(({ text }) =>
        mbppProgram(problem, text),
      );
      const { passAt } = await runPrograms(runner, programs);
      return { pass_at_1: passAt.get(1) ?? 0 };
    },
    source: {
      dataset: "google-research-datasets/mbpp",
      subset: "full",
      fields: ["text", "code", "test_list"],
      licence: "CC BY 4.0",
      paper: "arXiv:2108.07732",
    },
    report: "MBPP",
    differsFromReport:
      "3 shots as here; on Mistral's split the report has other figures, in a note.",
    judgedBy: runner.description,
    version: 1,
  };
}
