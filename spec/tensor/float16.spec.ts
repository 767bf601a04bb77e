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
    for (let bits = 1; bits <= 0x7c00; bits++) {
      expect(float16ToFloat32(bits)).toBeGreaterThan(float16ToFloat32(bits - 1));
    }
  });

  it("narrows every value to itself, and what lies between two to the nearest, ties to even", () => {
    for (let bits = 0; bits < 0x7c00; bits++) {
      const value = float16ToFloat32(bits);
      const next = bits === 0x7bff ? 65536 : float16ToFloat32(bits + 1);
      const middle = (value + next) / 2;
      const even = bits + (bits & 1);
      expect(
        [value, middle, middle * (1 - 1e-7), middle * (1 + 1e-7)].map(float32ToFloat16),
      ).toEqual([...[bits, even, bits, bits + 1]]);
      expect(float32ToFloat16(-value)).toBe(bits | 0x8000);
    }
    expect(float32ToFloat16(Number.POSITIVE_INFINITY)).toBe(0x7c00);
    expect(float16ToFloat32(float32ToFloat16(Number.NaN))).toBeNaN();
  });
});
