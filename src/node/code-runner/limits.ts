/**
 * What a program may use. HumanEval and MBPP need milliseconds and next to nothing; the rest is mistakes of models.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertInteger, type IntegerRange } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";

/** How programs are run. */
export interface CodeRunnerOptions {
  /**
   * Says that programs nobody has read may run on this machine. The limits guard against accidents; they are no sandbox
   * against a program that wants to get out. Without it there is no runner.
   */
  readonly confirmRunUnsafeCode: true;
  /** Milliseconds a program may run. Default 3000, as `code_eval` has it. */
  readonly timeoutMs?: number;
  /** Bytes of memory. Default 1 GiB. */
  readonly memoryBytes?: number;
  /** Bytes of a file that it writes into its own folder. Default 1 MiB. Python may write 64 of them. */
  readonly fileBytes?: number;
  /** Bytes of its output that are kept. Default 16 KiB of each stream; the rest is read and dropped. */
  readonly outputBytes?: number;
  /** The interpreter. Default: `python3` as a shell would find it, or this Node. */
  readonly command?: string;
}

/** The same, complete. */
export interface Limits {
  readonly timeoutMs: number;
  readonly memoryBytes: number;
  readonly fileBytes: number;
  readonly outputBytes: number;
}

const NAMES: OptionNames<CodeRunnerOptions> = {
  confirmRunUnsafeCode: "boolean",
  timeoutMs: true,
  memoryBytes: true,
  fileBytes: true,
  outputBytes: true,
  command: true,
};

const MIB = 2 ** 20;
/** Timers have no more: a longer one would end at once. */
const MILLISECONDS: IntegerRange = { from: 1, to: 2 ** 31 - 1 };
/** An interpreter does not start in less. */
const MEMORY: IntegerRange = { from: 64 * MIB, to: 2 ** 50 };
const BYTES: IntegerRange = { from: 0, to: 2 ** 40 };

/** The options, complete. @throws {ArgumentError} without the consent, or for an option that is not as it has to be. */
export function limitsOf(op: string, options: CodeRunnerOptions): Limits {
  assertOptions(op, options, NAMES);
  const refuse = refusals(op);
  if (options.confirmRunUnsafeCode !== true) {
    const hint = "programs by a model would run on this machine: say that they may";
    const got = brief(options.confirmRunUnsafeCode);
    throw refuse.argument("confirmRunUnsafeCode", "true", got, hint);
  }
  if (process.platform === "win32") {
    const hint = "use a Linux machine: the Windows Subsystem for Linux is one";
    throw refuse.unsupported(undefined, "a system with limits for processes", "Windows", hint);
  }
  const { timeoutMs = 3000, memoryBytes = 1024 * MIB } = options;
  const { fileBytes = MIB, outputBytes = 2 ** 14 } = options;
  assertInteger(op, "timeoutMs", timeoutMs, MILLISECONDS);
  assertInteger(op, "memoryBytes", memoryBytes, MEMORY);
  assertInteger(op, "fileBytes", fileBytes, BYTES);
  assertInteger(op, "outputBytes", outputBytes, BYTES);
  const { command = "node" } = options;
  if (typeof command !== "string" || command === "") {
    throw refuse.argument("command", "a program", brief(command));
  }
  return { timeoutMs, memoryBytes, fileBytes, outputBytes };
}
