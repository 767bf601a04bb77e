/**
 * Amounts as horizontal bars, one below the other, each with its name above it.
 * @module
 */
import { element, text } from "./picture.ts";

export interface Amount {
  readonly name: string;
  readonly value: number;
  /** As it is written behind the bar. */
  readonly written: string;
}

export interface AmountBarsPlace {
  readonly left: number;
  readonly top: number;
  /** Of the longest bar. */
  readonly width: number;
}

const [STEP, HEIGHT] = [40, 14];

/** On a linear scale: what is tiny is seen to be. */
export function amountBars(amounts: readonly Amount[], place: AmountBarsPlace): string[] {
  const most = Math.max(...amounts.map(({ value }) => value));
  return amounts.flatMap(({ name, value, written }, i) => {
    const y = place.top + i * STEP;
    const width = Math.max(1.5, (place.width * value) / most);
    return [
      text(name, place.left, y + 10, { of: "small" }),
      element("rect", { class: "below", x: place.left, y: y + 16, width, height: HEIGHT, rx: 2 }),
      text(written, place.left + width + 6, y + 27, { of: "small bold" }),
    ];
  });
}
