/**
 * The conformance suite: vectors, budgets, known bugs and their diagnosis, for any engine; and distances from Google's
 * own code.
 * @module
 */
export { ACCURACIES, accuracyNamed } from "./accuracy.ts";
export { readArrays } from "./arrays/read-arrays.ts";
export { conformanceTests, type TestContext, type TestRunner } from "./backend/as-tests.ts";
export { type BackendTesteeOptions, backendTestee } from "./backend/backend-testee.ts";
export { nextKernel } from "./backend/next-kernel.ts";
export { type ConformanceOptions, conformance, type Subject } from "./conformance.ts";
export {
  type Comparison,
  compareWithGoogle,
  isWithinPromise,
  type LogitsOf,
} from "./distance-from-google.ts";
export type { Parts } from "./engine/engine.ts";
export type { OpCall } from "./engine/run-op.ts";
export type { Wiring } from "./engine/wiring.ts";
export { isGolden, traceArrays } from "./golden-arrays.ts";
export type { Diagnosis, Named } from "./judge/diagnosis.ts";
export { difference, maxAbs, maxError, relativeError, rms } from "./metrics.ts";
export type { Mutant } from "./mutants/mutant.ts";
export { MUTANTS } from "./mutants/mutants.ts";
export { TesteeError, type TesteeErrorDetails } from "./protocol/testee-error.ts";
export { htmlPage } from "./report/html/page.ts";
export { jsonLines } from "./report/json-lines.ts";
export { junitXml } from "./report/junit.ts";
export { parseReport } from "./report/parse-report.ts";
export { summary } from "./report/summary.ts";
export { tapStream } from "./report/tap.ts";
export { type EngineTesteeOptions, engineTestee } from "./run/engine-testee.ts";
export type { Report, Result, Status, TapResult, Tier } from "./run/result.ts";
export { type RunOptions, runSuite } from "./run/run.ts";
export type { ChatMessage, Outputs, Testee, TesteeInfo } from "./run/testee.ts";
export { openSuite, type Suite, type SuiteModel } from "./vectors/suite.ts";
export type { Budget, Feed, ForwardVector, OpVector, Vector } from "./vectors/vector.ts";
