/**
 * Strings cut, counted, cased and cleaned as Python's `str` does it. Python counts code points, where JavaScript counts
 * UTF-16 units. Its white space has U+001C to U+001F and U+0085, and not U+FEFF; `trim` sees it the other way round. Cases
 * agree with CPython's but for letters that a later Unicode than its own has added.
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
export function split(
  text: string,
  separator?: string,
  most: number = Number.POSITIVE_INFINITY,
): string[] {
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

/** `string.punctuation`: the 32 of ASCII. */
export const PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/** `string.digits`. */
export const DIGITS = "0123456789";

/** `len(text)`: code points. */
export function length(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** `len(text.encode())`: bytes in UTF-8. */
export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** `text[start:end]`, in code points; negative numbers count from the end. */
export function slice(text: string, start?: number, end?: number): string {
  return [...text].slice(start, end).join("");
}

/** `str.lower`. */
export function lower(text: string): string {
  return text.toLowerCase();
}

/** `str.upper`. */
export function upper(text: string): string {
  return text.toUpperCase();
}

/** `str.capitalize`: the first letter in title case, all others in lower case. */
export function capitalize(text: string): string {
  const [first = ""] = text;
  // The rest is lowered within the whole: whether a Σ is the last letter depends on what stands before it.
  return titleCase(first) + lower(text).slice(lower(first).length);
}

/** `str.title`: in each run of letters the first in title case, the others in lower case. */
export function title(text: string): string {
  return text.replace(/\p{Cased}+/gu, (run, at: number) => {
    const [first] = run;
    // Lowered where it stands, for the sake of Σ.
    const before = lower(text.slice(0, at + first.length)).length;
    const lowered = lower(text);
    return (
      titleCase(first) + lowered.slice(before, before + lower(run).length - lower(first).length)
    );
  });
}

/** `text.translate(str.maketrans("", "", characters))`: without `characters`. */
export function without(text: string, characters: string): string {
  return [...text].filter((point) => !characters.includes(point)).join("");
}

/** Without what Unicode calls punctuation (categories P...): which is more than {@link PUNCTUATION}, and less: "$" is a symbol. */
export function withoutPunctuation(text: string): string {
  return text.replace(/\p{P}/gu, "");
}

/** The title case of one letter. For most that is the upper case; of two letters in one, such as ǆ, only one becomes large. */
function titleCase(letter: string): string {
  const [low, up] = [letter.toLowerCase(), letter.toUpperCase()];
  // Georgian letters have capitals, but nobody writes them at the beginning of a word alone.
  if (/^(?:\p{Lt}|[\u10d0-\u10ff])$/u.test(letter)) return letter;
  const of = TITLES.get(low);
  if (of !== undefined) return of;
  // An iota below the letter stays below.
  if (up.length > 1 && up.endsWith("Ι") && letter.normalize("NFD").endsWith("\u0345")) {
    return `${up.slice(0, -1)}\u0345`;
  }
  // ß, ﬁ and their like: SS in upper case, Ss in title case.
  const points = [...up];
  if (points.length > 1 && letter !== "ŉ")
    return points[0] + points.slice(1).join("").toLowerCase();
  return up;
}

/** Letters in title case that differ from their upper case, by their lower case: ǆ → ǅ, ᾳ → ᾼ. */
const TITLES = new Map(
  [..."ǅǈǋǲᾈᾉᾊᾋᾌᾍᾎᾏᾘᾙᾚᾛᾜᾝᾞᾟᾨᾩᾪᾫᾬᾭᾮᾯᾼῌῼ"].map((letter) => [lower(letter), letter]),
);
