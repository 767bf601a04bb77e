/**
 * A process for one program: in a group and a folder of its own, with a small environment, watched by the clock, and gone
 * without a trace when it has ended.
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { refusals } from "../../errors.ts";
import type { CodeResult } from "../../evaluation/code/code-runner.ts";
import { systemError } from "../system-error.ts";
import { atExit } from "../testee/at-exit.ts";
import { killGroup } from "../testee/process-group.ts";
import type { Limits } from "./limits.ts";

/** What is started. */
export interface ContainedProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What the guard reads from stdin before the program runs; `folder` is the only place it may write to. */
  input(folder: string): string;
}

/**
 * Lines of JSON that the guard writes to the file descriptor 3. The first is written when the program begins, the second
 * when it has come to its end or has thrown.
 */
export interface Report {
  /** What holds the program, in words. */
  readonly guards?: readonly string[];
  /** "" when it has come to its end. */
  readonly error?: string;
}

/** A result, and what held the program. */
export interface ContainedResult {
  readonly result: CodeResult;
  readonly guards: readonly string[];
}

/** Milliseconds that an interpreter may take to start, on a machine that is busy. */
const START_MS = 20_000;
/** Milliseconds that pipes may stay open once the process has ended. */
const AFTERWARDS_MS = 100;
/** Characters of reports that are looked at. */
const LONGEST_REPORT = 2 ** 16;

/** Runs it. @throws {GemmaError} if there is no folder, or no process to be had. */
export async function runContained(
  op: string,
  program: ContainedProgram,
  limits: Limits,
  signal?: AbortSignal,
): Promise<ContainedResult> {
  signal?.throwIfAborted();
  const refuse = refusals(op);
  let folder: string;
  try {
    folder = await realpath(await mkdtemp(join(tmpdir(), "gemma-code-")));
  } catch (error) {
    throw systemError(refuse, "a folder for the program", error);
  }
  const remove = { recursive: true, force: true, maxRetries: 3 } as const;
  const forget = atExit(() => rmSync(folder, remove));
  try {
    const { command, args, env } = program;
    const child = spawn(command, args, {
      cwd: folder,
      env: { ...env, HOME: folder, TMPDIR: folder },
      detached: true, // a group of its own
      stdio: ["pipe", "pipe", "pipe", "pipe"],
    });
    const ended = await watch(child, program.input(folder), limits, signal);
    if (ended.notStarted) {
      const got = ended.notStarted.message;
      throw refuse.source(command, "a program that starts", got, undefined, ended.notStarted);
    }
    signal?.throwIfAborted();
    return { result: resultOf(ended), guards: ended.begun?.guards ?? [] };
  } finally {
    forget();
    await rm(folder, remove).catch(() => {});
  }
}

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly begun: Report | undefined;
  readonly last: Report | undefined;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly isLate: boolean;
  readonly seconds: number;
  readonly notStarted: Error | undefined;
}

async function watch(
  child: ChildProcess,
  input: string,
  { timeoutMs, outputBytes }: Limits,
  signal: AbortSignal | undefined,
): Promise<Ended> {
  const kill = (): void => {
    if (child.pid !== undefined) killGroup(child.pid);
  };
  const forget = atExit(kill);
  signal?.addEventListener("abort", kill);
  let isLate = false;
  let began = performance.now();
  const late = (): void => {
    isLate = true;
    kill();
  };
  let timer = setTimeout(late, START_MS);
  const [stdin, out, error, reports] = child.stdio as unknown as [
    NodeJS.WritableStream,
    ...Readable[],
  ];
  // A program that ends early does not read everything.
  stdin.on("error", () => {});
  stdin.end(input);
  const stdout = beginning(out, outputBytes);
  const stderr = beginning(error, outputBytes);
  const said = beginning(reports, LONGEST_REPORT, () => {
    if (reportsIn(said()).length === 0) return;
    // The interpreter has started: from here on the time is the program's.
    clearTimeout(timer);
    if (isLate || hasBegun) return;
    hasBegun = true;
    began = performance.now();
    timer = setTimeout(late, timeoutMs);
  });
  let hasBegun = false;
  const end = await new Promise<Pick<Ended, "code" | "signal" | "notStarted">>((resolve) => {
    child.once("error", (notStarted) => resolve({ code: null, signal: null, notStarted }));
    child.once("exit", (code, by) => resolve({ code, signal: by, notStarted: undefined }));
  });
  const seconds = (performance.now() - began) / 1000;
  clearTimeout(timer);
  kill(); // what it may have started
  if (!end.notStarted) await Promise.all([out, error, reports].map(closed));
  forget();
  signal?.removeEventListener("abort", kill);
  const [begun, last] = reportsIn(said());
  return { ...end, stdout: stdout(), stderr: stderr(), begun, last, isLate, seconds };
}

/** Reads a stream to its end, and keeps its first bytes → a function that gives them as a text. */
function beginning(stream: Readable, most: number, onData?: () => void): () => string {
  const kept: Uint8Array[] = [];
  let length = 0;
  stream.on("error", () => {});
  stream.on("data", (chunk: Uint8Array) => {
    if (length < most) kept.push(chunk.subarray(0, most - length));
    length += chunk.length;
    onData?.();
  });
  return () => Buffer.concat(kept).toString();
}

function closed(stream: Readable): Promise<void> {
  if (stream.closed || stream.readableEnded) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => stream.destroy(), AFTERWARDS_MS);
    stream.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function reportsIn(text: string): Report[] {
  const lines = text.split("\n").slice(0, -1);
  return lines.flatMap((line) => {
    try {
      const report: unknown = JSON.parse(line);
      return typeof report === "object" && report !== null ? [report as Report] : [];
    } catch {
      return [];
    }
  });
}

function resultOf(ended: Ended): CodeResult {
  const { stdout, stderr, begun, last, isLate, seconds } = ended;
  const output = { stdout, stderr, seconds };
  const failed = (outcome: CodeResult["outcome"], error: string): CodeResult => {
    return { passed: false, outcome, error, ...output };
  };
  if (isLate && begun) return failed("timed out", `still running after ${seconds.toFixed(1)} s`);
  if (isLate) return failed("timed out", "the interpreter did not start");
  if (last?.error === "") return { passed: true, outcome: "passed", error: undefined, ...output };
  if (typeof last?.error === "string") return failed("failed", last.error);
  if (ended.signal) return failed("crashed", `ended by ${ended.signal}`);
  return failed("crashed", `ended with the code ${ended.code} before the end of the program`);
}
