/** Programs and their tests, put together; pass@k with a runner that is none. */
import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../../src/errors.ts";
import type { CodeRunner } from "../../../src/evaluation/code/code-runner.ts";
import { runPrograms } from "../../../src/evaluation/code/pass-rate.ts";
import { humanEvalProgram, mbppProgram } from "../../../src/evaluation/code/programs.ts";

const runner: CodeRunner = {
  language: "words",
  description: "passes what says right",
  run: async (program) => {
    const passed = program.includes("right");
    const outcome = passed ? "passed" : "failed";
    return { passed, outcome, error: undefined, stdout: "", stderr: "", seconds: 0 };
  },
};

describe("programs", () => {
  it("of HumanEval are prompt, text, test and check", () => {
    const problem = { prompt: "def f():\n", test: "def check(c):\n  c()\n", entry_point: "f" };
    expect(humanEvalProgram(problem, "  pass")).toBe(
      "def f():\n  pass\ndef check(c):\n  c()\n\ncheck(f)",
    );
  });

  it("of MBPP are text and asserts", () => {
    expect(mbppProgram({ test_list: ["assert f()", "assert g()"] }, "x\n")).toBe(
      "x\n\nassert f()\nassert g()",
    );
  });

  it("make pass@k", async () => {
    const { results, passAt } = await runPrograms(runner, ["right", "no", "no"], [1, 2]);
    expect(results.map(({ passed }) => passed)).toEqual([true, false, false]);
    // 1/3; and of three pairs, two have the right one.
    expect([passAt.get(1), passAt.get(2)].map((x) => x?.toFixed(12))).toEqual([
      "0.333333333333",
      "0.666666666667",
    ]);
    await expect(runPrograms(runner, ["right"], [2])).rejects.toThrow(ArgumentError);
  });

  it("are run with the signal that was given", async () => {
    const { signal } = new AbortController();
    const seen: unknown[] = [];
    const watched: CodeRunner = {
      ...runner,
      run: (program, options) => {
        seen.push(options?.signal);
        return runner.run(program, options);
      },
    };
    await runPrograms(watched, ["a", "b"], [1], { signal });
    expect(seen).toEqual([signal, signal]);
  });
});
