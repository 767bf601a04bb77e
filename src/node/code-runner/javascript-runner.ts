/**
 * Runs programs in JavaScript, without any Python: for problems in the style of MultiPL-E.
 * @module
 */

import type { CodeRunner } from "../../evaluation/code/code-runner.ts";
import type { ContainedProgram } from "./contained-process.ts";
import { JAVASCRIPT_GUARD } from "./javascript-guard.ts";
import { type CodeRunnerOptions, type Limits, limitsOf } from "./limits.ts";
import { runnerOf } from "./runner-of.ts";

/**
 * Sets limits that the kernel keeps, then becomes Node: seconds of the processor, KiB of data, blocks of 512 bytes of a file. V8
 * reserves far more addresses than it uses, so data is limited, not addresses. Where a limit is not to be had, the others hold.
 */
const LAUNCHER = `ulimit -c 0; ulimit -t "$1"; ulimit -d "$2"; ulimit -f "$3"; shift 3; exec "$@"`;

/** What Node itself needs beside the heap. */
const OWN_BYTES = 256 * 2 ** 20;

/**
 * A runner of programs in JavaScript: each in a fresh process of Node, in a context that has the language, `console` and
 * `require("assert")`, and nothing else of Node. There is no promise to wait for but those that settle by themselves: no
 * timers. What a program cannot name it cannot use by accident; the context is no wall against one that wants out, and behind it
 * stand limits of time, memory and files (`ulimit`), and Node's permissions, which refuse files and processes.
 *
 *     const runner = await javascriptRunner({ confirmRunUnsafeCode: true });
 *     const { passed } = await runner.run(`${code}\n${tests}`);
 *
 * @throws {ArgumentError} without `confirmRunUnsafeCode: true`.
 * @throws {UnsupportedError} on Windows.
 * @throws {SourceError} if Node does not start within the limits.
 */
export async function javascriptRunner(options: CodeRunnerOptions): Promise<CodeRunner> {
  const op = "javascriptRunner";
  const limits = limitsOf(op, options);
  const { command = process.execPath } = options;
  return runnerOf(op, {
    language: "javascript",
    version: `Node ${process.versions.node}`,
    limits,
    start: (program) => contained(command, program, limits),
  });
}

function contained(command: string, program: string, limits: Limits): ContainedProgram {
  const { timeoutMs, memoryBytes, fileBytes } = limits;
  const numbers = [
    Math.ceil(timeoutMs / 1000) + 1,
    Math.ceil((memoryBytes + OWN_BYTES) / 1024),
    Math.ceil(fileBytes / 512),
  ];
  const heap = `--max-old-space-size=${Math.floor(memoryBytes / 2 ** 20)}`;
  const [allowed] = ["--permission", "--experimental-permission"].filter((flag) =>
    process.allowedNodeEnvironmentFlags.has(flag),
  );
  const flags = [heap, "--no-warnings", ...(allowed ? [allowed] : [])];
  return {
    command: "/bin/sh",
    args: [
      ...["-c", LAUNCHER, "sh", ...numbers.map(String)],
      ...[command, ...flags, "-e", JAVASCRIPT_GUARD],
    ],
    env: { PATH: "/usr/local/bin:/usr/bin:/bin", LANG: "C.UTF-8" },
    input: () => JSON.stringify({ program }),
  };
}
