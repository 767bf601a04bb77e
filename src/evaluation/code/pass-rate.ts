/**
 * pass@k of many problems, by running what was written for each.
 * @module
 */
import { assertOptions, type OptionNames } from "../../options.ts";
import { passAtK } from "../metrics/pass-at-k.ts";
import type { CodeResult, CodeRunner, CodeRunOptions } from "./code-runner.ts";

const NAMES: OptionNames<CodeRunOptions> = { signal: true };

/** What became of the programs of one problem. */
export interface ProblemResult {
  /** In the order of the programs. */
  readonly results: readonly CodeResult[];
  /** By k: the probability that one of k is right. */
  readonly passAt: ReadonlyMap<number, number>;
}

/**
 * Runs the `programs` of one problem, one after the other, and estimates pass@k for each of `ks`.
 * @throws {ArgumentError} unless 1 ≤ k ≤ the number of programs.
 */
export async function runPrograms(
  runner: CodeRunner,
  programs: readonly string[],
  ks: readonly number[] = [1],
  options: CodeRunOptions = {},
): Promise<ProblemResult> {
  assertOptions("runPrograms", options, NAMES);
  for (const k of ks) passAtK(programs.length, 0, k);
  const results: CodeResult[] = [];
  for (const program of programs) results.push(await runner.run(program, options));
  const right = results.filter(({ passed }) => passed).length;
  return { results, passAt: new Map(ks.map((k) => [k, passAtK(programs.length, right, k)])) };
}
