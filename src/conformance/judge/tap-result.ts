/**
 * One output of a vector, held against the truth.
 * @module
 */

/** What is said of an output. */
export interface TapResult {
  /** Its name here. */
  readonly tap: string;
  /** Its name in the goldens, if it has another one there. */
  readonly golden?: string;
  /** ‖x − t‖ / ‖t‖: how far off all of it is. */
  readonly nrmse: number;
  /** max |x − t| / rms(t): how far off its worst number is. */
  readonly max: number;
  /** How many times over the budget; above 1 it fails. */
  readonly over: number;
  /** Where it is farthest off: an index for each axis. */
  readonly at: readonly number[];
  /** The number there. */
  readonly got: number;
  /** What should be there. */
  readonly expected: number;
  /** Where the shape is wrong, so that no number can be compared: which it is, and which was expected. */
  readonly misshapen?: string;
}
