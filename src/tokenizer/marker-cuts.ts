/**
 * Where a text is cut so that the markers in it are mere text.
 * @module
 */
import { escaped } from "./tokenizer.ts";

/** Matches right behind the first character of each of `markers`: the parts of a text cut there contain no marker. */
export function cutsWithin(markers: readonly string[]): RegExp {
  const cut = (marker: string) =>
    `(?<=${escaped(marker.slice(0, 1))})(?=${escaped(marker.slice(1))})`;
  return new RegExp(markers.map(cut).join("|"));
}
