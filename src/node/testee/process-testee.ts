/**
 * An engine in a process of its own, in whatever language: asked by lines of JSON on its stdin, it answers by lines on
 * its stdout (docs/examples/testees/README.md).
 * @module
 */
import { join } from "node:path";
import { brief } from "../../brief.ts";
import { assertInteger } from "../../check.ts";
import type { Testee } from "../../conformance/run/testee.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { conformanceSuitePath } from "../conformance-suite.ts";
import { AskedTestee } from "./asked-testee.ts";

/** How a testee is started, and how long it is waited for. */
export interface ProcessTesteeOptions {
  /** Milliseconds that an answer may take. Default 30,000. */
  readonly timeoutMs?: number;
  /** Milliseconds that the first answer may take, and those to `load`. Default 60,000. */
  readonly startTimeoutMs?: number;
  /** How often the process is started again after it failed. Default 10. */
  readonly restarts?: number;
  /** Its working directory. Default: this process's. */
  readonly cwd?: string;
  /** Its environment, whole. Default: this process's. */
  readonly env?: NodeJS.ProcessEnv;
  /** The version of the suite, which it is told. */
  readonly suite?: string;
  /** The path of the tokenizer.model that its texts are about. Default: that of the suite in the package. */
  readonly tokenizer?: string;
  /** Ends the process, and whatever it is asked. */
  readonly signal?: AbortSignal;
  /** Told each line that it writes to stderr. */
  readonly onLog?: (line: string) => void;
}

const NAMES: OptionNames<ProcessTesteeOptions> = {
  timeoutMs: true,
  startTimeoutMs: true,
  restarts: true,
  cwd: true,
  env: true,
  suite: true,
  tokenizer: true,
  signal: true,
  onLog: "function",
};

/** Timers have no more: a longer one would end at once. */
const MILLISECONDS = { from: 1, to: 2 ** 31 - 1 };

/**
 * Starts `command` and asks it who it is → a testee, for `runSuite`. Close it when the run is over.
 *
 *     const testee = await processTestee("python3", ["my_engine.py"]);
 *
 * A call that it does not answer as it should throws a TesteeError. Where the two no longer understand each
 * other (it crashed, hung, or wrote something else than an answer), the process is killed with all that it started,
 * and the next `load`, `reset` or operator has a new one, with the model loaded again.
 *
 * @throws {TesteeError} if it does not start, or says something else than a hello.
 */
export async function processTestee(
  command: string,
  args: readonly string[] = [],
  options: ProcessTesteeOptions = {},
): Promise<Testee> {
  const op = "processTestee";
  assertOptions(op, options, NAMES);
  const refuse = refusals(op);
  if (typeof command !== "string" || command === "") {
    throw refuse.argument("command", "a program", brief(command));
  }
  if (!Array.isArray(args) || args.some((arg) => typeof arg !== "string")) {
    throw refuse.argument("args", "a list of strings", brief(args));
  }
  const { timeoutMs = 30_000, startTimeoutMs = 60_000, restarts = 10 } = options;
  const { tokenizer = join(conformanceSuitePath(), "tokenizer.model") } = options;
  assertInteger(op, "timeoutMs", timeoutMs, MILLISECONDS);
  assertInteger(op, "startTimeoutMs", startTimeoutMs, MILLISECONDS);
  assertInteger(op, "restarts", restarts, { from: 0 });
  options.signal?.throwIfAborted();
  const settings = { ...options, command, args, timeoutMs, startTimeoutMs, restarts, tokenizer };
  const testee = new AskedTestee(settings);
  try {
    await testee.begin();
  } catch (error) {
    await testee.close();
    throw error;
  }
  return testee;
}
