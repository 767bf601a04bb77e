/**
 * One question while it is being answered.
 * @module
 */
export interface Call<Part = never> {
  /** Aborted once nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Hands on a part of the answer before it is whole: a token that was written, a measurement that is done. */
  tell(part: Part): void;
}
