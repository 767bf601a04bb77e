/**
 * The ways in which a testee's process fails.
 * @module
 */
import { brief } from "../../brief.ts";
import { TesteeError, type TesteeErrorDetails } from "../../conformance/protocol/testee-error.ts";
import { errorCode } from "../system-error.ts";

/** How a process has failed, whatever it was asked. */
export type Failure = Omit<TesteeErrorDetails, "op" | "log">;

/** Lines of the log in a message. */
const SHOWN = 5;

/**
 * The failure as an error of `op`.
 * @param log the last lines of its stderr, which stand in the place of a hint.
 */
export function errorOf(op: string, failure: Failure, log: readonly string[]): TesteeError {
  const said = log.length > 0 ? `it said: ${log.slice(-SHOWN).join(" | ")}` : undefined;
  return new TesteeError({ ...failure, op, hint: failure.hint ?? said, log });
}

const HINTS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such command, or no such working directory",
  EACCES: "it may not be run: chmod +x, or name its interpreter first",
  ENOEXEC: "it is no program: name its interpreter first, as in python3 my-engine.py",
};

/** The system did not start `command`. */
export function noStart(command: string, error: unknown): Failure {
  const code = errorCode(error);
  const got = code ?? (error instanceof Error ? error.message : String(error));
  const hint = code === undefined ? undefined : HINTS[code];
  return { kind: "start", argument: command, expected: "a command that starts", got, hint };
}

/** It did not answer in time. */
export function silence(timeoutMs: number): Failure {
  return { kind: "silence", expected: `an answer within ${timeoutMs / 1000} s`, got: "none" };
}

/** It ended. */
export function theEnd(code: number | null, signal: NodeJS.Signals | null): Failure {
  const how = signal ?? `exit code ${code}`;
  return { kind: "end", expected: "an answer", got: `the end of its process (${how})` };
}

/** It lives on, and will not answer. */
export const outputClosed: Failure = {
  kind: "end",
  expected: "an answer",
  got: "the end of its stdout",
};

/** It wrote a line when nothing was asked of it. */
export function unasked(line: Uint8Array): Failure {
  const got = brief(new TextDecoder().decode(line.subarray(0, 1000)));
  const hint = "nobody asked for it: one line for each request, and all else on stderr";
  return { kind: "answer", expected: "no further line", got, hint };
}

/** It wrote more than an answer can have. */
export function endless(longest: number): Failure {
  const got = "more without a newline";
  return { kind: "answer", expected: `a line of at most ${longest} bytes`, got };
}
