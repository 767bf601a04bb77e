/** Known bugs to test tests with, golden arrays, and distances from Google's own code. @module */
export { conformanceTests, type TestContext, type TestRunner } from "./backend/as-tests.ts";
export { type BackendTesteeOptions, backendTestee } from "./backend/backend-testee.ts";
export {
  BACKEND_TIERS,
  type BackendTier,
  backendResults,
  type ConformanceOptions,
  conformance,
} from "./backend/conformance.ts";
export { nextKernel } from "./backend/next-kernel.ts";
export {
  type Comparison,
  compareWithGoogle,
  isWithinPromise,
  type LogitsOf,
} from "./distance-from-google.ts";
export { isGolden, traceArrays } from "./golden-arrays.ts";
export { difference, maxAbs, maxError, relativeError, rms } from "./metrics.ts";
export type { Mutant } from "./mutants/mutant.ts";
export { MUTANTS } from "./mutants/mutants.ts";
export type { Report, Result, Status, TapResult, Tier } from "./run/result.ts";
export type { Testee, TesteeInfo } from "./run/testee.ts";
export { openSuite, type Suite, type SuiteModel } from "./vectors/suite.ts";
