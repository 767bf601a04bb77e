/**
 * Numbers and texts of an exercise on one line: all of a small value, of a large one what stands around the first
 * difference.
 * @module
 */
import type { Value } from "../../exercises/exercise.ts";

/** Most numbers that are shown whole. */
const MOST = 20;
/** Numbers, or characters, before and behind a difference. */
const AROUND = { numbers: 2, characters: 16, pieces: 3 };

/** Yours and expected, with as many digits as tell them apart. */
export function shownPair(
  yours: Value | undefined,
  expected: Value,
  at: readonly number[],
): { yours?: string; expected: string } {
  const shown = (digits: number) => ({
    yours: yours === undefined ? undefined : shownValue(yours, at, digits),
    expected: shownValue(expected, at, digits),
  });
  const enough = [4, 8, 12, 17].find((digits) => {
    const pair = shown(digits);
    return pair.yours !== pair.expected;
  });
  return shown(enough ?? 17);
}

function shownValue(value: Value, at: readonly number[], digits: number): string {
  if (typeof value === "number") return shownNumber(value, digits);
  if (typeof value === "string") return JSON.stringify(value);
  if (countLeaves(value) <= MOST) return whole(value, digits);
  const [place = 0, ...deeper] = at;
  const inner = value[place] as Value | undefined;
  if (typeof inner === "object") return `[${place}]: ${shownValue(inner, deeper, digits)}`;
  const around = typeof inner === "string" ? AROUND.pieces : AROUND.numbers;
  const [begin, end] = [Math.max(0, place - around), Math.min(value.length, place + around + 1)];
  const some = Array.from({ length: end - begin }, (_, i) =>
    shownValue(value[begin + i] as Value, [], digits),
  );
  const all = [...(begin > 0 ? ["…"] : []), ...some, ...(end < value.length ? ["…"] : [])];
  return `[${all.join(", ")}]`;
}

function whole(value: Value, digits: number): string {
  if (typeof value !== "object") return shownValue(value, [], digits);
  return `[${Array.from(value as ArrayLike<Value>, (one) => whole(one, digits)).join(", ")}]`;
}

function countLeaves(value: Value): number {
  if (typeof value !== "object") return 1;
  return Array.from(value as ArrayLike<Value>).reduce<number>((n, one) => n + countLeaves(one), 0);
}

/** With `digits` places behind the point, or in powers of ten where they would hide it. */
function shownNumber(x: number, digits: number): string {
  if (Number.isInteger(x)) return String(x);
  const isPlain = Math.abs(x) >= 10 ** -digits * 1000 && Math.abs(x) < 1e6;
  return isPlain ? String(Number(x.toFixed(digits))) : x.toExponential(Math.min(digits, 16));
}

/** Two texts that are long, around their first difference, and which character that is. */
export function shownTexts(
  yours: string,
  expected: string,
): { yours: string; expected: string; at: number } {
  let at = 0;
  while (at < expected.length && yours[at] === expected[at]) at++;
  const cut = (text: string) => {
    const [begin, end] = [Math.max(0, at - AROUND.characters), at + AROUND.characters];
    const some = JSON.stringify(text.slice(begin, end));
    return `${begin > 0 ? "…" : ""}${some}${end < text.length ? "…" : ""}`;
  };
  return { yours: cut(yours), expected: cut(expected), at };
}
