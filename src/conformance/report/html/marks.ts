/**
 * Frames around what the diagnosis points at.
 * @module
 */
import type { Diagnosis } from "../../run/result.ts";

/** The classes, each with a space before it, of an output; of a vector if no output is named. */
export type Marks = (id: string, tap?: string) => string;

/** `own` of what is wrong by itself, `first` of the first output that is off. */
export function marksOf(diagnosis: Diagnosis | undefined): Marks {
  const key = (id: string, tap: string | undefined) => JSON.stringify([id, tap]);
  const { first, isolated = [] } = diagnosis ?? {};
  const own = new Set(isolated.flatMap(({ id, tap }) => [key(id, tap), key(id, undefined)]));
  const isFirst = (id: string, tap: string | undefined) =>
    first !== undefined && first.id === id && (tap === undefined || tap === first.tap);
  return (id, tap) => {
    return (own.has(key(id, tap)) ? " own" : "") + (isFirst(id, tap) ? " first" : "");
  };
}
