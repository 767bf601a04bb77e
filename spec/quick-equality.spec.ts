/** What makes `toEqual` quick (spec/support/quick-equality.ts) takes nothing for equal that is not. */
import { expect, it } from "vitest";

it.each<[string, unknown, unknown]>([
  ["numbers", [1, Number.NaN, -0], [1, Number.NaN, -0]],
  ["typed arrays", Float32Array.of(1, Number.NaN, -0), Float32Array.of(1, Number.NaN, -0)],
  ["a part of a buffer", Uint8Array.of(0, 1, 2).subarray(1), Uint8Array.of(1, 2)],
  ["NaNs of other bits", new Float32Array(Uint32Array.of(0x7fc00001).buffer), Float32Array.of(NaN)],
])("equal %s are equal", (_, a, b) => {
  expect(a).toEqual(b);
  expect({ a }).toStrictEqual({ a: b });
});

it.each<[string, unknown, unknown]>([
  ["another number", [1, 2], [1, 3]],
  ["another length", [1, 2], [1, 2, 3]],
  ["another zero", Float64Array.of(0), Float64Array.of(-0)],
  ["another zero in a list", [0], [-0]],
  ["another number in a typed array", Float32Array.of(1, 2), Float32Array.of(1, 3)],
  ["the same bytes of another type", Uint8Array.of(1), Int8Array.of(1)],
  ["a hole", [1, 2], [1, undefined]],
])("%s is not equal", (_, a, b) => {
  expect(a).not.toEqual(b);
  expect({ a }).not.toStrictEqual({ a: b });
});
