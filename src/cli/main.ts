#!/usr/bin/env node
/**
 * The program: {@link run} with the process's streams, Ctrl-C and exit code.
 * @module
 */
import { basename, relative } from "node:path";
import { type Input, streamOutput } from "./io.ts";
import { run } from "./run.ts";
import { terminalLines } from "./terminal-lines.ts";

/** The next Ctrl-C aborts `controller`. With its handler gone, one more ends the process. */
function onCtrlC(controller: AbortController): void {
  process.removeAllListeners("SIGINT");
  process.once("SIGINT", () => controller.abort());
}
const interrupt = new AbortController();
onCtrlC(interrupt);

/** Opened when it is read: a command that does not read must not take over the terminal's input. */
const stdin: Input = {
  get isTerminal() {
    return process.stdin.isTTY === true;
  },
  get ask() {
    if (!process.stdin.isTTY) return undefined;
    // Where the answers go to a file, the prompt does not.
    const output = process.stdout.isTTY ? process.stdout : process.stderr;
    return terminalLines(process.stdin, output, () => interrupt.abort());
  },
  [Symbol.asyncIterator]() {
    return process.stdin[Symbol.asyncIterator]();
  },
};

/** The words with which this very program can be started again. */
function howStarted(): string {
  const path = process.argv[1] ?? "";
  if (basename(path).startsWith("main.")) return `node ${relative(process.cwd(), path)}`;
  return process.env.npm_command === "exec" ? "npx gemma-reference" : "gemma-reference";
}

const code = await run(process.argv.slice(2), {
  stdin,
  stdout: streamOutput(process.stdout),
  stderr: streamOutput(process.stderr),
  signal: interrupt.signal,
  async interruptible(work) {
    const own = new AbortController();
    onCtrlC(own);
    try {
      return await work(own.signal);
    } finally {
      onCtrlC(interrupt);
    }
  },
  env: process.env,
  program: howStarted(),
});
// All writes have been waited for. A read of stdin may still be pending, and would keep the process.
process.exit(code);
