/**
 * Runs programs in Python, for HumanEval and MBPP.
 * @module
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { refusals } from "../../errors.ts";
import type { CodeRunner } from "../../evaluation/code/code-runner.ts";
import type { ContainedProgram } from "./contained-process.ts";
import { type CodeRunnerOptions, type Limits, limitsOf } from "./limits.ts";
import { PYTHON_GUARD } from "./python-guard.ts";
import { runnerOf } from "./runner-of.ts";

/** What it says of itself. A shim of a version manager is a script; `executable` is the interpreter behind it. */
const WHO = "import sys, json; print(json.dumps([sys.executable, list(sys.version_info[:3])]))";

/** The first with audit hooks. */
const OLDEST = [3, 8] as const;

/**
 * A runner of Python programs: each in a fresh `python3`, in an empty folder that is removed afterwards, with limits of
 * time, memory, files and processes, and without a network. `description` says which of the mechanisms are in force on
 * this machine (`PYTHON_GUARD` in `src/node/code-runner/python-guard.ts` lists them). It is a guard against accidents, not a
 * sandbox: a program can read what you can read. It cannot send it anywhere where seccomp is in force.
 *
 *     const runner = await pythonRunner({ confirmRunUnsafeCode: true });
 *     const { passed } = await runner.run(humanEvalProgram(problem, text));
 *
 * @throws {ArgumentError} without `confirmRunUnsafeCode: true`.
 * @throws {UnsupportedError} on Windows.
 * @throws {SourceError} if there is no Python from 3.8 on.
 */
export async function pythonRunner(options: CodeRunnerOptions): Promise<CodeRunner> {
  const op = "pythonRunner";
  const limits = limitsOf(op, options);
  const [executable, version] = await found(op, options.command ?? "python3");
  return runnerOf(op, {
    language: "python",
    version: `Python ${version}`,
    limits,
    start: (program) => contained(executable, program, limits),
  });
}

/** The interpreter's own path, and its version. */
async function found(op: string, command: string): Promise<[executable: string, version: string]> {
  const refuse = refusals(op);
  const hint = "install Python 3, or say in command where it is";
  try {
    const { stdout } = await promisify(execFile)(command, ["-c", WHO], { timeout: 20_000 });
    const [executable, version] = JSON.parse(stdout) as [string, number[]];
    const [major, minor] = version;
    if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) {
      return [executable || command, version.join(".")];
    }
    throw refuse.source(command, `Python ${OLDEST.join(".")} or newer`, version.join("."), hint);
  } catch (error) {
    if (error instanceof Error && "op" in error) throw error;
    throw refuse.source(command, "a Python 3 that starts", String(error), hint, error);
  }
}

/** How a program is started. @param guard the program that holds it. */
export function contained(
  command: string,
  program: string,
  limits: Limits,
  guard: string = PYTHON_GUARD,
): ContainedProgram {
  return {
    command,
    // Neither the user's packages nor bytecode: the folder stays the program's own.
    args: ["-s", "-B", "-X", "utf8", "-c", guard],
    env: {
      PATH: "/usr/local/bin:/usr/bin:/bin",
      LANG: "C.UTF-8",
      OMP_NUM_THREADS: "1",
      // The order of a set is the same in each run.
      PYTHONHASHSEED: "0",
    },
    input: (folder) => JSON.stringify({ program, folder, limits, parent: process.pid }),
  };
}
