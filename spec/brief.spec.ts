import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { brief } from "../src/brief.ts";
import { RUNS } from "./support/fuzz.ts";

const throws = {
  get x() {
    throw new Error("no");
  },
};
const cyclic: unknown[] = [];
cyclic.push(cyclic, cyclic);

describe("a value in a message", () => {
  it.each<[unknown, string]>([
    [undefined, "nothing"],
    [null, "null"],
    [true, "true"],
    [-0.5, "-0.5"],
    [Number.NaN, "NaN"],
    [2n ** 60n, "1152921504606846976"],
    ['a "quoted"\n\u001b text', '"a \\"quoted\\"\\n\\u001b text"'],
    [[1, "x", [null]], '[1, "x", [null]]'],
    [{ a: 1, b: { c: [] } }, '{"a": 1, "b": {"c": []}}'],
    [BigUint64Array.of(1n, 2n), "[1, 2]"],
    [Float32Array.of(0.5, Number.NaN), "[0.5, NaN]"],
    [Object.create(null), "{}"],
    [new Map([[1, 2]]), "an object of class Map"],
    [() => 1, "a function"],
    [Symbol("x"), "a symbol"],
    [throws, "something that cannot be shown"],
  ])("%# is shown in full where it is short", (value, text) => {
    expect(brief(value)).toBe(text);
  });

  it("says how much it leaves out", () => {
    expect(brief(new Uint8Array(300_000))).toMatch(/^\[0, 0, .*0, … 2999\d\d more\]$/);
    expect(brief("x".repeat(300_000))).toBe(`"${"x".repeat(100)}"… (300000 characters)`);
    const fields = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`key ${i}`, i]));
    expect(brief(fields)).toMatch(/^\{"key 0": 0, .* … 99\d more\}$/);
  });

  it.each<[string, unknown]>([
    ["a list inside itself", cyclic],
    ["a pit of a million lists", JSON.parse("[".repeat(1e6) + "]".repeat(1e6))],
    ["a pit of objects", JSON.parse(`${'{"a":'.repeat(1e5)}1${"}".repeat(1e5)}`)],
    ["long keys", { ["k".repeat(1e6)]: { ["l".repeat(1e6)]: "m".repeat(1e6) } }],
    ["control characters alone", "\u0001".repeat(1e6)],
    ["a huge bigint", 10n ** 1000n],
  ])("stays short for %s", (_, value) => {
    expect(brief(value).length).toBeLessThan(250);
  });

  it("never throws, and is never long (fuzz)", () => {
    const anything = fc.anything({
      withBigInt: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withTypedArray: true,
      withSparseArray: true,
    });
    fc.assert(
      fc.property(anything, (value) => {
        const text = brief(value);
        expect(text).not.toBe("");
        expect(text.length).toBeLessThan(250);
      }),
      { numRuns: RUNS },
    );
  });
});
