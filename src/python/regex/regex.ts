/**
 * Python's `re` on JavaScript's `RegExp`: the same matches, found one after the other as Python finds them.
 * @module
 */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import { emit } from "./emit.ts";
import type { PythonMatch } from "./match.ts";
import { type Parsed, parsePattern } from "./parse.ts";
import { parseReplacement } from "./replacement.ts";

/**
 * A compiled pattern, as `re.compile` gives it for a `str`.
 *
 *     pythonRegex(String.raw`#### (\-?[0-9\.\,]+)`).findall("#### 1,234"); // ["1,234"]
 */
export class PythonRegex {
  readonly pattern: string;
  readonly flags: string;
  /** The numbers of groups by their names. */
  readonly names: ReadonlyMap<string, number>;
  /** How many groups there are. */
  readonly count: number;
  readonly #parsed: Parsed;
  readonly #search: Compiled;
  /** Made when they are asked for. */
  readonly #others = new Map<Other, Compiled>();

  /** Use {@link pythonRegex}. */
  constructor(pattern: string, flags: string) {
    this.pattern = pattern;
    this.flags = flags;
    const parsed = parsePattern(pattern, flags);
    this.names = parsed.names;
    this.count = parsed.groups;
    this.#parsed = parsed;
    this.#search = compiled(parsed, "", "", "gu");
  }

  /** The first match anywhere; undefined if there is no match. */
  search(text: string): PythonMatch | undefined {
    return found(this.#search, text, 0);
  }

  /** The match at the beginning. */
  match(text: string): PythonMatch | undefined {
    return found(this.#other("match"), text, 0);
  }

  /** The match that is the whole text. */
  fullmatch(text: string): PythonMatch | undefined {
    return found(this.#other("fullmatch"), text, 0);
  }

  /** All matches, from left to right, none within another. */
  *finditer(text: string): Generator<PythonMatch> {
    let at = 0;
    let wasEmpty = false;
    for (;;) {
      // After an empty match the next may begin at the same place, if there is something in it.
      const match: PythonMatch | undefined =
        (wasEmpty && at < text.length ? found(this.#other("nonEmpty"), text, at) : undefined) ??
        found(this.#search, text, wasEmpty ? after(text, at) : at);
      if (!match) return;
      yield match;
      at = match.end;
      wasEmpty = match.start === match.end;
    }
  }

  /**
   * `re.findall`: the matches; where the pattern has one group, what it matched; where it has several, a list of those for
   * each match. A group that has not matched gives "".
   */
  findall(text: string): (string | string[])[] {
    return [...this.finditer(text)].map(({ groups }) => {
      const texts = groups.map((group) => group ?? "");
      if (texts.length > 2) return texts.slice(1);
      return texts[texts.length - 1];
    });
  }

  /**
   * `re.sub`: `text` with each match replaced.
   * @param replacement a text in which `\1`, `\g<1>` and `\g<name>` are groups, or a function.
   * @param most how many matches are replaced. Default 0: all.
   */
  sub(replacement: string | ((match: PythonMatch) => string), text: string, most = 0): string {
    const expand =
      typeof replacement === "string" ? parseReplacement(replacement, this) : replacement;
    let [result, end, done] = ["", 0, 0];
    for (const match of this.finditer(text)) {
      result += text.slice(end, match.start) + expand(match);
      end = match.end;
      if (++done === most) break;
    }
    return result + text.slice(end);
  }

  /**
   * `re.split`: what stands between the matches, and between those the groups, if there are any.
   * @param most how many times it is split. Default 0: as often as it goes.
   */
  split(text: string, most = 0): (string | undefined)[] {
    const parts: (string | undefined)[] = [];
    let [end, done] = [0, 0];
    for (const match of this.finditer(text)) {
      parts.push(text.slice(end, match.start), ...match.groups.slice(1));
      end = match.end;
      if (++done === most) break;
    }
    return [...parts, text.slice(end)];
  }

  #other(kind: Other): Compiled {
    const made = this.#others.get(kind) ?? compiled(this.#parsed, ...OTHERS[kind], "yu");
    this.#others.set(kind, made);
    return made;
  }
}

type Other = "match" | "fullmatch" | "nonEmpty";

/**
 * What stands before and behind a pattern. A match takes something if what follows it is less than what followed before
 * it: so the whole rest is remembered, and must not follow once more.
 */
const OTHERS: Readonly<Record<Other, readonly [before: string, behind: string]>> = {
  match: ["", ""],
  fullmatch: ["", "$"],
  nonEmpty: ["(?=([^]*))", "(?!\\1$)"],
};

/** A compiled pattern, and the number in JavaScript of each of Python's groups. */
interface Compiled {
  readonly regex: RegExp;
  readonly groups: readonly number[];
}

function compiled(parsed: Parsed, before: string, behind: string, flags: string): Compiled {
  const { source, groups } = emit(parsed, before === "" ? 0 : 1);
  return { regex: new RegExp(`${before}(?:${source})${behind}`, flags), groups };
}

function found({ regex, groups }: Compiled, text: string, at: number): PythonMatch | undefined {
  if (at > text.length) return undefined;
  regex.lastIndex = at;
  let match = regex.exec(text);
  // V8 finds empty matches between the two units of a character, too.
  while (match && isWithinCharacter(text, match.index)) {
    regex.lastIndex = match.index + 1;
    match = regex.exec(text);
  }
  if (!match) return undefined;
  const texts = groups.map((group) => match[group] as string | undefined);
  return { groups: texts, start: match.index, end: match.index + match[0].length };
}

function isWithinCharacter(text: string, at: number): boolean {
  return at > 0 && (text.codePointAt(at - 1) as number) > 0xffff;
}

/** The place one character further on. */
function after(text: string, at: number): number {
  return at + ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);
}

/**
 * Compiles a pattern of Python's `re` (CPython 3.11), for matches that equal Python's.
 * @param flags as in `(?im)`: `a`, `i`, `m`, `s`, `u`, `x`.
 * @throws {ArgumentError} saying where, if Python does not compile it either.
 * @throws {UnsupportedError} naming what cannot be said in JavaScript: {@link PythonRegex}.
 */
export function pythonRegex(pattern: string, flags = ""): PythonRegex {
  const refuse = refusals("pythonRegex");
  if (typeof pattern !== "string") throw refuse.argument("pattern", "a text", brief(pattern));
  if (typeof flags !== "string" || /[^aimsux]/.test(flags)) {
    throw refuse.argument("flags", "letters of aimsux", brief(flags));
  }
  return new PythonRegex(pattern, flags);
}

/** `re.escape`: a pattern that matches `text` as it is. */
export function escapePattern(text: string): string {
  return text.replace(/[()[\]{}?*+\-|^$\\.&~# \t\n\r\v\f]/g, "\\$&");
}
