/**
 * A process that answers each line that it is sent with one line. Whatever else it does is a failure, after which it
 * is killed, together with all that it started.
 * @module
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import type { TesteeError } from "../../conformance/protocol/testee-error.ts";
import { atExit } from "./at-exit.ts";
import { BoundedLines } from "./bounded-lines.ts";
import {
  endless,
  errorOf,
  type Failure,
  noStart,
  outputClosed,
  silence,
  theEnd,
  unasked,
} from "./failure.ts";
import { LogTail } from "./log-tail.ts";
import { HAS_GROUPS, killGroup } from "./process-group.ts";

/** How a process is started. */
export interface ChildOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Told each line of stderr. */
  readonly onLog?: (line: string) => void;
}

/** What an answer may take. */
export interface Limits {
  readonly timeoutMs: number;
  /** Bytes of its line. */
  readonly longest: number;
}

interface Waiting extends Limits {
  resolve(line: Uint8Array): void;
  reject(): void;
}

/** Milliseconds that the system may take to tell of an end: pipes close before or after it. */
const MOMENT = 1000;
const HELD_BACK = 5000;
/** Bytes of a line that nobody asked for. */
const UNASKED = 2 ** 16;

/** A process, from its start to its end. */
export class Child {
  /** Resolves when it has ended, or could not be started. */
  readonly ended: Promise<void>;
  readonly #command: string;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines = new BoundedLines();
  readonly #log: LogTail;
  #waiting: Waiting | undefined;
  #failure: Failure | undefined;
  /** Whether the failure has been thrown. */
  #isTold = false;
  #isLeaving = false;

  /** @throws {TesteeError} of the kind `start`, if the system refuses to. */
  constructor(command: string, args: readonly string[], { cwd, env, onLog }: ChildOptions = {}) {
    this.#command = command;
    this.#log = new LogTail(onLog);
    try {
      // A group of its own, so that the processes it starts can be ended with it.
      const options = { cwd, env, detached: HAS_GROUPS, windowsHide: true };
      this.#process = spawn(command, args, { ...options, stdio: "pipe" });
    } catch (error) {
      this.#failure = noStart(command, error);
      throw this.#error("start");
    }
    this.ended = this.#listen();
  }

  /** Whether it can be asked. */
  get isUsable(): boolean {
    return this.#failure === undefined && !this.#isLeaving;
  }

  /**
   * What `read` makes of the line that it answers `line` with. One question at a time.
   * @param op what is asked, for errors.
   * @throws {TesteeError} if it does anything else. It is no longer usable then.
   */
  async ask<T>(
    op: string,
    line: string,
    limits: Limits,
    read: (line: Uint8Array) => T,
  ): Promise<T> {
    if (this.#failure) throw this.#error(op);
    const answer = new Promise<Uint8Array>((resolve, reject) => {
      const timer = setTimeout(() => this.#fail(silence(limits.timeoutMs)), limits.timeoutMs);
      const settled = <T>(settle: (value: T) => void): ((value: T) => void) => {
        return (value) => {
          clearTimeout(timer);
          this.#waiting = undefined;
          settle(value);
        };
      };
      const refuse = settled(reject);
      this.#waiting = {
        ...limits,
        resolve: settled(resolve),
        reject: () => refuse(this.#error(op)),
      };
      this.#process.stdin.write(line);
    });
    const found = read(await answer);
    // Further lines, that came together with the answer. An end behind it is of no interest yet.
    if (this.#failed?.kind === "answer") throw this.#error(op);
    return found;
  }

  /** @throws {TesteeError} once, if it failed when nothing was asked of it. */
  assertWell(op: string): void {
    if (this.#failure && !this.#isTold) throw this.#error(op);
  }

  get #failed(): Failure | undefined {
    return this.#failure;
  }

  /** Makes it unusable and kills it, for a reason that is told by others. */
  async kill(failure: Failure): Promise<void> {
    this.#isTold = true;
    this.#fail(failure);
    await this.#gone();
  }

  /** Sends `line`, and waits `graceMs` for it to end by itself before it is killed. */
  async leave(line: string, graceMs: number): Promise<void> {
    this.#isLeaving = true;
    if (!this.#failure) this.#process.stdin.end(line);
    const timer = setTimeout(() => this.#killNow(), graceMs);
    await this.#gone(graceMs);
    clearTimeout(timer);
  }

  /** The end of a process that was killed. The system may hold one back that waits for a driver. */
  async #gone(graceMs = 0): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const longEnough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, graceMs + HELD_BACK);
    });
    await Promise.race([this.ended, longEnough]);
    clearTimeout(timer);
  }

  #listen(): Promise<void> {
    const { pid, stdin, stdout, stderr } = this.#process;
    const forget = pid === undefined ? () => {} : atExit(() => killGroup(pid));
    stdin.on("error", () => {}); // it has closed its stdin: its end, or its silence, is told apart from this
    stdout.on("data", (chunk: Uint8Array) => this.#onData(chunk));
    stdout.on("end", () => this.#onOutputEnd());
    stderr.on("data", (chunk: Uint8Array) => this.#log.push(chunk));
    stderr.on("end", () => this.#log.end());
    return new Promise((resolve) => {
      const over = (failure: Failure) => {
        forget();
        this.#fail(failure);
        resolve();
      };
      this.#process.once("error", (error) => over(noStart(this.#command, error)));
      this.#process.once("exit", (code, signal) => {
        if (pid !== undefined) killGroup(pid); // what it left behind, which may hold its pipes open
        const timer = setTimeout(() => over(theEnd(code, signal)), MOMENT);
        this.#process.once("close", () => {
          clearTimeout(timer);
          over(theEnd(code, signal));
        });
      });
    });
  }

  #onData(chunk: Uint8Array): void {
    if (!this.isUsable) return;
    for (const line of this.#lines.push(chunk)) {
      this.#onLine(line);
      if (this.#failure) return;
    }
    const longest = this.#waiting?.longest ?? UNASKED;
    if (this.#lines.length <= longest) return;
    this.#fail(endless(longest));
  }

  #onLine(line: Uint8Array): void {
    if (line.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09)) return;
    if (this.#waiting) {
      this.#waiting.resolve(line);
      return;
    }
    this.#fail(unasked(line));
  }

  #onOutputEnd(): void {
    if (this.#lines.length > 0 && this.isUsable) this.#onLine(this.#lines.take());
    setTimeout(() => this.#fail(outputClosed), MOMENT).unref();
  }

  /** The first failure counts. */
  #fail(failure: Failure): void {
    if (this.#failure) return;
    this.#failure = failure;
    this.#killNow();
    this.#waiting?.reject();
  }

  #killNow(): void {
    const { pid, exitCode, signalCode } = this.#process;
    if (pid !== undefined && exitCode === null && signalCode === null) killGroup(pid);
  }

  #error(op: string): TesteeError {
    this.#isTold = true;
    return errorOf(op, this.#failure as Failure, this.#log.last);
  }
}
