/**
 * What a pattern has found.
 * @module
 */

/** A match: [0] the whole, then the groups; undefined for a group that has not matched. */
export interface PythonMatch {
  readonly groups: readonly (string | undefined)[];
  /** Where it begins and ends, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

/** The groups that a pattern has. */
export interface Groups {
  /** How many there are. */
  readonly count: number;
  /** Their numbers by their names. */
  readonly names: ReadonlyMap<string, number>;
}
