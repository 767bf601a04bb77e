/**
 * Errors of an engine under test.
 * @module
 */
import { type ErrorDetails, GemmaError } from "../../errors.ts";

/** What went wrong with a testee. */
export interface TesteeErrorDetails extends ErrorDetails {
  /**
   * - `start`: it could not be started, or not again.
   * - `end`: its process ended before it answered.
   * - `silence`: it did not answer in time.
   * - `answer`: it answered something else than was asked for.
   * - `refused`: it answered that it failed.
   */
  readonly kind: "start" | "end" | "silence" | "answer" | "refused";
  /** The last lines that it wrote for people, on stderr. */
  readonly log?: readonly string[];
}

/**
 * A testee has failed otherwise than by wrong numbers: it did not start, crashed, hung, or answered what is no answer.
 * The vector that was under way has the status `error`.
 */
export class TesteeError extends GemmaError {
  override readonly name: string = "TesteeError";
  /** What went wrong: see {@link TesteeErrorDetails}. */
  readonly kind: TesteeErrorDetails["kind"];
  /** The last lines that the program wrote to stderr. */
  readonly log: readonly string[];

  constructor(details: TesteeErrorDetails, options?: ErrorOptions) {
    super(details, options);
    this.kind = details.kind;
    this.log = details.log ?? [];
  }
}

/**
 * The error of an answer to `op` that is not as it should be.
 * @param argument the field of the answer: `taps.logits`.
 */
export function wrongAnswer(
  op: string,
  argument: string | undefined,
  expected: string,
  got: string,
  hint?: string,
): TesteeError {
  return new TesteeError({ kind: "answer", op, argument, expected, got, hint });
}
