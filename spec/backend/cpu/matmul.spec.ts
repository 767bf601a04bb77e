import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matmulColumns } from "../../../src/backend/cpu/matmul.ts";
import { linear } from "../../../src/nn/linear.ts";
import { float64ToBfloat16 } from "../../../src/tensor/bfloat16.ts";
import { precisionNamed, zeros } from "../../../src/tensor/precision.ts";
import type { Stored } from "../../../src/tensor/stored.ts";
import { randomTensor } from "../../support/random.ts";

/** Random weights [F, D] in a stored dtype. */
function weights(dtype: Stored["dtype"], shape: [number, number], seed: number): Stored {
  const { data } = randomTensor(shape, seed);
  if (dtype === "bfloat16")
    return { dtype, shape, data: Uint16Array.from(data, float64ToBfloat16) };
  if (dtype === "float64") return { dtype, shape, data: Float64Array.from(data) };
  if (dtype === "float32") return { dtype, shape, data: data as Float32Array };
  // Any bit patterns of finite float16 numbers around ±1.
  return { dtype, shape, data: Uint16Array.from(data, (x) => 0x3800 + Math.abs(x) * 0x7ff) };
}

/** The same numbers, an element further into their buffer: 16 bits are then in the middle of a word. */
function shifted(weight: Stored): Stored {
  const Same = weight.data.constructor as Uint16ArrayConstructor;
  const data = new Same(weight.data.length + 1);
  data.set(weight.data, 1);
  return { ...weight, data: data.subarray(1) };
}

describe("the tiled matmul", () => {
  it("has the bits of nn/linear, for any shape, dtype, precision and cut", () => {
    const size = fc.integer({ min: 1, max: 21 });
    const dtype = fc.constantFrom<Stored["dtype"][]>("bfloat16", "float16", "float32", "float64");
    const precision = fc.constantFrom("float64", "float32", "bfloat16");
    const property = fc.property(
      fc.record({
        L: fc.oneof(fc.constant(1), size),
        D: size,
        F: size,
        cut: size,
        dtype,
        isShifted: fc.boolean(),
        precision,
        seed: fc.nat(1e6),
      }),
      ({ L, D, F, cut, dtype, isShifted, precision: name, seed }) => {
        const precision = precisionNamed(name);
        const x = randomTensor([L, D], seed);
        const dense = weights(dtype, [F, D], seed + 1);
        const weight = isShifted ? shifted(dense) : dense;
        const y = zeros([L, F], precision);
        for (let begin = 0; begin < F; begin += cut) {
          matmulColumns(x, weight, y, begin, Math.min(F, begin + cut), precision.round);
        }
        expect(y.data).toEqual(linear(x, weight, { precision }).data);
      },
    );
    fc.assert(property, { numRuns: 500 });
  });
});
