import { describe, expect, it } from "vitest";
import { ArgumentError, ShapeError } from "../../src/errors.ts";
import { precisionNamed } from "../../src/tensor/precision.ts";
import { storedFromBytes, widenRow } from "../../src/tensor/stored.ts";
import { assertShape, tensor } from "../../src/tensor/tensor.ts";

describe("tensor", () => {
  it("is row-major over the array it is given, without a copy", () => {
    const data = Float32Array.of(0, 1, 2, 3, 4, 5, 6);
    const x = tensor(data, [2, 3], 1);
    expect(x.get(1, 2)).toBe(6);
    data[6] = 60;
    expect(x.get(1, 2)).toBe(60);
  });

  it("refuses a shape that is larger than its data", () => {
    expect(() => tensor(new Float32Array(5), [2, 3])).toThrow(ShapeError);
  });
});

describe("assertShape", () => {
  const x = tensor(new Float32Array(6), [2, 3]);

  it("says what was expected and what came", () => {
    expect(() => assertShape("rmsNorm", "weight", x, [2048])).toThrow(
      'rmsNorm: "weight" expected [2048], got [2, 3]',
    );
  });

  it("refuses a view whose last axis is not contiguous, and says what to do", () => {
    expect(() => assertShape("linear", "x", x.transpose(1, 0), [3, 2])).toThrow(/copy the view/);
  });
});

describe("precisionNamed", () => {
  it("lists the precisions there are", () => {
    expect(() => precisionNamed("float8")).toThrow(ArgumentError);
    expect(() => precisionNamed("toString")).toThrow(/float64 \| float32 \| bfloat16/);
  });
});

describe("widenRow", () => {
  const values = [1, -2, 0.5, 3.140625];
  const bytes = {
    float64: new Uint8Array(Float64Array.from(values).buffer),
    float32: new Uint8Array(Float32Array.from(values).buffer),
    bfloat16: new Uint8Array(Uint16Array.of(0x3f80, 0xc000, 0x3f00, 0x4049).buffer),
    float16: new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 0x3800, 0x4248).buffer),
  };

  for (const dtype of ["float64", "float32", "bfloat16", "float16"] as const) {
    it(`widens ${dtype} exactly, from bytes at any alignment`, () => {
      for (const shift of [0, 1]) {
        const moved = Buffer.alloc(bytes[dtype].length + shift);
        moved.set(bytes[dtype], shift);
        const stored = storedFromBytes(moved.subarray(shift), dtype, [2, 2]);
        const row = new Float64Array(2);
        widenRow(stored, 1, row);
        expect([...row]).toEqual(values.slice(2));
      }
    });
  }

  it("reads a row of an ndarray view by its stride", () => {
    const x = tensor(
      Float32Array.from({ length: 12 }, (_, i) => i),
      [3, 4],
    );
    const row = new Float64Array(2);
    widenRow(x.lo(1, 1).hi(2, 2), 1, row);
    expect([...row]).toEqual([9, 10]);
  });
});
