/**
 * Places in a row of things, as options name them: one or several, counted from the end where they are negative.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertInteger } from "../../check.ts";
import { refusals } from "../../errors.ts";

/**
 * The place that is meant.
 * @param count of the things.
 * @throws {ArgumentError} naming `op` and `argument`, if there is no such place.
 */
export function placeOf(op: string, argument: string, count: number, place: number): number {
  assertInteger(op, argument, place, { from: -count, to: count - 1 });
  return place < 0 ? place + count : place;
}

/** As {@link placeOf}, of one, of several, or, if none are named, of all. */
export function placesOf(
  op: string,
  argument: string,
  count: number,
  places: number | readonly number[] | undefined,
): number[] {
  if (places === undefined) return Array.from({ length: count }, (_, i) => i);
  if (typeof places === "number") return [placeOf(op, argument, count, places)];
  if (!Array.isArray(places) || places.length === 0) {
    const hint = "−1 is the last; leave it out for all";
    throw refusals(op).argument(argument, "a number, or a list of numbers", brief(places), hint);
  }
  return places.map((place: number) => placeOf(op, argument, count, place));
}
