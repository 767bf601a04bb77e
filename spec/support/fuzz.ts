/** Damage for fuzzing, and how much of it. */
import fc from "fast-check";

/** Cases of each fuzzed property: 500 in `npm test`, more where FUZZ_RUNS says so (`npm run test:long`). */
export const RUNS: number = Number(globalThis.process?.env.FUZZ_RUNS ?? 500);

/** Whether this is `npm run test:long`. */
export const IS_LONG: boolean = RUNS > 500;

/** Repeats the cases of an earlier run, which has to be of the same FUZZ_RUNS. */
const SEED = globalThis.process?.env.FUZZ_SEED;
if (SEED !== undefined) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(SEED) });

/** Any character but a surrogate. `fc.string({ unit: "binary" })` says the same, and takes a second to be made. */
export const anyCharacter: fc.Arbitrary<string> = fc
  .nat(0x10ffff - 0x800)
  .map((c) => String.fromCodePoint(c < 0xd800 ? c : c + 0x800));

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Stands for lists nested deeper than any stack: see {@link jsonText}. */
const PIT = "a pit of lists";
const PIT_DEPTH = 20_000;

/** `value` as JSON, with a pit in each place that a mutation put one. */
export function jsonText(value: Json): string {
  const pit = "[".repeat(PIT_DEPTH) + "]".repeat(PIT_DEPTH);
  return JSON.stringify(value).replaceAll(JSON.stringify(PIT), pit);
}

/** What readers trip over: the ends of integer ranges, wrong kinds, words of the formats. */
const TRAPS: readonly Json[] = [
  ...[
    null,
    true,
    "",
    "0",
    "1",
    "../x",
    "__proto__",
    "gemma",
    "gemma2",
    "F32",
    "BF16",
    "I8",
    "F8_E4M3",
    "\u001b]0;title\u0007",
    PIT,
  ],
  ...[0, -0, -1, 1, 2, 3, 0.5, 255, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 60, 1e308, 5e-324],
  ...[[], {}, [[]], [0, 0], [1, 2], [0, 2 ** 53], [2 ** 40, 2 ** 40], [-1, 1], [0.5]],
];

interface Edit {
  readonly action: "drop" | "set" | "rename" | "copy";
  readonly path: readonly number[];
  readonly from: readonly number[];
  readonly value: Json;
}

const anyPath = fc.array(fc.nat(200), { minLength: 1, maxLength: 4 });
const anyEdit: fc.Arbitrary<Edit> = fc.record({
  action: fc.constantFrom("drop", "set", "set", "rename", "copy"),
  path: anyPath,
  from: anyPath,
  value: fc.oneof(
    fc.constantFrom(...TRAPS),
    fc.jsonValue({ maxDepth: 1 }).map((value) => value as Json),
  ),
});

/** `value` with one to four of its members dropped, replaced, renamed, or copied from elsewhere. */
export function mutatedJson<T extends Json>(value: T): fc.Arbitrary<Json> {
  return fc.array(anyEdit, { minLength: 1, maxLength: 4 }).map((edits) => {
    const copy = structuredClone(value);
    for (const edit of edits) apply(copy, edit);
    return copy;
  });
}

function apply(root: Json, { action, path, from, value }: Edit): void {
  const { container, key } = place(root, path);
  if (key === undefined) return;
  if (action === "set") container[key] = structuredClone(value);
  else if (action === "copy") {
    const source = place(root, from);
    if (source.key !== undefined) container[key] = structuredClone(source.container[source.key]);
  } else {
    const held = container[key];
    if (Array.isArray(container)) container.splice(Number(key), 1);
    else delete container[key];
    if (action === "rename" && !Array.isArray(container)) container[`${key}${path[0]}`] = held;
  }
}

/** Follows `path` down as far as there are containers. */
function place(root: Json, path: readonly number[]) {
  let container = root as Record<string, Json>;
  let key: string | undefined;
  for (const step of path) {
    const next = key === undefined ? root : container[key];
    if (typeof next !== "object" || next === null) break;
    const keys = Object.keys(next);
    if (keys.length === 0) break;
    container = next as Record<string, Json>;
    key = keys[step % keys.length];
  }
  return { container, key };
}

/** `bytes` with one to eight changes: other bytes, bytes put in, bytes taken out, an end cut off. */
export function damaged(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const byte = fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff));
  const at = fc.oneof(fc.nat(bytes.length - 1), fc.nat(Math.min(64, bytes.length - 1)));
  const change = fc.record({
    kind: fc.constantFrom("set", "set", "set", "set", "insert", "remove", "cut"),
    at,
    byte,
    count: fc.integer({ min: 1, max: 9 }),
  });
  return fc.array(change, { minLength: 1, maxLength: 8 }).map((changes) => {
    let copy = Array.from(bytes);
    for (const { kind, at: place, byte: value, count } of changes) {
      if (kind === "set" && place < copy.length) copy[place] = value;
      else if (kind === "insert") copy.splice(place, 0, ...new Array(count).fill(value));
      else if (kind === "remove") copy.splice(place, count);
      else if (kind === "cut") copy = copy.slice(0, place);
    }
    return Uint8Array.from(copy);
  });
}
