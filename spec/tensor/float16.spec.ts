import { describe, expect, it } from "vitest";
import { float16ToFloat32, float32ToFloat16 } from "../../src/tensor/float16.ts";

describe("float16", () => {
  it("reads bit patterns of the standard's landmarks", () => {
    expect(float16ToFloat32(0x3c00)).toBe(1);
    expect(float16ToFloat32(0xc000)).toBe(-2);
    expect(float16ToFloat32(0x7bff)).toBe(65504); // largest
    expect(float16ToFloat32(0x0400)).toBe(2 ** -14); // smallest normal
    expect(float16ToFloat32(0x0001)).toBe(2 ** -24); // smallest subnormal
    expect(Object.is(float16ToFloat32(0x8000), -0)).toBe(true);
    expect(float16ToFloat32(0x7c00)).toBe(Number.POSITIVE_INFINITY);
    expect(float16ToFloat32(0xfc00)).toBe(Number.NEGATIVE_INFINITY);
    expect(float16ToFloat32(0x7e00)).toBeNaN();
  });

  it("grows with the bit pattern", () => {
    const notAbove: number[] = [];
    for (let bits = 1; bits <= 0x7c00; bits++) {
      if (!(float16ToFloat32(bits) > float16ToFloat32(bits - 1))) notAbove.push(bits);
    }
    expect(notAbove).toEqual([]);
  });

  it("narrows every value to itself, and what lies between two to the nearest, ties to even", () => {
    const wrong: [value: number, got: number, expected: number][] = [];
    const check = (value: number, expected: number) => {
      const got = float32ToFloat16(value);
      if (got !== expected) wrong.push([value, got, expected]);
    };
    for (let bits = 0; bits < 0x7c00; bits++) {
      const value = float16ToFloat32(bits);
      const next = bits === 0x7bff ? 65536 : float16ToFloat32(bits + 1);
      const middle = (value + next) / 2;
      check(value, bits);
      check(-value, bits | 0x8000);
      check(middle, bits + (bits & 1));
      check(middle * (1 - 1e-7), bits);
      check(middle * (1 + 1e-7), bits + 1);
    }
    expect(wrong).toEqual([]);
    expect(float32ToFloat16(Number.POSITIVE_INFINITY)).toBe(0x7c00);
    expect(float16ToFloat32(float32ToFloat16(Number.NaN))).toBeNaN();
  });
});
