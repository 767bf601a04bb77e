/**
 * What stands behind a backslash in a pattern, and what stands between `[` and `]`.
 * @module
 */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import type { Scanner } from "./scanner.ts";
import type { Category, Range } from "./tree.ts";

const refuse = refusals("pythonRegex");

/** Escapes that stand for a control character. `\b` does so in a set only. */
const CONTROLS: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };

/** How many hexadecimal digits follow. */
const HEXADECIMAL: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** The class or character behind a backslash that has been taken; undefined for what means a place or a group. */
export function scanEscape(
  scanner: Scanner,
  ascii: boolean,
  inSet: boolean,
): Range | Category | undefined {
  const letter = scanner.next;
  if (letter === undefined) throw scanner.malformed("an escape", "a backslash at the end");
  if (inSet && letter === "b") return literal(scanner, 8);
  if (/[dswDSW]/.test(letter)) {
    scanner.take();
    return { kind: "category", letter: letter as Category["letter"], ascii };
  }
  if (Object.hasOwn(CONTROLS, letter)) return literal(scanner, CONTROLS[letter]);
  if (Object.hasOwn(HEXADECIMAL, letter)) {
    scanner.take();
    const digits = scanner.takeWhile(/[0-9a-fA-F]/, HEXADECIMAL[letter]);
    const code = Number.parseInt(digits, 16);
    if (digits.length !== HEXADECIMAL[letter] || code > 0x10ffff) {
      throw scanner.malformed(`a code point behind \\${letter}`, brief(digits));
    }
    return character(code);
  }
  if (letter === "N") {
    throw refuse.unsupported(
      "pattern",
      "characters by themselves",
      "\\N{...}, a name",
      "write it as \\u....",
    );
  }
  if (letter === "0" || (inSet && /[1-7]/.test(letter))) return octal(scanner, 3);
  // Three octal digits are a character; \1 to \99 are groups.
  if (!inSet && /^[0-7]{3}/.test(scanner.ahead(3))) return octal(scanner, 3);
  if (!inSet && /[1-9]/.test(letter)) return undefined;
  if (/[a-zA-Z0-9]/.test(letter)) {
    if (!inSet && /[AZbB]/.test(letter)) return undefined;
    throw scanner.malformed("an escape that Python knows", `\\${letter}`);
  }
  return literal(scanner, letter.codePointAt(0) as number);
}

/** What stands between `[` and `]`, the `[` taken. */
export function scanSet(
  scanner: Scanner,
  ascii: boolean,
): { readonly negated: boolean; readonly items: readonly (Range | Category)[] } {
  const negated = scanner.takeIf("^");
  const items: (Range | Category)[] = [];
  for (let first = true; first || scanner.next !== "]"; first = false) {
    const low = member(scanner, ascii);
    if (scanner.next !== "-" || scanner.ahead(2) === "-]") {
      items.push(low);
      continue;
    }
    scanner.take();
    const high = member(scanner, ascii);
    if (low.kind === "category" || high.kind === "category" || high.from < low.from) {
      throw scanner.malformed("a range from one character to a later one", "another");
    }
    items.push({ kind: "range", from: low.from, to: high.from });
  }
  scanner.take();
  return { negated, items };
}

function member(scanner: Scanner, ascii: boolean): Range | Category {
  if (scanner.next === undefined) throw scanner.malformed("a ] at the end of a set", "the end");
  if (scanner.takeIf("\\")) return scanEscape(scanner, ascii, true) as Range | Category;
  return character(scanner.take().codePointAt(0) as number);
}

/** One character. */
export function character(code: number): Range {
  return { kind: "range", from: code, to: code };
}

function literal(scanner: Scanner, code: number): Range {
  scanner.take();
  return character(code);
}

function octal(scanner: Scanner, most: number): Range {
  const code = Number.parseInt(scanner.takeWhile(/[0-7]/, most), 8);
  if (code > 0o377) throw scanner.malformed("an octal number up to 377", code.toString(8));
  return character(code);
}
