/**
 * One output of a vector, held against the truth.
 * @module
 */

/** What is said of an output. */
export interface TapResult {
  /** Its name here, and in the goldens if it has another one there. */
  readonly tap: string;
  readonly golden?: string;
  readonly nrmse: number;
  readonly max: number;
  /** How many times over the budget; above 1 it fails. */
  readonly over: number;
  /** Where it is farthest off, and the two numbers there. */
  readonly at: readonly number[];
  readonly got: number;
  readonly expected: number;
  /** Where the shape is wrong, so that no number can be compared: which it is, and which was expected. */
  readonly misshapen?: string;
}
