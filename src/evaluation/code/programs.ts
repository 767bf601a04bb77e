/**
 * The programs that say whether code by a model is right: the code with the tests of its problem behind it. They are put together as
 * lm-evaluation-harness does it, which hands code, a newline and tests to `code_eval`.
 * @module
 */

/** The fields of a problem of HumanEval (Chen et al. 2021, arXiv:2107.03374) that a test needs. */
export interface HumanEvalProblem {
  /** A function's head and docstring. */
  readonly prompt: string;
  /** Defines `check(candidate)`. */
  readonly test: string;
  /** The function's name. */
  readonly entry_point: string;
}

/** The prompt, how the model went on, and the test. */
export function humanEvalProgram(problem: HumanEvalProblem, continuation: string): string {
  return `${problem.prompt}${continuation}\n${problem.test}\ncheck(${problem.entry_point})`;
}

/** The fields of a problem of MBPP (Austin et al. 2021, arXiv:2108.07732) that a test needs. */
export interface MbppProblem {
  /** Lines that begin with `assert`. The first three count, as in the harness. */
  readonly test_list: readonly string[];
}

/** The model's code, and the test's lines. */
export function mbppProgram(problem: MbppProblem, code: string): string {
  return [code, ...problem.test_list.slice(0, 3)].join("\n");
}
