/** Angles as they are written, and the pair that a number belongs to. @module */
import type { Cell } from "../../cell.ts";
import { activation } from "../../format.ts";
import type { Rope } from "./question.ts";

/** Radians as degrees: 57°, 0.43°, 0.0076° */
export function degrees(radians: number): string {
  const value = (radians * 180) / Math.PI;
  return `${value >= 9.95 ? value.toFixed(0) : Number(value.toPrecision(2))}°`;
}

/** Radians, and how many whole turns they are, where that is one at least. */
export function angle(radians: number): string {
  const turns = radians / (2 * Math.PI);
  return `${activation(radians)} rad = ${turns < 1 ? degrees(radians) : `${turns.toFixed(2)} turns`}`;
}

export function pairOf({ pairs }: Rope, cell: Cell): number {
  if (cell.kind !== "turned") return 0;
  return Math.max(
    0,
    pairs.findIndex((pair) => pair.includes(cell.dim)),
  );
}
