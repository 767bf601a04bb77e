/**
 * Patterns of Python's `re` (CPython 3.11, `Lib/re/_parser.py`), read into a tree. What Python refuses is refused here, too.
 * @module
 */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import { character, scanEscape, scanSet } from "./escapes.ts";
import { Scanner } from "./scanner.ts";
import { type Fold, type Place, type Tree, type Width, widthOf } from "./tree.ts";

const refuse = refusals("pythonRegex");

/** A pattern, read. */
export interface Parsed {
  readonly tree: Tree;
  /** How many groups are counted. */
  readonly groups: number;
  readonly names: ReadonlyMap<string, number>;
  readonly widths: ReadonlyMap<number, Width>;
}

/** The letters of flags that are on: `a`, `i`, `m`, `s`, `x`, as in `(?im)`. */
type Flags = ReadonlySet<string>;

/**
 * Reads a pattern.
 * @param flags those that Python would be given beside it: `"im"`.
 * @throws {ArgumentError} saying where, if Python would not compile it.
 * @throws {UnsupportedError} naming what JavaScript has no words for: `(?(1)...)`, `\N{...}`.
 */
export function parsePattern(pattern: string, flags: string): Parsed {
  const parser = new Parser(pattern, new Set(flags));
  const tree = parser.whole();
  return { tree, groups: parser.groups, names: parser.names, widths: parser.widths };
}

class Parser {
  readonly #scanner: Scanner;
  readonly names = new Map<string, number>();
  /** Of the groups that are closed. */
  readonly widths = new Map<number, Width>();
  groups = 0;
  /** Where flags for the whole pattern may still be said: at its very beginning. */
  #isAtBeginning = true;

  /** The flags of the whole pattern; (?i) adds to them. */
  readonly #global: Set<string>;

  constructor(pattern: string, flags: Set<string>) {
    this.#global = flags;
    this.#scanner = new Scanner(pattern);
  }

  whole(): Tree {
    const tree = this.#branches(this.#global);
    if (this.#scanner.next !== undefined) throw this.#scanner.malformed("no ) without a (", ")");
    return tree;
  }

  #branches(flags: Flags): Tree {
    const branches = [this.#sequence(flags)];
    while (this.#scanner.takeIf("|")) {
      this.#isAtBeginning = false;
      branches.push(this.#sequence(flags));
    }
    return branches.length === 1 ? branches[0] : { kind: "branch", branches };
  }

  #sequence(flags: Flags): Tree {
    const items: Tree[] = [];
    for (;;) {
      const { next } = this.#scanner;
      if (next === undefined || next === "|" || next === ")") return { kind: "sequence", items };
      if (flags.has("x") && this.#skip()) continue;
      const range = this.#quantifier();
      if (range) items.push(this.#repeated(items.pop(), ...range));
      else {
        const item = this.#item(flags);
        if (item) items.push(item);
      }
      // (?i)(?s) may follow each other.
      if (items.length > 0) this.#isAtBeginning = false;
    }
  }

  /** Takes white space or a comment, which (?x) leaves out. */
  #skip(): boolean {
    if (this.#scanner.takeWhile(/[ \t\n\r\v\f]/)) return true;
    if (!this.#scanner.takeIf("#")) return false;
    this.#scanner.takeWhile(/[^\n]/);
    return true;
  }

  /** `*`, `{2,}` and so on; undefined where the next is something else, as the `{` of `{x}`. */
  #quantifier(): [min: number, max: number] | undefined {
    const scanner = this.#scanner;
    if (scanner.takeIf("*")) return [0, Number.POSITIVE_INFINITY];
    if (scanner.takeIf("+")) return [1, Number.POSITIVE_INFINITY];
    if (scanner.takeIf("?")) return [0, 1];
    const { position } = scanner;
    if (!scanner.takeIf("{")) return undefined;
    const low = scanner.takeWhile(/[0-9]/);
    const hasComma = scanner.takeIf(",");
    const high = hasComma ? scanner.takeWhile(/[0-9]/) : low;
    if (!scanner.takeIf("}") || (!hasComma && low === "")) {
      scanner.back(position);
      return undefined;
    }
    const [min, max] = [Number(low), high === "" ? Number.POSITIVE_INFINITY : Number(high)];
    if (max < min) throw scanner.malformed("a repetition {min,max}", `{${low},${high}}`);
    return [min, max];
  }

  #repeated(body: Tree | undefined, min: number, max: number): Tree {
    const scanner = this.#scanner;
    if (!body || body.kind === "place") throw scanner.malformed("something to repeat", "nothing");
    if (body.kind === "repeat" || (body.kind === "group" && body.atomic === "repeat")) {
      throw scanner.malformed("one repetition of a thing", "another");
    }
    const lazy = scanner.takeIf("?");
    const repeat: Tree = { kind: "repeat", min, max, lazy, body };
    if (lazy || !scanner.takeIf("+")) return repeat;
    return { kind: "group", atomic: "repeat", body: repeat };
  }

  /** One thing; undefined for a comment, and flags. */
  #item(flags: Flags): Tree | undefined {
    const scanner = this.#scanner;
    const [fold, ascii] = [foldOf(flags), flags.has("a")];
    const place = (at: Place["at"]): Tree => ({ kind: "place", at, ascii });
    const next = scanner.take();
    if (next === ".") return { kind: "any", newlines: flags.has("s") };
    if (next === "^") return place(flags.has("m") ? "lineStart" : "textStart");
    if (next === "$") return place(flags.has("m") ? "lineEnd" : "beforeLast");
    if (next === "[") return { kind: "set", fold, ...scanSet(scanner, ascii) };
    if (next === "(") return this.#parenthesis(flags);
    if (next === "\\") {
      const item = scanEscape(scanner, ascii, false);
      if (item) return { kind: "set", negated: false, items: [item], fold };
      if (scanner.takeIf("A")) return place("textStart");
      if (scanner.takeIf("Z")) return place("textEnd");
      if (scanner.takeIf("b")) return place("boundary");
      if (scanner.takeIf("B")) return place("noBoundary");
      return this.#reference(Number(scanner.takeWhile(/[0-9]/, 2)), fold);
    }
    const items = [character(next.codePointAt(0) as number)];
    return { kind: "set", negated: false, items, fold };
  }

  #reference(group: number, fold: Fold): Tree {
    const scanner = this.#scanner;
    if (group > this.groups) throw scanner.malformed("a group that there is", `group ${group}`);
    if (!this.widths.has(group))
      throw scanner.malformed("a group that is closed", `group ${group}`);
    return { kind: "reference", group, fold };
  }

