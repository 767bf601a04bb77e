/**
 * A question to a judge: what it is to do, and what it is to look at.
 * @module
 */

/** Two parts, since many models have a place of their own for instructions; Gemma has none. */
export interface JudgePrompt {
  /** What the judge is to do. */
  readonly system: string;
  /** What it is to look at. */
  readonly user: string;
}

/** One turn, for a model without a system role: the instructions first, as FastChat does it for such models. */
export function asOneTurn({ system, user }: JudgePrompt): string {
  return system === "" ? user : `${system}\n\n${user}`;
}
