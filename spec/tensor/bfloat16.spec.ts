import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bfloat16ToFloat32,
  float64ToBfloat16,
  roundToBfloat16,
} from "../../src/tensor/bfloat16.ts";

describe("bfloat16", () => {
  it("reads bit patterns of the standard's landmarks", () => {
    expect(bfloat16ToFloat32(0x3f80)).toBe(1);
    expect(bfloat16ToFloat32(0xc000)).toBe(-2);
    expect(bfloat16ToFloat32(0x4049)).toBe(3.140625);
    expect(bfloat16ToFloat32(0x7f80)).toBe(Number.POSITIVE_INFINITY);
    expect(bfloat16ToFloat32(0x0001)).toBe(2 ** -133); // smallest subnormal
    expect(bfloat16ToFloat32(0x8000)).toBe(-0);
  });

  it("rounds √2048 to 45.25 and √3072 to 55.5, as the released models do", () => {
    expect(roundToBfloat16(Math.sqrt(2048))).toBe(45.25);
    expect(roundToBfloat16(Math.sqrt(3072))).toBe(55.5);
  });

  it("rounds ties to even: 1 + 2⁻⁸ down, 1 + 3·2⁻⁸ up", () => {
    expect(roundToBfloat16(1 + 2 ** -8)).toBe(1);
    expect(roundToBfloat16(1 + 3 * 2 ** -8)).toBe(1 + 2 ** -6);
  });

  it("rounds a float64 once: just above a tie goes up although float32 would see a tie", () => {
    expect(roundToBfloat16(1 + 2 ** -8 + 2 ** -40)).toBe(1 + 2 ** -7);
    expect(roundToBfloat16(1 + 3 * 2 ** -8 - 2 ** -40)).toBe(1 + 2 ** -7);
  });

  it("keeps NaN, infinities and signs, and overflows to infinity", () => {
    expect(roundToBfloat16(Number.NaN)).toBeNaN();
    expect(roundToBfloat16(Number.NEGATIVE_INFINITY)).toBe(Number.NEGATIVE_INFINITY);
    expect(Object.is(roundToBfloat16(-0), -0)).toBe(true);
    expect(roundToBfloat16(3.4e38)).toBe(Number.POSITIVE_INFINITY);
  });

  it("gives every bit pattern back (but NaN payloads)", () => {
    const changed: number[] = [];
    for (let bits = 0; bits < 65536; bits++) {
      const value = bfloat16ToFloat32(bits);
      if (!Number.isNaN(value) && float64ToBfloat16(value) !== bits) changed.push(bits);
    }
    expect(changed).toEqual([]);
  });

  it("is the nearest of its neighbours for any float64", () => {
    fc.assert(
      fc.property(fc.double({ min: -1e38, max: 1e38, noNaN: true }), (x) => {
        const bits = float64ToBfloat16(x);
        const error = Math.abs(bfloat16ToFloat32(bits) - x);
        for (const neighbour of [bits - 1, bits + 1]) {
          const other = bfloat16ToFloat32(neighbour & 0xffff);
          if (Number.isFinite(other)) expect(error).toBeLessThanOrEqual(Math.abs(other - x));
        }
      }),
    );
  });
});
