/** rms-norm, rope, add and copy-rows: each against its twin in nn/, for any shape. */
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { wasmBackend } from "../../../../src/backend/wasm/wasm.ts";
import { GEMMA_2B } from "../../../../src/config.ts";
import { add } from "../../../../src/nn/residual.ts";
import { rmsNorm } from "../../../../src/nn/rmsnorm.ts";
import { applyRope, ropeAngles } from "../../../../src/nn/rope.ts";
import { float64 } from "../../../../src/tensor/precision.ts";
import { tensor } from "../../../../src/tensor/tensor.ts";
import { randomTensor } from "../../../support/random.ts";
import { blank, put, rounding, rowsOf, worst } from "../../../support/wasm-backend.ts";
import { sourceOf } from "../../../support/wasm-weights.ts";

const backend = wasmBackend({ threads: 1 });
afterAll(() => backend.dispose());

const L = fc.integer({ min: 1, max: 6 });
const seed = fc.nat(1000);
const RUNS = { numRuns: 60 };

describe("kernels", () => {
  it("rms-norm is rounded once", async () => {
    const D = fc.integer({ min: 1, max: 70 });
    const offset = fc.constantFrom<0 | 1>(0, 1);
    const size = fc.constantFrom(1e-20, 1e-3, 1, 1e15); // squares of the first and last are no float32
    const property = fc.asyncProperty(
      L,
      D,
      offset,
      size,
      seed,
      async (L, D, offset, size, seed) => {
        const [x, gain] = [randomTensor([L, D], seed), randomTensor([D], seed + 1)];
        const data = (x.data as Float32Array).map((one) => one * size);
        const scaled = tensor(data, [L, D]);
        const weight = await backend.upload(
          sourceOf(
            { dtype: "float32", shape: [D], data: gain.data as Float32Array },
            "norm",
            offset,
          ),
        );
        const dst = blank(backend, L, D);
        backend.ops.rmsNorm(dst, put(backend, scaled), weight, rowsOf(L), 1e-6);
        const wanted = rmsNorm(scaled, gain, { normOffset: offset, precision: float64 }).data;
        const got = await backend.read(dst, rowsOf(L));
        // A few roundings of float64 besides.
        const close = (i: number) => rounding(wanted[i]) * (1 + 2 ** -25);
        expect(worst(got, wanted, close)).toBeLessThanOrEqual(1);
      },
    );
    await fc.assert(property, RUNS);
  });

  it("rope is off by two products and a sum", async () => {
    const heads = fc.integer({ min: 1, max: 4 });
    const half = fc.integer({ min: 1, max: 9 });
    const pos = fc.constantFrom(0, 1, 60, 8000);
    const property = fc.asyncProperty(L, heads, half, pos, seed, async (L, N, half, pos, seed) => {
      const H = 2 * half;
      const x = randomTensor([L, N * H], seed);
      const source = put(backend, x);
      const isInPlace = seed % 2 === 0;
      const dst = isInPlace ? source : blank(backend, L, N * H);
      const config = { ...GEMMA_2B, numHiddenLayers: 1, numKeyValueHeads: 1, headDim: H };
      const kv = backend.createKV(config, { positions: 1 });
      backend.ops.rope(dst, source, [{ ...rowsOf(L), pos, kv }], N, H, 10000);
      const heads = tensor(x.data as Float32Array, [L, N, H]);
      const wanted = applyRope(heads, pos).data;
      const { cos, sin } = ropeAngles(pos, L, H);
      const sizes = wanted.map((_, i) => {
        const [l, h] = [Math.floor(i / (N * H)), i % H];
        const pair = h < half ? i + half : i - half;
        const angle = l * half + (h % half);
        return Math.abs(x.data[i] * cos[angle]) + Math.abs(x.data[pair] * sin[angle]);
      });
      // Products and the sum: 2⁻²⁴ of their sizes each; and the twin's own rounding.
      const got = await backend.read(dst, rowsOf(L));
      expect(worst(got, wanted, (i) => 3 * 2 ** -24 * sizes[i])).toBeLessThanOrEqual(1);
      backend.free("kv", kv);
    });
    await fc.assert(property, RUNS);
  });

  it("add has the bits of its twin, and may write where it reads", async () => {
    const D = fc.integer({ min: 1, max: 40 });
    const property = fc.asyncProperty(L, D, seed, async (L, D, seed) => {
      const [x, y] = [randomTensor([L, D], seed), randomTensor([L, D], seed + 1)];
      const [a, b] = [put(backend, x), put(backend, y)];
      const dst = [a, b, blank(backend, L, D)][seed % 3];
      backend.ops.add(dst, a, b, rowsOf(L));
      expect(await backend.read(dst, rowsOf(L))).toEqual(add(x, y).data);
    });
    await fc.assert(property, RUNS);
  });
});
