/**
 * What is probably wrong with a testee.
 * @module
 */

/** A known bug that explains what was seen. */
export interface Named {
  /** Its id, and those of bugs that no vector which was run tells from it. */
  readonly ids: readonly string[];
  /** What was done wrong, in a sentence. */
  readonly mistake: string;
  /** How it is mended, in a sentence. */
  readonly fix: string;
  /** Largest distance from what the bug gives, in budgets: 1 or less. */
  readonly over: number;
  /** Where it was seen. */
  readonly taps: readonly string[];
}

/** What is probably wrong. */
export interface Diagnosis {
  /** The first output of the first failing vector that is off when everything flows on from the testee's own numbers. */
  readonly first?: { readonly id: string; readonly tap: string };
  /** Outputs that are wrong although what they are computed from is taken from the testee. */
  readonly isolated: readonly {
    readonly id: string;
    readonly tap: string;
    readonly over: number;
  }[];
  /** Known bugs that explain what failed, the one that explains the most first; empty if none does. */
  readonly named: readonly Named[];
  /** Whether they explain all of it. */
  readonly complete: boolean;
  /** The nearest known bug where none is near enough, and how many budgets away it is. */
  readonly nearest?: { readonly id: string; readonly over: number };
  /** All of this as a paragraph. */
  readonly text: string;
}
