/** Arrays in messages. */
import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import { decodeArray, shapeSaid } from "../../../src/conformance/protocol/decode-array.ts";
import { TesteeError } from "../../../src/conformance/protocol/testee-error.ts";
import { encodeArray } from "../../../src/conformance/protocol/wire-array.ts";
import { tensor } from "../../../src/tensor/tensor.ts";
import { thrownBy } from "../../support/thrown-by.ts";

const decode = (value: unknown, shape: readonly number[]) =>
  decodeArray("op", "taps.out", value, shape);
const numbers = (value: unknown, shape: readonly number[]) => Array.from(decode(value, shape).data);
const refusal = (value: unknown, shape: readonly number[]) => {
  const error = thrownBy(() => decode(value, shape)) as TesteeError;
  expect(error).toBeInstanceOf(TesteeError);
  expect(error.kind).toBe("answer");
  return error.message;
};

describe("an array that is sent", () => {
  it("has its bytes in little-endian order, in base64", () => {
    // 1 is 3f800000, −2 is c0000000: by hand.
    const one = encodeArray(tensor(Float32Array.of(1, -2), [1, 2]));
    expect(one).toEqual({ shape: [1, 2], dtype: "float32", base64: "AACAPwAAAMA=" });
    const ids = encodeArray(tensor(Float32Array.of(2, 258), [2]), "int32");
    expect(ids).toEqual({ shape: [2], dtype: "int32", base64: "AgAAAAIBAAA=" });
  });

  it("comes back as it was, whatever its numbers", () => {
    const values = [0, -0, 1 / 3, 1e-310, -1e300, Number.NaN, Number.NEGATIVE_INFINITY];
    const wide = tensor(Float64Array.from(values), [values.length, 1]);
    expect(numbers(encodeArray(wide), [values.length, 1])).toEqual(values);
    const many = tensor(Float32Array.from({ length: 70_000 }, Math.sin), [70, 1000]);
    expect(decode(encodeArray(many), [70, 1000]).data).toEqual(many.data);
  });

  it("is gathered where it is a view", () => {
    const whole = ndarray(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
    const view = whole.transpose(1, 0).lo(1, 0);
    expect(numbers(encodeArray(view), [2, 2])).toEqual([2, 5, 3, 6]);
    expect(numbers(encodeArray(whole.lo(1, 0)), [1, 3])).toEqual([4, 5, 6]);
  });
});

describe("an array that comes", () => {
  it("may have any of the types, by the names that other libraries have for them", () => {
    // 1.5 in each: 3ff8…, 3fc0…, 3e00, 3fc0.
    const of = (dtype: string, base64: string) => numbers({ dtype, base64 }, [1]);
    expect(of("float64", "AAAAAAAA+D8=")).toEqual([1.5]);
    expect(of("F32", "AADAPw==")).toEqual([1.5]);
    expect(of("half", "AD4=")).toEqual([1.5]);
    expect(of("bf16", "wD8=")).toEqual([1.5]);
    expect(of("i32", "/////w==")).toEqual([-1]);
  });

  it("may be numbers in lists, with what JSON has no number for", () => {
    expect(
      numbers(
        [
          [1, 2.5],
          [3, 4],
        ],
        [2, 2],
      ),
    ).toEqual([1, 2.5, 3, 4]);
    expect(numbers({ data: [1, 2, 3, 4] }, [2, 2])).toEqual([1, 2, 3, 4]);
    expect(
      numbers(
        {
          shape: [2, 2],
          data: [
            [[1], [2]],
            [[3], [4]],
          ],
        },
        [2, 2],
      ),
    ).toEqual([1, 2, 3, 4]);
    const odd = [null, "NaN", "Infinity", "-Infinity"];
    expect(numbers(odd, [4])).toEqual([Number.NaN, Number.NaN, Infinity, -Infinity]);
  });

  it("may have axes of size 1, and heads as an axis of their own", () => {
    expect(decode({ shape: [1, 2, 2, 2], data: [1, 2, 3, 4, 5, 6, 7, 8] }, [2, 4]).shape).toEqual([
      2, 4,
    ]);
    expect(decode({ data: [[1], [2]] }, [1, 2]).shape).toEqual([1, 2]);
  });

  it.each<[value: unknown, message: string]>([
    [undefined, "expected an array: { shape, dtype, base64 } or { data }, got nothing"],
    [5, "expected an array: { shape, dtype, base64 } or { data }, got a number"],
    [{ shape: [2, 3] }, 'expected base64, or data, got ["shape"]'],
    [{ shape: [3, 2], data: [1, 2, 3, 4, 5, 6] }, '.shape" expected [2, 3], got [3, 2]'],
    [{ shape: "2x3", data: [] }, '.shape" expected [2, 3], got "2x3"'],
    [{ shape: [2, -3], data: [] }, '.shape" expected [2, 3], got [2, -3]'],
    [{ data: [1, 2, 3, 4, 5] }, '.data" expected 6 numbers, [2, 3], got 5 numbers'],
    [
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      '.data" expected 6 numbers, [2, 3], got [3, 2]',
    ],
    [{ data: [1, 2, "3", 4, 5, 6] }, '.data" expected numbers, got "3"'],
    [{ data: { 0: 1 } }, '.data" expected a list of numbers, got an object'],
    [{ dtype: "bf16", base64: "AACAPwAAgD8AAIA/AAA=" }, '.base64" expected 12 bytes, got 14'],
    [{ dtype: "float32", base64: "AACAPw==" }, '.base64" expected 24 bytes, got 4'],
    [
      { dtype: "float32", base64: "§" },
      '.base64" expected base64: A–Z, a–z, 0–9, + and /, got "§"',
    ],
    [{ base64: "AACAPw==" }, '.dtype" expected float64 | float32 | float16 | bfloat16 | int32'],
    [{ dtype: "complex64", base64: "" }, 'got "complex64"'],
  ])("is refused: %j", (value, message) => {
    expect(refusal(value, [2, 3])).toContain(message);
  });

  it("is refused at once where it is nested without end, or claims to be huge", () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(refusal(deep, [1])).toContain("expected numbers");
    expect(shapeSaid(deep)).toBeUndefined();
    expect(shapeSaid({ shape: new Array(50_000).fill(1) })).toBeUndefined();
    expect(refusal({ data: [1] }, [1e15, 1])).toContain("got 1 numbers");
    expect(refusal({ dtype: "f32", base64: "" }, [1e15, 1])).toContain(
      "expected 4000000000000000 bytes",
    );
  });
});
