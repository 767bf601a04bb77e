import { inspect } from "node:util";
import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import { tensor } from "../../src/tensor/tensor.ts";

const counting = (shape: readonly number[]) => {
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Float64Array.from({ length: size }, (_, i) => i),
    shape,
  );
};

describe("a tensor in the console", () => {
  it("has its shape, its dtype and its numbers, in rows", () => {
    const x = tensor(Float32Array.of(1, -0.5, 1 / 3, -Infinity), [2, 2]);
    expect(inspect(x)).toBe(
      "tensor [2, 2] of float32\n  0:       1  -0.5000\n  1:  0.3333       -∞",
    );
  });

  it("shows the ends of what is long, behind the indices of all axes but the last", () => {
    expect(inspect(counting([3, 4, 64]))).toBe(
      [
        "tensor [3, 4, 64] of float64",
        "  0,0:    0    1    2  …   63",
        "  0,1:   64   65   66  …  127",
        "  0,2:  128  129  130  …  191",
        "  …",
        "  2,3:  704  705  706  …  767",
      ].join("\n"),
    );
  });

  it("is shown as the view that it is", () => {
    const x = counting([2, 3]);
    expect(inspect(x.pick(1, null))).toBe("tensor [3] of float64\n    3  4  5");
    expect(inspect(x.transpose(1, 0))).toContain("0:  0  3\n");
    expect(inspect(counting([0, 3]))).toBe("tensor [0, 3] of float64");
  });

  it("far inside another object is its caption, and stays what it is", () => {
    const x = counting([2, 3]);
    expect(inspect({ x }, { depth: -1 })).toBe("[Object]");
    expect(inspect([[[{ x }]]], { depth: 3 })).toContain("[tensor [2, 3] of float64]");
    expect(Object.keys(x)).toEqual(["data", "shape", "stride", "offset"]);
    expect(Object.keys(Object.getPrototypeOf(x))).not.toContain("nodejs.util.inspect.custom");
  });

  it("of another dtype is none of ours", () => {
    expect(inspect(ndarray(new Int32Array(2)))).toContain("Int32Array(2)");
  });
});
