/** Personal data in a form that tells nothing. @module */
import type { TextSpan } from "./matches.ts";

/** A text with its digits and letters replaced by 0 and x, as long as before: its form, and nothing that it tells. */
export function masked(text: string): string {
  const by = (sign: string) => (character: string) => sign.repeat(character.length);
  return text.replace(/\p{L}/gu, by("x")).replace(/\p{N}/gu, by("0"));
}

/** A text in which `spans` alone are masked. */
export function maskedAt(text: string, spans: Iterable<TextSpan>): string {
  let [shown, from] = ["", 0];
  for (const { begin, end } of [...spans].sort((a, b) => a.begin - b.begin)) {
    if (end <= from) continue;
    shown +=
      text.slice(from, Math.max(from, begin)) + masked(text.slice(Math.max(from, begin), end));
    from = end;
  }
  return shown + text.slice(from);
}
