/**
 * What runs programs that a model has written. A browser has none; Node's are `pythonRunner` and `javascriptRunner`
 * (`gemma-reference/node`).
 * @module
 */

/** How a program ended. */
export type CodeOutcome =
  /** It ran to its end, and no test failed. */
  | "passed"
  /** It threw: a test that failed, a mistake in the program, or something that the runner does not allow. */
  | "failed"
  /** It was ended when its time was over. */
  | "timed out"
  /** It ended in another way: by itself before its end, or by a signal. */
  | "crashed";

/** What became of a program. */
export interface CodeResult {
  /** Whether it came to its end without an error. */
  readonly passed: boolean;
  /** How it ended. */
  readonly outcome: CodeOutcome;
  /** What it threw, or how it ended: "AssertionError (line 12)". Undefined if it passed. */
  readonly error: string | undefined;
  /** The beginning of what it wrote. */
  readonly stdout: string;
  /** What it wrote to stderr, as much as was kept. */
  readonly stderr: string;
  /** Seconds from its first statement to its end. */
  readonly seconds: number;
}

/** Of one run. */
export interface CodeRunOptions {
  /** Ends the program, and rejects. */
  readonly signal?: AbortSignal;
}

/** Runs programs, each from nothing and in a process of its own. */
export interface CodeRunner {
  /** Of the programs: "python", "javascript". */
  readonly language: string;
  /** What stands in results: language, version, limits, and what holds them. */
  readonly description: string;
  /** Whatever the program does, the promise is fulfilled. It is rejected where no process can be started. */
  run(program: string, options?: CodeRunOptions): Promise<CodeResult>;
}
