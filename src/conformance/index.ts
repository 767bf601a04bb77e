/** Known bugs to test tests with, golden arrays, and the distance from Google's own code. @module */
export {
  type Comparison,
  compareWithGoogle,
  isWithinPromise,
  type LogitsOf,
} from "./distance-from-google.ts";
export { isGolden, traceArrays } from "./golden-arrays.ts";
export { MUTANTS, type Mutant } from "./mutants.ts";
