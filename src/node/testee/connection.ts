/**
 * The conversation with a testee's process: requests and their answers, and a new process where the old has failed.
 * @module
 */
import {
  type Answer,
  assertDone,
  helloOf,
  longestAnswer,
  parseAnswer,
} from "../../conformance/protocol/answers.ts";
import {
  PROTOCOL,
  type Request,
  requestLine,
  type WeightsType,
} from "../../conformance/protocol/messages.ts";
import { TesteeError } from "../../conformance/protocol/testee-error.ts";
import type { TesteeInfo } from "../../conformance/run/testee.ts";
import { Child, type ChildOptions } from "./child.ts";

/** How a process is started, and how long it is waited for. */
export interface ConnectionOptions extends ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly timeoutMs: number;
  readonly startTimeoutMs: number;
  readonly restarts: number;
  readonly suite?: string;
  readonly tokenizer: string;
  readonly signal?: AbortSignal;
}

/** Milliseconds that a process may take to end by itself when it is told to. */
const GRACE = 2000;

const NO_ARRAYS = longestAnswer(new Map());

/** One process at a time. */
export class Connection {
  /** What the first process said of itself. */
  info: TesteeInfo = { name: "" };
  /** The type in which it wants weights. */
  weights: WeightsType = "float32";
  readonly #options: ConnectionOptions;
  #child: Child | undefined;
  #hasSaidHello = false;
  #starts = 0;
  #seq = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    options.signal?.addEventListener("abort", this.#onAbort);
  }

  /** Which process it is: 1 is the first. 0 if there is none that can be asked. */
  get process(): number {
    return this.#hasSaidHello && this.#child?.isUsable ? this.#starts : 0;
  }

  /**
   * Sees to it that there is a process, which has said hello.
   * @param op what it is for, in errors.
   * @throws {TesteeError} if it does not start, or has failed too often; also, once, if it failed after its last
   * answer, or said more than that.
   */
  async start(op: string): Promise<void> {
    if (this.process > 0) return;
    this.#child?.assertWell(op);
    const { command, args, restarts, suite, tokenizer } = this.#options;
    if (this.#starts > restarts) {
      const expected = `a testee that fails ${restarts} times at most`;
      const details = { kind: "start", op, expected, got: "one more failure" } as const;
      throw new TesteeError({ ...details, hint: "it is not started again" });
    }
    this.#starts++;
    this.#hasSaidHello = false;
    this.#child = new Child(command, args, this.#options);
    const about = { ...(suite !== undefined && { suite }), tokenizer };
    const answer = await this.ask({ do: "hello", protocol: PROTOCOL, ...about });
    try {
      assertDone("hello", answer);
      const { info, weights } = helloOf(answer);
      if (this.#starts === 1) this.info = info;
      this.weights = weights;
    } catch (error) {
      await this.#kill();
      throw error;
    }
    this.#hasSaidHello = true;
  }

  /**
   * The answer to `request`. Where there is none, or what comes is no answer, the process is killed: whatever it
   * writes next may belong to this request.
   * @throws {TesteeError} then.
   */
  async ask(request: Request, longest: number = NO_ARRAYS): Promise<Answer> {
    const child = this.#child as Child;
    const { timeoutMs, startTimeoutMs, signal } = this.#options;
    const seq = ++this.#seq;
    const isStart = request.do === "hello" || request.do === "load";
    const limits = { timeoutMs: isStart ? startTimeoutMs : timeoutMs, longest };
    try {
      const read = (line: Uint8Array) => parseAnswer(request.do, seq, line);
      return await child.ask(request.do, requestLine(seq, request), limits, read);
    } catch (error) {
      await this.#kill();
      signal?.throwIfAborted();
      throw error;
    }
  }

  /** Says goodbye. */
  async close(): Promise<void> {
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    await this.#child?.leave(requestLine(++this.#seq, { do: "bye" }), GRACE);
  }

  async #kill(): Promise<void> {
    await this.#child?.kill({ kind: "end", expected: "an answer", got: "the end of its process" });
  }

  readonly #onAbort = (): void => {
    void this.#kill();
  };
}
