/**
 * What a disagreement of the report is.
 * @module
 */

/** A place where the report disagrees with itself or with what was released, or is silent. Texts are short. */
export interface Inconsistency {
  /** Never used for another. */
  readonly id: string;
  /** A sum that does not come out, a figure counted otherwise than its name says, or something not said. */
  readonly kind: "sum" | "count" | "open";
  /** Table or topic, and version. */
  readonly where: string;
  /** What the report says. */
  readonly says: string;
  /** What comes out, or why nothing can. */
  readonly recomputed: string;
  /** Why it matters to whoever builds or measures a Gemma. */
  readonly matters: string;
  /** What this library does. */
  readonly here: string;
}
