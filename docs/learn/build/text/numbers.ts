/**
 * Numbers as pages show them: the sign is a minus, thousands have commas.
 * @module
 */

/** `-0.32421` → `−0.3242`. */
export function fixed(x: number, digits = 4): string {
  return signed(Number(x.toFixed(digits)) === 0 ? (0).toFixed(digits) : x.toFixed(digits));
}

/** So many digits that count: `197.34` → `197`, `4.7318` → `4.73`. */
export function digits(x: number, count = 3): string {
  const whole = Math.floor(Math.log10(Math.abs(x) || 1)) + 1;
  return fixed(x, Math.max(0, count - whole));
}

/** Distances below it are roundings of float64. */
const ROUNDING = 1e-12;

/**
 * A distance as it is shown. Where it is a rounding, the power of ten above it: engines of JavaScript differ in the last bit of
 * `exp` and `cos`, so its digits are those of one version of Node.
 */
export function shownDistance(x: number): number {
  return x > 0 && x < ROUNDING ? 10 ** decadeAbove(x) : x;
}

/** `4.8e-6` as `4.8 · 10⁻⁶`; of a rounding the power of ten that it lies below. */
export function power(x: number): string {
  if (x > 0 && x < ROUNDING) return `less than 10${raised(String(decadeAbove(x)))}`;
  const [mantissa, exponent] = x.toExponential(1).split("e");
  return `${signed(mantissa)} · 10${raised(exponent.replace("+", ""))}`;
}

/** The logarithm of the power of ten above `x`; a power of ten is its own. */
function decadeAbove(x: number): number {
  return Math.ceil(Math.log10(x) - 1e-9);
}

function raised(exponent: string): string {
  return [...exponent].map((c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(c)] ?? "⁻").join("");
}

/** `1246336` → `1,246,336`. */
export function count(x: number): string {
  return x.toLocaleString("en-US");
}

/** A list as a table in Markdown, with its columns aligned as biome aligns them. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const cells = [head, ...rows].map((row) => row.map(escaped));
  const widths = head.map((_, c) => Math.max(3, ...cells.map((row) => row[c].length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, c) => cell.padEnd(widths[c])).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [line(cells[0]), rule, ...cells.slice(1).map(line)].join("\n");
}

/** The vocabulary's bars, and what Markdown would take for HTML. */
const escaped = (cell: string) => cell.replaceAll("|", "\\|").replace(/^<(\w+)>$/, "`<$1>`");

const signed = (text: string) => text.replace(/^-/, "−");
