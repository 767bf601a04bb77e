/**
 * A runner, of how its programs are started.
 * @module
 */
import { refusals } from "../../errors.ts";
import type { CodeRunner, CodeRunOptions } from "../../evaluation/code/code-runner.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { type ContainedProgram, runContained } from "./contained-process.ts";
import type { Limits } from "./limits.ts";

const NAMES: OptionNames<CodeRunOptions> = { signal: true };

/** What a runner is made of. */
export interface RunnerParts {
  readonly language: string;
  /** "Python 3.11.2" */
  readonly version: string;
  readonly limits: Limits;
  start(program: string): ContainedProgram;
}

/**
 * Tries an empty program, which says what holds programs on this machine → a runner.
 * @throws {SourceError} if it does not pass.
 */
export async function runnerOf(op: string, parts: RunnerParts): Promise<CodeRunner> {
  const { language, version, limits, start } = parts;
  const { result, guards } = await runContained(op, start(""), limits);
  if (!result.passed) {
    const got = `${result.error}: ${result.stderr.trim().split("\n").pop() ?? ""}`;
    const hint = "give it more memory or time, or another interpreter in command";
    throw refusals(op).source(version, "an empty program that passes", got, hint);
  }
  const seconds = limits.timeoutMs / 1000;
  const mebibytes = Math.round(limits.memoryBytes / 2 ** 20);
  return {
    language,
    description: `${version}, ${seconds} s, ${mebibytes} MiB, held by ${guards.join(", ")}`,
    async run(program, options = {}) {
      assertOptions("run", options, NAMES);
      const { signal } = options;
      return (await runContained("run", start(program), limits, signal)).result;
    },
  };
}
