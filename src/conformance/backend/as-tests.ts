/**
 * The suite as tests of a test runner: one for each check, named by its id.
 * @module
 */
import type { Backend, Handles } from "../../backend/backend.ts";
import { assertOptions } from "../../options.ts";
import type { Result } from "../run/result.ts";
import { breaksRun } from "../run/result.ts";
import type { Suite } from "../vectors/suite.ts";
import {
  CONFORMANCE_NAMES,
  type ConformanceOptions,
  selectedChecks,
  sessionOptions,
} from "./conformance.ts";
import { Failure } from "./failure.ts";
import type { MakeBackend } from "./lab.ts";
import { nextKernel } from "./next-kernel.ts";
import { Session } from "./session.ts";

/** The functions of a test runner: those of vitest, of node:test, or of another that has them. */
export interface TestRunner {
  /** Groups tests. */
  describe(name: string, body: () => void): unknown;
  /** Defines a test. */
  it(name: string, body: (context: TestContext) => Promise<void>): unknown;
  /** Is called with what is to be done at the end: `afterAll` of vitest, `after` of node:test. */
  after?(body: () => Promise<void>): unknown;
}

/** What a test is given: the part of it that is used. */
export interface TestContext {
  /** Leaves the test out, with a reason. */
  skip(note?: string): void;
}

/**
 * Defines a test for each check. One that the backend does not support is skipped, with its reason; a failure says
 * which kernel is wrong, and in which situation. The last test fails while a kernel is missing, and says which to
 * write next.
 *
 *     import { afterAll as after, describe, it } from "vitest";
 *     conformanceTests(myBackend, suite, { describe, it, after });
 *
 * @throws {ArgumentError} if an option is unknown, or out of range.
 */
export function conformanceTests<Dev extends Handles>(
  makeBackend: () => Backend<Dev> | Promise<Backend<Dev>>,
  suite: Suite,
  { describe, it, after }: TestRunner,
  options: ConformanceOptions = {},
): void {
  assertOptions("conformanceTests", options, CONFORMANCE_NAMES);
  const session = new Session(makeBackend as MakeBackend, suite, sessionOptions(options));
  const results: Result[] = [];
  describe("conformance", () => {
    for (const check of selectedChecks(suite, options)) {
      // No parameter of its own: some runners would wait for it to be called.
      it(check.id, async (...[context]) => {
        options.signal?.throwIfAborted();
        const result = await session.run(check);
        results.push(result);
        options.onResult?.(result);
        if (result.status === "unsupported") context?.skip(result.message);
        else if (breaksRun(result)) throw new Failure(`${result.message}\n${check.note}`);
      });
    }
    it("every kernel is written", async () => {
      await session.end();
      const next = nextKernel(results);
      if (next?.includes("kernels are written)")) throw new Failure(next);
    });
    after?.(() => session.end());
  });
}
