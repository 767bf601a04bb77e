/** Numbers encoded in SIMD: the bytes of src/checkpoint/encode/rows.ts, which are held against other programs elsewhere. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { byName, type WeightType } from "../../../src/checkpoint/dtypes.ts";
import { encodeFast } from "../../../src/checkpoint/encode/fast.ts";
import { encodeRows } from "../../../src/checkpoint/encode/rows.ts";
import { float64ToBfloat16 } from "../../../src/tensor/bfloat16.ts";
import { float32ToFloat16 } from "../../../src/tensor/float16.ts";
import { quantizeQ4_0, quantizeQ8_0 } from "../../../src/tensor/quantized.ts";
import type { DType, WeightSource } from "../../../src/tensor/stored.ts";
import { BYTES_PER_ELEMENT } from "../../../src/tensor/stored.ts";

const SOURCES = ["float32", "bfloat16", "float16", "q8_0", "q4_0"] as const;
const TYPES: readonly WeightType[] = ["F32", "F16", "BF16", "Q8_0", "Q4_0"];

function bytesOf(numbers: Float32Array, dtype: (typeof SOURCES)[number]): Uint8Array {
  switch (dtype) {
    case "float32":
      return new Uint8Array(numbers.slice().buffer);
    case "bfloat16":
      return new Uint8Array(Uint16Array.from(numbers, (x) => float64ToBfloat16(x)).buffer);
    case "float16":
      return new Uint8Array(Uint16Array.from(numbers, (x) => float32ToFloat16(x)).buffer);
    case "q8_0":
      return quantizeQ8_0(numbers);
    case "q4_0":
      return quantizeQ4_0(numbers);
  }
}

/** What the definition makes of them, as one row. */
function slowly(stored: Uint8Array, dtype: DType, type: WeightType): Uint8Array {
  const columns = stored.length / BYTES_PER_ELEMENT[dtype];
  const source = { name: "w", dtype, shape: [1, columns] } as unknown as WeightSource;
  return encodeRows(source, stored, 0, type, 0);
}

/** Every bit pattern of float32 is as likely as any other, but those that kernels leave alone. */
function anyBits(count: number, most: number, seed: number): Float32Array {
  const bits = new Uint32Array(count);
  const numbers = new Float32Array(bits.buffer);
  let state = seed;
  for (let i = 0; i < count; i++) {
    do {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      bits[i] = state ^ (state >>> 15);
    } while (!(Math.abs(numbers[i]) < most));
  }
  return numbers;
}

const bell = (count: number, scale: number) =>
  Float32Array.from(
    { length: count },
    (_, i) => Math.sin(i * 12.9898) * Math.sin(i * 0.37) * scale,
  );

describe.each(SOURCES)("%s in SIMD", (dtype) => {
  it.each(TYPES)("as %s: the same bytes, of weights and of all sizes of numbers", (type) => {
    // Longer than what passes at a time, and than whole blocks where there are none.
    const isDense = byName(type).block === 1 && !dtype.startsWith("q");
    const more = isDense ? 7 : 0;
    for (const numbers of [bell(40_960 + more, 0.05), anyBits(40_960 + more, 2 ** 14, 7)]) {
      const stored = bytesOf(numbers, dtype);
      const encoded = encodeFast(stored, dtype, type);
      expect(encoded).toBeDefined();
      expect(encoded).toEqual(slowly(stored, dtype, type));
    }
  });
});

describe("encoding in SIMD", () => {
  // Halfway between two float16, two bfloat16 or two integers; of one size with both signs, of no size at all.
  const halves = [
    0.5,
    1,
    1.5,
    2.5,
    126.5,
    127,
    1 + 2 ** -8,
    1 + 3 * 2 ** -8,
    1 + 2 ** -11,
    2 ** -25,
    3 * 2 ** -25,
  ];
  const tie = fc.constantFrom(
    ...halves.flatMap((x) => [x, -x]),
    0,
    -0,
    2 ** -14 - 2 ** -26,
    2 ** -30,
  );
  const block = fc.array(tie, { minLength: 32, maxLength: 32 });

  it.each(TYPES)("rounds ties as the definition does, in %s", (type) => {
    fc.assert(
      fc.property(block, (numbers) => {
        const stored = bytesOf(Float32Array.from(numbers), "float32");
        expect(encodeFast(stored, "float32", type)).toEqual(slowly(stored, "float32", type));
      }),
      { numRuns: 300 },
    );
  });

  it.each(TYPES)("leaves what it may get wrong in %s to the definition", (type) => {
    for (const dtype of ["float32", "bfloat16", "float16"] as const) {
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        for (const at of [0, 13, 63, 16_384 + 5]) {
          const numbers = bell(16_416, 1);
          numbers[at] = value;
          expect(encodeFast(bytesOf(numbers, dtype), dtype, type)).toBeUndefined();
        }
      }
    }
    const limits: Partial<Record<WeightType, number>> = {
      F16: 65_520,
      Q8_0: 127 * 65_520,
      Q4_0: 8 * 65_520,
    };
    const numbers = bell(64, 1);
    numbers[40] = limits[type] ?? 2 ** 127 * 1.999;
    const isKept = type === "F32";
    expect(encodeFast(bytesOf(numbers, "float32"), "float32", type) !== undefined).toBe(isKept);
  });

  it("leaves blocks whose scale has no finite reciprocal to the definition", () => {
    const stored = bytesOf(bell(64, 2 ** -123), "float32");
    for (const type of ["Q8_0", "Q4_0"] as const) {
      expect(encodeFast(stored, "float32", type)).toBeUndefined();
    }
  });

  it.each(TYPES)("writes blocks of zeros of either sign as the definition does, in %s", (type) => {
    for (const sign of [1, -1]) {
      const stored = bytesOf(
        Float32Array.from({ length: 64 }, (_, i) => (i === 40 ? 1 : sign * 0)),
        "float32",
      );
      expect(encodeFast(stored, "float32", type)).toEqual(slowly(stored, "float32", type));
    }
  });

  it("is not for float64, which would be rounded twice", () => {
    expect(encodeFast(new Uint8Array(64 * 8), "float64", "F16")).toBeUndefined();
  });
});
