import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tiledMatmuls } from "../../../src/backend/cpu/tiled-matmuls.ts";
import { linearInputBackward, linearWeightBackward } from "../../../src/nn/backward/linear.ts";
import { linear } from "../../../src/nn/linear.ts";
import { precisionNamed } from "../../../src/tensor/precision.ts";
import { type NdArray, tensor } from "../../../src/tensor/tensor.ts";
import { randomTensor } from "../../support/random.ts";
import { randomStored } from "../../support/wasm-weights.ts";

/** Random rows in the middle of an array of NaN, `gap` of which stand between them. */
function within(shape: [number, number], gap: number, seed: number): NdArray {
  const [rows, columns] = shape;
  const step = columns + gap;
  const data = new Float64Array(rows * step + 2 * gap).fill(Number.NaN);
  const { data: numbers } = randomTensor(shape, seed);
  for (let r = 0; r < rows; r++) {
    data.set(numbers.subarray(r * columns, (r + 1) * columns), gap + r * step);
  }
  return tensor(data, [rows, step], gap).hi(rows, columns);
}

/** The same numbers in memory of their own. */
function copyOf(x: NdArray): NdArray {
  return { ...tensor(x.data.slice(), [1]), ...x, data: x.data.slice() } as NdArray;
}

const size = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 21 }) },
  { weight: 1, arbitrary: fc.constantFrom(63, 64, 65, 130, 257) },
);
const shapes = fc.record({
  L: size,
  D: size,
  F: size,
  gap: fc.constantFrom(0, 3),
  add: fc.boolean(),
  dtype: fc.constantFrom("float32", "bfloat16", "float16"),
  precision: fc.constantFrom("float64", "float32", "bfloat16"),
  seed: fc.nat(1e6),
});

describe("the plain matmuls of training", () => {
  it("have the bits of nn/, for any shape, stride, dtype and precision", () => {
    const property = fc.property(shapes, ({ L, D, F, gap, add, dtype, precision: name, seed }) => {
      const precision = precisionNamed(name);
      const matmuls = tiledMatmuls(precision.round);
      const weight = randomStored(dtype, [F, D], seed);
      const [x, dy] = [within([L, D], gap, seed + 1), within([L, F], gap, seed + 2)];

      const y = within([L, F], gap, seed + 3);
      const yOfNn = copyOf(y);
      matmuls.forward(y, x, weight);
      linear(x, weight, { precision, out: yOfNn });
      expect(y.data).toEqual(yOfNn.data);

      const dx = within([L, D], gap, seed + 4);
      const dxOfNn = copyOf(dx);
      matmuls.input(dx, dy, weight, add);
      linearInputBackward(dy, weight, { precision, dx: dxOfNn, add });
      expect(dx.data).toEqual(dxOfNn.data);

      const dWeight = within([F, D], gap, seed + 5);
      const dWeightOfNn = copyOf(dWeight);
      matmuls.weight(dWeight, dy, x);
      linearWeightBackward(dy, x, { precision, dWeight: dWeightOfNn });
      expect(dWeight.data).toEqual(dWeightOfNn.data);
    });
    fc.assert(property, { numRuns: 60 });
  });
});
