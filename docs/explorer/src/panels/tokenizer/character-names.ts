/**
 * Names for characters that cannot be seen, or not by themselves.
 * @module
 */
import type { Named } from "./question.ts";

const NAMES: Readonly<Record<string, string>> = {
  "\t": "tab",
  "\n": "line feed",
  "\r": "carriage return",
  "\u00a0": "no-break space",
  "\u00ad": "soft hyphen",
  "\u0300": "combining grave",
  "\u0301": "combining acute",
  "\u0302": "combining circumflex",
  "\u0303": "combining tilde",
  "\u0304": "combining macron",
  "\u0308": "combining diaeresis",
  "\u030a": "combining ring above",
  "\u030c": "combining caron",
  "\u0327": "combining cedilla",
  "\u200b": "zero width space",
  "\u200c": "zero width non-joiner",
  "\u200d": "zero width joiner",
  "\u200e": "left-to-right mark",
  "\u200f": "right-to-left mark",
  "\u202f": "narrow no-break space",
  "\u2060": "word joiner",
  "\u20e3": "combining keycap",
  "\ufe0e": "text style selector",
  "\ufe0f": "emoji style selector",
  "\ufeff": "byte order mark",
  "\ufffd": "replacement character",
};

/** The kinds of character that have no name above. */
const KINDS = [
  [/^\p{M}/u, "combining mark"],
  [/^\p{Cf}/u, "invisible format character"],
  [/^\p{Cc}/u, "control character"],
  [/^[\p{Zs}\p{Zl}\p{Zp}]/u, "space"],
] as const;

/** A name, if it needs one. */
export function nameOf(character: string): string | undefined {
  if (character === " ") return undefined;
  return NAMES[character] ?? KINDS.find(([kind]) => kind.test(character))?.[1];
}

/** Those of a text that need a name, each once, in their order. */
export function namedIn(text: string): Named[] {
  const named: Named[] = [];
  for (const character of new Set(text)) {
    const name = nameOf(character);
    if (name !== undefined) named.push({ character, name });
  }
  return named;
}
