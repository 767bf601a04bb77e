/** Against llama.cpp's own files: spec/checkpoint/gguf/read.spec.ts. Here: what no model shows. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BLOCK_FORMATS, quantizeQ4_0, quantizeQ8_0 } from "../../src/tensor/quantized.ts";
import { storedFromBytes, widenRow } from "../../src/tensor/stored.ts";

const anyRow = fc
  .tuple(
    fc.array(fc.float({ noNaN: true, min: Math.fround(-1e4), max: Math.fround(1e4) }), {
      minLength: 64,
      maxLength: 64,
    }),
    fc.integer({ min: -20, max: 2 }),
  )
  .map(([row, scale]) => Float32Array.from(row, (x) => x * 2 ** scale));

describe.each([
  ["q8_0", quantizeQ8_0, 0.5],
  ["q4_0", quantizeQ4_0, 1], // towards the end that has no ninth step
] as const)("%s", (dtype, quantize, steps) => {
  it("is off by half a step, and by what the float16 scale loses", () => {
    fc.assert(
      fc.property(anyRow, (row) => {
        const blocks = quantize(row);
        const { bytes, widen, numbers } = BLOCK_FORMATS[dtype];
        for (let block = 0; block < 2; block++) {
          const out = new Float64Array(numbers);
          widen(blocks, block * bytes, out, 0);
          const part = row.subarray(block * numbers, (block + 1) * numbers);
          const largest = Math.max(...part.map(Math.abs));
          const step = largest / (dtype === "q8_0" ? 127 : 8);
          // A float16 is off by 2⁻¹¹ of itself, or by 2⁻²⁵ where it is that small; each of up to 127 steps is.
          const lost = largest * 2 ** -11 + 127 * 2 ** -25;
          out.forEach((x, i) => {
            expect(Math.abs(x - part[i])).toBeLessThanOrEqual(steps * step * 1.0001 + lost);
          });
        }
      }),
    );
  });

  it("keeps zeros, signs and rows apart", () => {
    const row = new Float32Array(96);
    row[40] = -2;
    row[70] = 3;
    const stored = storedFromBytes(quantize(row), dtype, [3, 32]);
    const out = new Float64Array(32);
    widenRow(stored, 0, out);
    expect([...out].every((x) => x === 0)).toBe(true);
    widenRow(stored, 1, out);
    expect(out[8]).toBeCloseTo(-2, 2);
    widenRow(stored, 2, out);
    expect(out[6]).toBeCloseTo(3, dtype === "q8_0" ? 2 : 0);
  });
});
