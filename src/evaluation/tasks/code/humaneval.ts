/**
 * HumanEval (Chen et al. 2021, arXiv:2107.03374): 164 functions in Python, given as signature and docstring; what the model writes is run against
 * tests.
 * @module
 */
import { passAtK } from "../../metrics/pass-at-k.ts";
import type { Continued } from "../../requests/request.ts";
import type { TaskSpec } from "../../task/spec.ts";
import { type ProgramRunner, passing } from "./program-runner.ts";

/**
 * The task, with whoever runs the programs.
 * @param runner runs the programs; on Node there is one in `gemma-reference/node`.
 */
export function humanEval(runner: ProgramRunner): TaskSpec {
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
    async score({ prompt, test, entry_point }, [{ responses }]) {
      const programs = (responses as readonly Continued[]).map(
        ({ text }) => `${prompt}${text}\n${test}\ncheck(${entry_point})`,
      );
      return { "pass@1": passAtK(programs.length, await passing(runner, programs), 1) };
    },
    source: {
      dataset: "openai/openai_humaneval",
      fields: ["prompt", "test", "entry_point"],
      licence: "MIT",
      paper: "arXiv:2107.03374",
    },
    report: "HumanEval",
    differsFromReport: "pass@1 as here; whether of one greedy answer or of many is not said.",
    judgedBy: runner.name,
    version: 1,
  };
}
