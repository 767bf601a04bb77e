/**
 * Strings counted, cased and cleaned as Python's `str` does it: by code points, where JavaScript counts UTF-16 units.
 * Cases agree with CPython's but for letters that a later Unicode than its own has added.
 * @module
 */

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
