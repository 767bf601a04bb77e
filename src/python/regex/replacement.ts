/**
 * The second argument of `re.sub`: a text with groups in it (`Lib/re/_parser.py`, parse_template).
 * @module
 */

import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import type { Groups, PythonMatch } from "./match.ts";

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
};

/**
 * Reads a replacement.
 * @throws {ArgumentError} if it has an escape that Python does not know, or a group that is not in the pattern.
 */
export function parseReplacement(
  replacement: string,
  { names, count }: Groups,
): (match: PythonMatch) => string {
  const refuse = refusals("PythonRegex.sub");
  const parts: (string | number)[] = [];
  const group = (number: number | undefined, said: string): number => {
    if (number !== undefined && number <= count) return number;
    throw refuse.argument("replacement", "groups of the pattern", brief(said));
  };
  const special = /\\(?:g<([^>]*)>|(0[0-7]{0,2}|[0-3][0-7]{2})|([1-9][0-9]?)|([\s\S]|$))/gu;
  let end = 0;
  for (const match of replacement.matchAll(special)) {
    const [whole, name, octal, number, other] = match;
    parts.push(replacement.slice(end, match.index));
    end = match.index + whole.length;
    if (name !== undefined)
      parts.push(group(/^\d+$/.test(name) ? Number(name) : names.get(name), whole));
    else if (octal !== undefined) parts.push(String.fromCharCode(Number.parseInt(octal, 8)));
    else if (number !== undefined) parts.push(group(Number(number), whole));
    else if (Object.hasOwn(ESCAPES, other)) parts.push(ESCAPES[other]);
    else if (/^[a-zA-Z]?$/.test(other)) {
      throw refuse.argument("replacement", "escapes that Python knows", brief(whole));
    } else parts.push(whole);
  }
  parts.push(replacement.slice(end));
  return ({ groups }) =>
    parts.map((part) => (typeof part === "number" ? (groups[part] ?? "") : part)).join("");
}
