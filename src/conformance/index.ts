/** Known bugs to test tests with, golden arrays, and distances from Google's own code. @module */
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
export { TesteeError, type TesteeErrorDetails } from "./protocol/testee-error.ts";
