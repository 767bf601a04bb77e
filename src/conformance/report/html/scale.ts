/**
 * The colours of the heat map: blue for what is within the budget, amber to dark red for what is over it. Blue and
 * orange are told apart by readers who do not see red or green, and a worse step is always darker (on a dark page,
 * brighter); a number in each cell that is off says the same without any colour.
 * @module
 */

/** A step of the scale. */
export interface Step {
  /** Class of a cell. */
  readonly name: string;
  /** Up to how many times over the budget. */
  readonly upTo: number;
  readonly label: string;
  /** A number of the step. */
  readonly example: number;
  readonly light: string;
  readonly dark: string;
}

const ANY = Number.POSITIVE_INFINITY;

/** From right to wrong. The last is of what has no size: NaN, or infinitely far. */
export const SCALE: readonly Step[] = [
  { name: "s0", upTo: 0.01, label: "≤ 0.01", example: 0.001, light: "#edf4fb", dark: "#172c42" },
  { name: "s1", upTo: 0.1, label: "≤ 0.1", example: 0.05, light: "#d3e5f5", dark: "#1f4468" },
  { name: "s2", upTo: 1, label: "≤ 1", example: 0.5, light: "#afcfea", dark: "#2f6596" },
  { name: "s3", upTo: 10, label: "≤ 10", example: 5, light: "#fee3ae", dark: "#7a4d10" },
  { name: "s4", upTo: 1e2, label: "≤ 100", example: 50, light: "#fdbf6c", dark: "#95580f" },
  { name: "s5", upTo: 1e4, label: "≤ 10⁴", example: 5e3, light: "#f08a3c", dark: "#d97c2b" },
  { name: "s6", upTo: 1e6, label: "≤ 10⁶", example: 5e5, light: "#c24815", dark: "#ff9a5c" },
  { name: "s7", upTo: ANY, label: "more", example: 5e8, light: "#86220f", dark: "#ffd0b0" },
  {
    name: "s8",
    upTo: ANY,
    label: "NaN, ∞",
    example: Number.NaN,
    light: "#1b1b1b",
    dark: "#ffffff",
  },
];

/** The step of an output. */
export function stepOf(over: number): Step {
  const found = SCALE.find(({ upTo }) => over <= upTo);
  return Number.isFinite(over) && found ? found : (SCALE.at(-1) as Step);
}

/** What stands in a cell: nothing if it is right, else the n of "up to 10ⁿ times over the budget". */
export function signOf(over: number): string {
  if (over <= 1) return "";
  return Number.isFinite(over) ? String(Math.ceil(Math.log10(over))) : "!";
}
