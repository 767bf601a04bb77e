/**
 * White space as Python's `str` knows it, and strings cut at it. Python's white space has U+001C to U+001F and U+0085,
 * and not U+FEFF; JavaScript's `trim` sees it the other way round.
 * @module
 */

/** Members of a class of a regular expression: what `str.isspace()` is true of. */
export const SPACE =
  "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const LEFT = new RegExp(`^[${SPACE}]+`);
const RIGHT = new RegExp(`[${SPACE}]$`);
const RUN = new RegExp(`[${SPACE}]+`, "g");
const LINE_ENDS = "\\n\\r\\v\\f\\x1c-\\x1e\\x85\\u2028\\u2029";
/** Where `str.splitlines()` cuts. */
const LINE_END = new RegExp(`\\r\\n|[${LINE_ENDS}]`, "g");

/**
 * `str.strip`: without white space at both ends, or without those of `characters`.
 */
export function strip(text: string, characters?: string): string {
  return rstrip(lstrip(text, characters), characters);
}

/** `str.lstrip`. */
export function lstrip(text: string, characters?: string): string {
  if (characters === undefined) return text.replace(LEFT, "");
  const points = [...text];
  const start = points.findIndex((point) => !characters.includes(point));
  return start < 0 ? "" : points.slice(start).join("");
}

/** `str.rstrip`. */
export function rstrip(text: string, characters?: string): string {
  let end = text.length;
  if (characters === undefined) {
    // From the end: /[...]+$/ would look at each stretch within the text.
    while (end > 0 && RIGHT.test(text.slice(end - 1, end))) end--;
    return text.slice(0, end);
  }
  const points = [...text];
  while (points.length > 0 && characters.includes(points[points.length - 1])) points.pop();
  return points.join("");
}

/**
 * `str.split`: at runs of white space, those at the ends being nothing; or at each `separator`, as it is.
 * @param most how many times it is cut. Default: as often as it goes.
 */
export function split(text: string, separator?: string, most = Number.POSITIVE_INFINITY): string[] {
  const parts: string[] = [];
  let rest = separator === undefined ? lstrip(text) : text;
  if (separator === undefined && rest === "") return [];
  while (parts.length < most) {
    const cut = nextCut(rest, separator);
    if (cut === undefined) break;
    const [start, end] = cut;
    parts.push(rest.slice(0, start));
    rest = rest.slice(end);
    if (separator === undefined && rest === "") return parts;
  }
  return [...parts, rest];
}

function nextCut(text: string, separator: string | undefined): [number, number] | undefined {
  if (separator !== undefined) {
    const start = text.indexOf(separator);
    return start < 0 ? undefined : [start, start + separator.length];
  }
  RUN.lastIndex = 0;
  const run = RUN.exec(text);
  return run ? [run.index, run.index + run[0].length] : undefined;
}

/** `str.splitlines`: the lines, without what ends them. */
export function splitlines(text: string): string[] {
  const lines = text.split(LINE_END);
  if (lines[lines.length - 1] === "") lines.pop();
  return lines;
}
