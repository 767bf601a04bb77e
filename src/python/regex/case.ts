/**
 * Letters that `re.IGNORECASE` takes for each other. CPython compares lower cases, and where several lower cases have
 * one upper case (i and ı, s and ſ, σ and ς) takes those for each other, too (`Lib/re/_casefix.py`). JavaScript folds
 * case in another way: to it i, İ and ı are three letters. So classes are spelled out here, and the flag `i` is not used.
 * @module
 */
import type { Range } from "./tree.ts";

/** The last code point that has a case in Unicode 15 is U+1E943. */
const LAST_CASED = 0x1ffff;

/** A letter, all that it may stand for (itself included). Letters without case are missing. */
let variants: ReadonlyMap<number, readonly number[]> | undefined;

/** The letters that stand for a code point where case is ignored, itself included. */
export function caseVariants(code: number): readonly number[] {
  variants ??= unicodeVariants();
  return variants.get(code) ?? [code];
}

/** The letters of `ranges`, and all that stand for one of them. */
export function withoutCase(ranges: readonly Range[], ascii: boolean): readonly Range[] {
  const added: Range[] = [];
  const add = (code: number) => added.push({ kind: "range", from: code, to: code });
  if (ascii) {
    for (const { from, to } of ranges) {
      for (let code = Math.max(from, 0x41); code <= Math.min(to, 0x5a); code++) add(code + 0x20);
      for (let code = Math.max(from, 0x61); code <= Math.min(to, 0x7a); code++) add(code - 0x20);
    }
    return [...ranges, ...added];
  }
  variants ??= unicodeVariants();
  for (const { from, to } of ranges) {
    if (from === to) for (const code of caseVariants(from)) add(code);
    else {
      for (const [code, all] of variants)
        if (code >= from && code <= to) for (const one of all) add(one);
    }
  }
  return [...ranges, ...added];
}

function unicodeVariants(): ReadonlyMap<number, readonly number[]> {
  const lowers = new Map<number, Set<number>>(); // lower case → its letters
  const uppers = new Map<string, Set<number>>(); // upper case → its lower cases
  for (let code = 0; code <= LAST_CASED; code++) {
    if (code >= 0xd800 && code < 0xe000) continue;
    const letter = String.fromCodePoint(code);
    const upper = letter.toUpperCase();
    const low = lower(letter);
    if (upper === letter && low === code) continue;
    entry(lowers, low).add(code).add(low);
    entry(uppers, upper).add(low);
  }
  const found = new Map<number, readonly number[]>();
  for (const [low, letters] of lowers) {
    const upper = String.fromCodePoint(low).toUpperCase();
    const all = new Set(letters);
    for (const other of uppers.get(upper) ?? []) {
      for (const letter of lowers.get(other) ?? [other]) all.add(letter);
    }
    for (const letter of letters) found.set(letter, [...all]);
  }
  return found;
}

/** The lower case of one letter as one letter: only İ has one of two, of which CPython takes the first. */
function lower(letter: string): number {
  return letter.toLowerCase().codePointAt(0) as number;
}

function entry<K>(map: Map<K, Set<number>>, key: K): Set<number> {
  const found = map.get(key) ?? new Set<number>();
  map.set(key, found);
  return found;
}
