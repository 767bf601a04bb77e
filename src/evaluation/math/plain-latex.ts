/**
 * One spelling for formulas that differ in spelling only: `\tfrac12`, `\frac{1}{2}`, `1/2` and `0.5` are the same. The rules of
 * Hendrycks et al. 2021 (arXiv:2103.03874), in their order. They look at letters and know no mathematics.
 * @module
 */
import { length } from "../../python/text.ts";

/** What is replaced first, each everywhere. */
const REPLACED: readonly (readonly [from: string, to: string])[] = [
  ["\n", ""],
  ["\\!", ""],
  ["\\\\", "\\"],
  ["tfrac", "frac"],
  ["dfrac", "frac"],
  ["\\left", ""],
  ["\\right", ""],
  ["^{\\circ}", ""],
  ["^\\circ", ""],
  ["\\$", ""],
];

/** What introduces a unit, behind a number. */
const UNIT = "\\text{ ";

/** The one spelling; undefined for formulas that the rules break on, such as a `\frac` with nothing behind it. */
export function plainLatex(formula: string): string | undefined {
  let text = replaced(formula, REPLACED);
  const parts = text.split(UNIT);
  if (parts.length > 2) return undefined;
  text = replaced(parts[0], [
    ["\\%", ""],
    [" .", " 0."],
    ["{.", "{0."],
  ]);
  if (text === "") return text;
  if (text.startsWith(".")) text = `0${text}`;
  const sides = text.split("=");
  if (sides.length === 2 && length(sides[0]) <= 2) text = sides[1]; // "k = 7"
  const rooted = withBracedRoots(text);
  const whole = rooted === undefined ? undefined : withBracedFractions(rooted.replaceAll(" ", ""));
  if (whole === undefined) return undefined;
  return whole === "0.5" ? "\\frac{1}{2}" : withFraction(whole);
}

function replaced(text: string, pairs: readonly (readonly [string, string])[]): string {
  return pairs.reduce((left, [from, to]) => left.replaceAll(from, to), text);
}

/** \sqrt3 → \sqrt{3} */
function withBracedRoots(text: string): string | undefined {
  const [first, ...others] = text.split("\\sqrt");
  if (others.includes("")) return undefined;
  const braced = others.map((other) => {
    if (other.startsWith("{")) return other;
    const [digit, ...rest] = other;
    return `{${digit}}${rest.join("")}`;
  });
  return [first, ...braced].join("\\sqrt");
}

/** \frac12 → \frac{1}{2}; \frac1{72} → \frac{1}{72} */
function withBracedFractions(text: string): string | undefined {
  const [first, ...others] = text.split("\\frac");
  const braced: string[] = [];
  for (const other of others) {
    if (other === "") return undefined;
    const [above, below, ...rest] = other;
    if (above === "{") braced.push(other);
    else if (below === undefined) return text;
    else braced.push(`{${above}}${below === "{" ? below : `{${below}}`}${rest.join("")}`);
  }
  return [first, ...braced].join("\\frac");
}

/** 1/2 → \frac{1}{2}, for two whole numbers. */
function withFraction(text: string): string {
  return text.replace(/^(0|-?[1-9]\d*)\/(0|-?[1-9]\d*)$/, "\\frac{$1}{$2}");
}
