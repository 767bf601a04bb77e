/**
 * Values as Python writes them, and back: `repr`, `str` and `ast.literal_eval`, for what JSON has: texts, numbers, True, False, None,
 * lists and dicts. A number without a fraction is written as an int: JavaScript does not tell 1.0 from 1.
 * @module
 */

/** A tuple: a list that is written with round brackets. */
export class Tuple extends Array<unknown> {}

/** `str(value)`: a text as it is, all else as `repr`. */
export function pythonStr(value: unknown): string {
  return typeof value === "string" ? value : pythonRepr(value);
}

/** `repr(value)`. */
export function pythonRepr(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "string") return quoted(value);
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return numeral(value);
  if (Array.isArray(value)) {
    const items = Array.from(value, pythonRepr);
    if (!(value instanceof Tuple)) return `[${items.join(", ")}]`;
    return items.length === 1 ? `(${items[0]},)` : `(${items.join(", ")})`;
  }
  if (typeof value === "object") {
    const items = Object.entries(value).map(([key, item]) => `${quoted(key)}: ${pythonRepr(item)}`);
    return `{${items.join(", ")}}`;
  }
  return String(value);
}

const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
/** What `str.isprintable` is false of, and the backslash. */
const ESCAPED = /[\\\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(ESCAPED, (character) => {
    if (character === "\\") return "\\\\";
    if (NAMED[character]) return NAMED[character];
    const code = character.codePointAt(0) ?? 0;
    const hex = (width: number) => code.toString(16).padStart(width, "0");
    if (code < 0x100) return `\\x${hex(2)}`;
    return code < 0x10000 ? `\\u${hex(4)}` : `\\U${hex(8)}`;
  });
  return `${quote}${quote === "'" ? escaped.replaceAll("'", "\\'") : escaped}${quote}`;
}

function numeral(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  if (Number.isInteger(value)) return BigInt(value).toString();
  const [digits, exponent] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power >= -4) return String(value);
  return `${digits}e-${String(-power).padStart(2, "0")}`;
}

/** What {@link literalEval} gives for a text that is no literal. */
export const NO_LITERAL: unique symbol = Symbol("no literal");

/** `ast.literal_eval(text)`; a tuple is a list here. {@link NO_LITERAL} where Python would raise an error. */
export function literalEval(text: string): unknown {
  const reader = new Reader(text);
  try {
    const value = reader.all();
    return reader.atEnd() ? value : NO_LITERAL;
  } catch (error) {
    if (error === NO_LITERAL) return NO_LITERAL;
    throw error;
  }
}

const WORDS: Readonly<Record<string, unknown>> = { True: true, False: false, None: null };
const LETTERS: Readonly<Record<string, string>> = {
  ...{ n: "\n", r: "\r", t: "\t", b: "\b", f: "\f", v: "\v", a: "\x07" },
  ...{ "\\": "\\", "'": "'", '"': '"', "\n": "" },
};
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  atEnd(): boolean {
    return this.#next(/\s*/y) !== undefined && this.#at === this.#text.length;
  }

  /** A value, or a tuple without brackets. */
  all(): unknown {
    const first = this.value();
    if (!this.#is(",")) return first;
    const items = [first];
    while (!this.atEnd()) {
      items.push(this.value());
      if (!this.#is(",")) break;
    }
    return items;
  }

  value(): unknown {
    const sign = this.#next(/\s*([-+])?\s*/y)?.[1];
    const number = this.#next(/(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?![\w.])/y)?.[0];
    if (number !== undefined) return Number(number) * (sign === "-" ? -1 : 1);
    if (sign !== undefined) throw NO_LITERAL;
    const open = this.#next(/[[({]/y)?.[0];
    if (open === "[") return this.#list("]");
    if (open === "(") return this.#list(")");
    if (open === "{") return this.#dict();
    const word = this.#next(/(?:True|False|None)\b/y)?.[0];
    if (word !== undefined) return WORDS[word];
    // Texts side by side are one.
    let text = this.#string();
    if (text === undefined) throw NO_LITERAL;
    for (let more = this.#string(); more !== undefined; more = this.#string()) text += more;
    return text;
  }

  #list(close: string): unknown {
    const items: unknown[] = [];
    let hasComma = false;
    while (!this.#is(close)) {
      if (items.length > 0 && !hasComma) throw NO_LITERAL;
      items.push(this.value());
      hasComma = this.#is(",");
    }
    // (1) is 1, (1,) a tuple.
    return close === ")" && items.length === 1 && !hasComma ? items[0] : items;
  }

  #dict(): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    let hasComma = true;
    while (!this.#is("}")) {
      if (!hasComma) throw NO_LITERAL;
      const key = this.value();
      if (!this.#is(":")) throw NO_LITERAL;
      entries.push([pythonStr(key), this.value()]);
      hasComma = this.#is(",");
    }
    return Object.fromEntries(entries);
  }

  #string(): string | undefined {
    const quote = this.#next(/\s*(['"])/y)?.[1];
    if (quote === undefined) return undefined;
    let text = "";
    for (;;) {
      const character = this.#text[this.#at++];
      if (character === undefined || character === "\n") throw NO_LITERAL;
      if (character === quote) return text;
      text += character === "\\" ? this.#escape() : character;
    }
  }

  #escape(): string {
    const letter = this.#text[this.#at++] ?? "";
    if (Object.hasOwn(LETTERS, letter)) return LETTERS[letter];
    const count = HEX_DIGITS[letter];
    if (count === undefined) return `\\${letter}`;
    const digits = this.#text.slice(this.#at, this.#at + count);
    if (!/^[0-9a-fA-F]+$/.test(digits) || digits.length < count) throw NO_LITERAL;
    this.#at += count;
    return String.fromCodePoint(Number.parseInt(digits, 16));
  }

  #is(character: string): boolean {
    this.#next(/\s*/y);
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #next(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text) ?? undefined;
    if (match) this.#at = pattern.lastIndex;
    return match;
  }
}
