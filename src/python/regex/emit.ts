/**
 * A pattern of Python's as the source of a JavaScript `RegExp` with the flag `u`. Classes and places are spelled out,
 * since those of the same name differ:
 *
 *     \d \w \s    Unicode in Python, ASCII (but for \s) in JavaScript; \w has no combining marks, \s no U+FEFF
 *     \b          between those two; \B is nowhere in an empty text
 *     $           before a newline at the end, too
 *     .           everything but "\n"; JavaScript leaves out "\r", U+2028 and U+2029 as well
 *
 * In three places both languages have a construct, but with another meaning: a group that a repetition sets in some of
 * its rounds (JavaScript forgets it in the next, Python does not), a reference to a group that has not matched (empty in
 * JavaScript, no match in Python), rounds that match nothing. There is no translation of those; they are refused by name.
 * @module
 */
import { refusals } from "../../errors.ts";
import { SPACE } from "../text.ts";
import { withoutCase } from "./case.ts";
import type { Parsed } from "./parse.ts";
import {
  type Category,
  type CharacterSet,
  groupsIn,
  groupsSetBy,
  isEmptyLast,
  type Place,
  type Range,
  type Repeat,
  type Tree,
  widthOf,
} from "./tree.ts";

const refuse = refusals("pythonRegex");

/** The members of each class, to stand between `[` and `]`. */
const UNICODE = {
  d: "\\p{Nd}",
  s: SPACE,
  w: "\\p{L}\\p{N}_",
};
const ASCII = { d: "0-9", s: "\\t-\\r\\x20", w: "a-zA-Z0-9_" };

/** A pattern in JavaScript. */
export interface Emitted {
  readonly source: string;
  /** The number in JavaScript of each group, by its number in Python; [0] is the whole match. */
  readonly groups: readonly number[];
}

/**
 * @param before how many groups of JavaScript's stand before the source.
 * @throws {UnsupportedError} naming what has another meaning in JavaScript.
 */
export function emit(parsed: Parsed, before: number): Emitted {
  const emitter = new Emitter(parsed, before);
  const source = emitter.tree(parsed.tree, new Set());
  return { source, groups: emitter.groups };
}

class Emitter {
  readonly groups: number[] = [0];
  /** JavaScript's groups so far: Python's, and one for each atomic group. */
  #count: number;

  readonly #parsed: Parsed;

  constructor(parsed: Parsed, before: number) {
    this.#parsed = parsed;
    this.#count = before;
  }

  /** @param set the groups that have certainly matched before; those of `tree` are added. */
  tree(tree: Tree, set: Set<number>): string {
    switch (tree.kind) {
      case "set":
        return setSource(tree);
      case "any":
        return tree.newlines ? "[^]" : "[^\\n]";
      case "place":
        return placeSource(tree);
      case "sequence":
        return tree.items.map((item) => this.tree(item, set)).join("");
      case "branch": {
        const sources = tree.branches.map((branch) => this.tree(branch, new Set(set)));
        for (const group of groupsSetBy(tree)) set.add(group);
        return `(?:${sources.join("|")})`;
      }
      case "group": {
        if (tree.atomic) {
          const own = ++this.#count;
          return `(?=(${this.tree(tree.body, set)}))\\${own}(?:)`;
        }
        if (tree.index === undefined) return `(?:${this.tree(tree.body, set)})`;
        this.groups[tree.index] = ++this.#count;
        const body = this.tree(tree.body, set);
        set.add(tree.index);
        return `(${body})`;
      }
      case "look": {
        const body = this.tree(tree.body, tree.negated ? new Set(set) : set);
        return `(?${tree.behind ? "<" : ""}${tree.negated ? "!" : "="}${body})`;
      }
      case "repeat":
        return this.#repeat(tree, set);
      case "reference": {
        const got = `a reference to group ${tree.group}, which may not have matched`;
        if (!set.has(tree.group))
          throw refuse.unsupported("pattern", "groups that have matched", got);
        if (tree.fold !== "exact") {
          const without = "a reference without regard to case";
          throw refuse.unsupported("pattern", "references as they are", without);
        }
        return `\\${this.groups[tree.group]}(?:)`;
      }
    }
  }

  #repeat(tree: Repeat, set: Set<number>): string {
    const { min, max, lazy, body } = tree;
    const { widths } = this.#parsed;
    const mayBeEmpty = widthOf(body, widths)[0] === 0;
    const inside = groupsIn(body);
    if (max > 1) {
      const certain = groupsSetBy(body);
      const uncertain = inside.find((group) => !certain.includes(group));
      if (uncertain !== undefined) {
        const got = `group ${uncertain}, which may match in some rounds only`;
        throw refuse.unsupported("pattern", "groups that every round of a repetition sets", got);
      }
      if (mayBeEmpty && (inside.length > 0 || lazy || !isEmptyLast(body, widths))) {
        const got = "a repetition of something that may be empty";
        throw refuse.unsupported(
          "pattern",
          "rounds that match something",
          got,
          "leave out a * or a ?",
        );
      }
    }
    const source = this.tree(body, min === 0 ? new Set(set) : set);
    // In JavaScript X? does not match an empty X: it would be a round for nothing.
    if (mayBeEmpty && min === 0 && max === 1) return lazy ? `(?:|${source})` : `(?:${source}|)`;
    const times = max === Number.POSITIVE_INFINITY ? `{${min},}` : `{${min},${max}}`;
    return `(?:${source})${times}${lazy ? "?" : ""}`;
  }
}

function setSource({ negated, items, fold }: CharacterSet): string {
  const ranges = items.filter((item): item is Range => item.kind === "range");
  const categories = items.filter((item): item is Category => item.kind === "category");
  const all = fold === "exact" ? ranges : withoutCase(ranges, fold === "ascii");
  // A negated class cannot stand among others by its members, but it can beside them.
  const members = [...all.map(rangeSource), ...categories.map(memberSource)].join("");
  const others = categories.filter(({ letter }) => letter < "a").map(memberOfNegated);
  if (others.length === 0) return `[${negated ? "^" : ""}${members}]`;
  const choices = [members && `[${members}]`, ...others].filter(Boolean).join("|");
  return negated ? `(?:(?!${choices})[^])` : `(?:${choices})`;
}

function membersOf({ letter, ascii }: Category): string {
  return (ascii ? ASCII : UNICODE)[letter.toLowerCase() as "d" | "s" | "w"];
}

const memberSource = (category: Category) => (category.letter < "a" ? "" : membersOf(category));
const memberOfNegated = (category: Category) => `[^${membersOf(category)}]`;

function rangeSource({ from, to }: Range): string {
  const escaped = (code: number) => `\\u{${code.toString(16)}}`;
  return from === to ? escaped(from) : `${escaped(from)}-${escaped(to)}`;
}

function placeSource({ at, ascii }: Place): string {
  const word = `[${(ascii ? ASCII : UNICODE).w}]`;
  switch (at) {
    case "textStart":
      return "(?:^)";
    case "textEnd":
      return "(?:$)";
    case "beforeLast":
      return "(?=\\n?$)";
    case "lineStart":
      return "(?:^|(?<=\\n))";
    case "lineEnd":
      return "(?=\\n|$)";
    case "boundary":
      return `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`;
    case "noBoundary":
      return `(?:(?<=${word})(?=${word})|(?<!${word})(?!${word})(?!(?<![^])$))`;
  }
}
