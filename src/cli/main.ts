#!/usr/bin/env node
/**
 * The program: {@link run} with the process's streams, signals and exit code.
 * @module
 */
import { constants } from "node:os";
import { basename, relative } from "node:path";
import { isatty } from "node:tty";
import { setFlagsFromString } from "node:v8";
import { eitherSignal } from "../signals.ts";
import { type Input, streamOutput } from "./io.ts";
import { run } from "./run.ts";
import { terminalLines } from "./terminal/ask.ts";

// Node 20 has the fused multiply-add of WebAssembly behind a flag: with it a prompt is computed half again as fast. A
// library must not change its host, but this program is its own.
if (process.versions.node.startsWith("20.")) setFlagsFromString("--experimental-wasm-relaxed-simd");

const terminals = [0, 1, 2].filter((file) => isatty(file));

/** The next Ctrl-C aborts `controller`. It also removes the handler, so that a second ends the process. */
function onCtrlC(controller: AbortController): void {
  process.removeAllListeners("SIGINT");
  process.once("SIGINT", () => controller.abort());
}
const interrupt = new AbortController();
onCtrlC(interrupt);

/** The signal that ended the process with time to clean up: `kill`, or a terminal that was closed. */
let ended: "SIGTERM" | "SIGHUP" | undefined;
for (const signal of ["SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => {
    ended = signal;
    interrupt.abort();
  });
}

/** Opened when it is read: a command that reads nothing must leave the terminal's input alone. */
const stdin: Input = {
  get isTerminal() {
    return process.stdin.isTTY === true;
  },
  get ask() {
    if (!process.stdin.isTTY) return undefined;
    // If the answers go to a file, the prompt still goes to the terminal.
    const output = process.stdout.isTTY ? process.stdout : process.stderr;
    return terminalLines(process.stdin, output, interrupt);
  },
  [Symbol.asyncIterator]() {
    return process.stdin[Symbol.asyncIterator]();
  },
};

/** How this program can be started again. */
function howStarted(): string {
  const path = process.argv[1] ?? "";
  if (basename(path).startsWith("main.")) return `node ${fromHere(path)}`;
  return process.env.npm_command === "exec" ? "npx gemma-reference" : "gemma-reference";
}

function fromHere(path: string): string {
  try {
    return relative(process.cwd(), path);
  } catch {
    return path; // the working directory has been removed
  }
}

const code = await run(process.argv.slice(2), {
  stdin,
  stdout: streamOutput(process.stdout),
  stderr: streamOutput(process.stderr),
  signal: interrupt.signal,
  async interruptible(work) {
    const own = new AbortController();
    const { signal, release } = eitherSignal(interrupt.signal, own.signal);
    onCtrlC(own);
    try {
      return await work(signal);
    } finally {
      release();
      onCtrlC(interrupt);
    }
  },
  env: process.env,
  program: howStarted(),
});
// All writes have been waited for. A read of stdin may still be pending, and would keep the process.
if (!terminals.every((file) => isatty(file))) {
  // Node resets the terminal when it exits, and crashes if the terminal is gone. A signal ends it.
  process.removeAllListeners("SIGHUP");
  process.kill(process.pid, "SIGHUP");
}
process.exit(code === 130 && ended ? 128 + constants.signals[ended] : code);