  #parenthesis(flags: Flags): Tree | undefined {
    const scanner = this.#scanner;
    if (!scanner.takeIf("?")) return this.#counted(flags);
    if (scanner.takeIf(":")) return { kind: "group", body: this.#closed(flags) };
    if (scanner.takeIf(">")) return { kind: "group", atomic: "group", body: this.#closed(flags) };
    if (scanner.takeIf("#")) {
      scanner.takeUntil(")", "a comment");
      return undefined;
    }
    for (const [sign, behind] of [
      ["", false],
      ["<", true],
    ] as const) {
      for (const [last, negated] of [
        ["=", false],
        ["!", true],
      ] as const) {
        if (scanner.takeIf(`${sign}${last}`)) return this.#look(behind, negated, flags);
      }
    }
    if (scanner.takeIf("P<")) return this.#counted(flags, scanner.takeUntil(">", "a name"));
    if (scanner.takeIf("P=")) {
      const name = scanner.takeUntil(")", "a name");
      const group = this.names.get(name);
      if (group === undefined) throw scanner.malformed("the name of a group", brief(name));
      return this.#reference(group, foldOf(flags));
    }
    if (scanner.takeIf("(")) {
      throw refuse.unsupported(
        "pattern",
        "no conditions",
        `(?(${scanner.takeUntil(")", "a condition")})...)`,
      );
    }
    return this.#flags(flags);
  }

  #counted(flags: Flags, name?: string): Tree {
    const index = ++this.groups;
    if (name !== undefined) {
      const isName = /^[\p{ID_Start}_]\p{ID_Continue}*$/u.test(name);
      if (!isName || this.names.has(name)) {
        throw this.#scanner.malformed("a new name, of letters, digits and _", brief(name));
      }
      this.names.set(name, index);
    }
    const body = this.#closed(flags);
    this.widths.set(index, widthOf(body, this.widths));
    return { kind: "group", index, body };
  }

  #look(behind: boolean, negated: boolean, flags: Flags): Tree {
    const body = this.#closed(flags);
    const [fewest, most] = widthOf(body, this.widths);
    if (behind && fewest !== most) {
      throw this.#scanner.malformed(
        "as many characters each time, behind (?<",
        `${fewest} to ${most}`,
      );
    }
    return { kind: "look", behind, negated, body };
  }

  /** `(?i)` for the whole pattern, and `(?i-s:...)` for a part. */
  #flags(flags: Flags): Tree | undefined {
    const scanner = this.#scanner;
    const on = scanner.takeWhile(/[aimsux]/);
    const off = scanner.takeIf("-") ? scanner.takeWhile(/[imsx]/, 4) : undefined;
    const isPart = scanner.takeIf(":");
    const isWhole = !isPart && on !== "" && off === undefined && scanner.takeIf(")");
    const contradicts = [...(off ?? "")].some((flag) => on.includes(flag)) || off === "";
    if ((!isPart && !isWhole) || contradicts || (on.includes("a") && on.includes("u"))) {
      throw scanner.malformed("something that may stand behind (?", brief(scanner.ahead(5)));
    }
    if (isWhole) {
      if (!this.#isAtBeginning) throw scanner.malformed(`(?${on}) at the beginning`, "it later");
      for (const flag of on) this.#global.add(flag);
      return undefined;
    }
    const within = new Set([...flags, ...on].filter((flag) => !off?.includes(flag)));
    if (on.includes("u")) within.delete("a");
    return { kind: "group", body: this.#closed(within) };
  }

  /** What stands before the next `)`, which is taken. */
  #closed(flags: Flags): Tree {
    this.#isAtBeginning = false;
    const body = this.#branches(flags);
    if (!this.#scanner.takeIf(")")) throw this.#scanner.malformed("a ) for each (", "the end");
    return body;
  }
}

function foldOf(flags: Flags): Fold {
  if (!flags.has("i")) return "exact";
  return flags.has("a") ? "ascii" : "unicode";
}
