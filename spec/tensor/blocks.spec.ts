/** Blocks of any bits and of extreme scales, as llama.cpp itself widens them (fixtures/README.md, `blocks.npz`). */
import { describe, expect, it } from "vitest";
import { BLOCK_FORMATS, type BlockType } from "../../src/tensor/quantized.ts";
import { golden } from "../support/goldens.ts";

describe.each(Object.keys(BLOCK_FORMATS) as BlockType[])("%s", (dtype) => {
  const { numbers, bytes, widen } = BLOCK_FORMATS[dtype];
  const name = dtype.toUpperCase();
  const stored = Uint8Array.from(golden("gguf/blocks.npz", `${name}.stored`));
  const wanted = golden("gguf/blocks.npz", `${name}.numbers`);

  it("widens to the bits that llama.cpp widens to, in float32 and in float64", () => {
    const [narrow, wide] = [new Float32Array(wanted.length), new Float64Array(wanted.length)];
    for (let block = 0; block * bytes < stored.length; block++) {
      widen(stored, block * bytes, narrow, block * numbers);
      widen(stored, block * bytes, wide, block * numbers);
    }
    expect(wide).toEqual(wanted); // also the sign of 0
    expect(narrow).toEqual(Float32Array.from(wanted));
  });

  it("touches its own numbers only", () => {
    const out = new Float32Array(3 * numbers).fill(7);
    widen(stored, 2 * bytes, out, numbers);
    expect(out.subarray(0, numbers).every((x) => x === 7)).toBe(true);
    expect(out.subarray(2 * numbers).every((x) => x === 7)).toBe(true);
  });
});
