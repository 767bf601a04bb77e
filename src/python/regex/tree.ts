/**
 * A pattern of Python's `re` as a tree, and what can be said about it without a text: how many characters it takes,
 * which groups it has set when it has matched.
 * @module
 */

/** How letters are compared: as they are, without case, or without case among ASCII's alone. */
export type Fold = "exact" | "unicode" | "ascii";

/** A class that has a name: `\d`, `\S` and so on, in Unicode or in ASCII. */
export interface Category {
  readonly kind: "category";
  readonly letter: "d" | "s" | "w" | "D" | "S" | "W";
  readonly ascii: boolean;
}

/** Code points from `from` to `to`, both included. */
export interface Range {
  readonly kind: "range";
  readonly from: number;
  readonly to: number;
}

/** One of several characters; a literal is a set of one. */
export interface CharacterSet {
  readonly kind: "set";
  readonly negated: boolean;
  readonly items: readonly (Range | Category)[];
  readonly fold: Fold;
}

/** A place in the text. `^` and `$` are `lineStart` and `lineEnd` with `(?m)`, else `textStart` and `beforeLast`. */
export interface Place {
  readonly kind: "place";
  readonly at:
    | "textStart"
    | "textEnd"
    | "beforeLast"
    | "lineStart"
    | "lineEnd"
    | "boundary"
    | "noBoundary";
  readonly ascii: boolean;
}

/**
 * What stands between `(` and `)`: counted, if it has an index. What an atomic one has once matched stays: `(?>...)`, or
 * a repetition such as `a*+`.
 */
export interface Group {
  readonly kind: "group";
  readonly index?: number;
  readonly atomic?: "group" | "repeat";
  readonly body: Tree;
}

export interface Look {
  readonly kind: "look";
  readonly behind: boolean;
  readonly negated: boolean;
  readonly body: Tree;
}

export interface Repeat {
  readonly kind: "repeat";
  readonly min: number;
  readonly max: number;
  readonly lazy: boolean;
  readonly body: Tree;
}

/** What a group has matched, once more. */
export interface Reference {
  readonly kind: "reference";
  readonly group: number;
  readonly fold: Fold;
}

export type Tree =
  | CharacterSet
  | { readonly kind: "any"; readonly newlines: boolean }
  | Place
  | Group
  | Look
  | Repeat
  | Reference
  | { readonly kind: "sequence"; readonly items: readonly Tree[] }
  | { readonly kind: "branch"; readonly branches: readonly Tree[] };

/** The fewest and the most characters that a tree takes. */
export type Width = readonly [fewest: number, most: number];

/** @param groups the widths of groups that are complete, by index. */
export function widthOf(tree: Tree, groups: ReadonlyMap<number, Width>): Width {
  switch (tree.kind) {
    case "set":
    case "any":
      return [1, 1];
    case "place":
    case "look":
      return [0, 0];
    case "group":
      return widthOf(tree.body, groups);
    case "reference":
      return groups.get(tree.group) ?? [0, Number.POSITIVE_INFINITY];
    case "repeat": {
      const [fewest, most] = widthOf(tree.body, groups);
      return [fewest * tree.min, most === 0 || tree.max === 0 ? 0 : most * tree.max];
    }
    case "sequence": {
      const widths = tree.items.map((item) => widthOf(item, groups));
      return [sum(widths.map(([fewest]) => fewest)), sum(widths.map(([, most]) => most))];
    }
    case "branch": {
      const widths = tree.branches.map((branch) => widthOf(branch, groups));
      return [
        Math.min(...widths.map(([fewest]) => fewest)),
        Math.max(...widths.map(([, most]) => most)),
      ];
    }
  }
}

/** The parts of a tree. */
export function partsOf(tree: Tree): readonly Tree[] {
  if (tree.kind === "sequence") return tree.items;
  if (tree.kind === "branch") return tree.branches;
  return "body" in tree ? [tree.body] : [];
}

/** The groups within a tree, set or not. */
export function groupsIn(tree: Tree): readonly number[] {
  const own = tree.kind === "group" && tree.index !== undefined ? [tree.index] : [];
  return [...own, ...partsOf(tree).flatMap(groupsIn)];
}

/** The groups that are certainly set when the tree has matched. */
export function groupsSetBy(tree: Tree): readonly number[] {
  if (tree.kind === "repeat" && tree.min === 0) return [];
  if (tree.kind === "look" && tree.negated) return [];
  if (tree.kind === "branch") {
    const [first, ...others] = tree.branches.map(groupsSetBy);
    return first.filter((group) => others.every((other) => other.includes(group)));
  }
  const own = tree.kind === "group" && tree.index !== undefined ? [tree.index] : [];
  return [...own, ...partsOf(tree).flatMap(groupsSetBy)];
}

/** Whether a tree tries to match nothing only after everything else. */
export function isEmptyLast(tree: Tree, groups: ReadonlyMap<number, Width>): boolean {
  const [fewest] = widthOf(tree, groups);
  if (fewest > 0) return true;
  if (tree.kind === "repeat") return !tree.lazy && isEmptyLast(tree.body, groups);
  if (tree.kind === "branch") {
    const last = tree.branches.length - 1;
    return tree.branches.every((branch, i) =>
      i === last ? isEmptyLast(branch, groups) : widthOf(branch, groups)[0] > 0,
    );
  }
  if (tree.kind === "look") return true;
  return partsOf(tree).every((part) => isEmptyLast(part, groups));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
