/**
 * Named values as dots on a logarithmic scale, one below the other.
 * @module
 */
import { element, text } from "./picture.ts";

export interface LogDot {
  readonly name: string;
  readonly value: number;
  /** Words at the right. */
  readonly words: string;
  /** Whether the dot is filled. */
  readonly isFull: boolean;
}

export interface LogDotsPlace {
  /** Names end here, and the scale begins. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  /** Pixels a line. */
  readonly step: number;
  /** Exponents of ten at both ends. */
  readonly from: number;
  readonly to: number;
  /** Every so manyth power of ten has a mark. */
  readonly every: number;
}

export interface LogDots {
  readonly body: string[];
  readonly bottom: number;
  x(value: number): number;
  /** The middle of a line. */
  y(index: number): number;
}

const SUPERSCRIPT = "⁰¹²³⁴⁵⁶⁷⁸⁹";
/** `-14` → `10⁻¹⁴` */
const powerOfTen = (exponent: number) =>
  exponent === 0
    ? "1"
    : `10${[...String(exponent)].map((c) => SUPERSCRIPT[Number(c)] ?? "⁻").join("")}`;

export function logDots(dots: readonly LogDot[], place: LogDotsPlace): LogDots {
  const { left, top, width, step, from, to, every } = place;
  const x = (value: number) => left + (width * (Math.log10(value) - from)) / (to - from);
  const y = (index: number) => top + (index + 0.5) * step;
  const bottom = top + dots.length * step;
  const body: string[] = [];
  for (let exponent = from; exponent <= to; exponent += every) {
    const at = x(10 ** exponent);
    body.push(element("line", { class: "grid", x1: at, x2: at, y1: top, y2: bottom }));
    body.push(text(powerOfTen(exponent), at, bottom + 16, { anchor: "middle", of: "small" }));
  }
  dots.forEach(({ name, value, words, isFull }, i) => {
    const end = left + width;
    body.push(element("line", { class: "grid", x1: left, x2: end, y1: y(i), y2: y(i) }));
    body.push(text(name, left - 12, y(i) + 4, { anchor: "end", of: "small" }));
    body.push(
      element("circle", {
        class: isFull ? "above" : "line",
        cx: x(value),
        cy: y(i),
        r: 5,
        "stroke-width": isFull ? undefined : 1.5,
      }),
    );
    body.push(text(words, end + 14, y(i) + 4, { of: "small" }));
  });
  return { body, bottom, x, y };
}
