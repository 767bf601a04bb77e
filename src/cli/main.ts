#!/usr/bin/env node
/**
 * The program: {@link run} with the process's streams, Ctrl-C and exit code.
 * @module
 */
import { basename, relative } from "node:path";
import { type Input, streamOutput } from "./io.ts";
import { run } from "./run.ts";

// The first Ctrl-C asks the command to end; with the handler gone, a second one ends the process.
const interrupt = new AbortController();
process.once("SIGINT", () => interrupt.abort());

/** Opened when it is read: a command that does not read must not take over the terminal's input. */
const stdin: Input = {
  get isTerminal() {
    return process.stdin.isTTY === true;
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
  env: process.env,
  program: howStarted(),
});
// All writes have been waited for. A read of stdin may still be pending, and would keep the process.
process.exit(code);
