/**
 * The three matmuls of training by SIMD, for arrays in JavaScript's memory: a part for the CPU backend, which leaves the
 * rest of a step as it is defined. Their plain twins are those of backend/cpu/tiled-matmuls.ts.
 *
 *     y  = x · Wᵀ        dx = dy · W        dW += dyᵀ · x
 *
 * All three are one product of matrices (product.ts); they differ in which axis of the arrays is summed over.
 * @module
 */
import { refusals } from "../../../errors.ts";
import { assertOptions, type OptionNames } from "../../../options.ts";
import { assertStored, type Stored, widenRow } from "../../../tensor/stored.ts";
import { assertTensor, type NdArray } from "../../../tensor/tensor.ts";
import type { Matmuls } from "../../matmuls.ts";
import type { Simd } from "../kernels/multiply-add.ts";
import { wasmUnavailable } from "../machine.ts";
import { chosenSimd } from "../options.ts";
import { BLOCK_K, Products, type Rows } from "./product.ts";

/** How the matmuls compute. */
export interface SimdMatmulsOptions {
  /** The instructions that they use. Default: `relaxed-simd`, which fuses multiply-adds, where the machine has it. */
  readonly simd?: Simd;
}

const NAMES: OptionNames<SimdMatmulsOptions> = { simd: true };

/** Numbers of a weight that are widened at a time. */
const WIDENED = 2 ** 20;

/**
 * The three matmuls in float32, on this thread: about ten times as fast as those of the CPU backend (docs/performance.md).
 *
 * Activations and gradients are float32; a weight may have any dtype but float64, and is widened to float32, which is exact. A
 * sum goes upwards in float32, 256 products at a time, and those sums are added up in order; so an element is off by about
 * (256 + n / 256) · 2⁻²⁴ · Σ |a · b| at most, for n products. The bits of an element depend on its own row and column alone:
 * a sequence has the same ones in any batch.
 *
 * It holds 2 MB of WebAssembly's memory, whatever the sizes, and, where weights are widened, scratch for a million of
 * their numbers, or 256 of their rows if that is more.
 * @param options instructions: {@link SimdMatmulsOptions}
 * @throws {UnsupportedError} if this machine has no SIMD for WebAssembly, or lacks what an option asks for.
 */
export function simdMatmuls(options: SimdMatmulsOptions = {}): Matmuls {
  assertOptions("simdMatmuls", options, NAMES);
  const simd = chosenSimd("simdMatmuls", options.simd);
  const reason = wasmUnavailable();
  if (reason !== undefined) {
    const machine = "a machine that compiles WebAssembly";
    throw refusals("simdMatmuls").unsupported(undefined, machine, reason, ELSEWHERE);
  }
  const products = new Products(simd);
  let scratch = new Float32Array(0);

  /** `use` of a weight as float32, in pieces of whole blocks of its rows. */
  const inFloat32 = (
    weight: Stored,
    use: (rows: Rows, begin: number, count: number) => void,
  ): void => {
    const { dtype, data, shape, offset = 0, stride } = weight;
    const [F, D] = shape;
    if (dtype === "float32") {
      use({ data: data as Float32Array, offset, step: stride?.[0] ?? D }, 0, F);
      return;
    }
    const most = BLOCK_K * Math.max(1, Math.floor(WIDENED / (BLOCK_K * D)));
    const row = new Float64Array(D);
    for (let begin = 0; begin < F; begin += most) {
      const count = Math.min(most, F - begin);
      if (scratch.length < count * D) scratch = new Float32Array(count * D);
      for (let f = 0; f < count; f++) {
        widenRow(weight, begin + f, row);
        scratch.set(row, f * D);
      }
      use({ data: scratch, offset: 0, step: D }, begin, count);
    }
  };

  return {
    name: `wasm, ${simd}`,

    forward(y, x, weight) {
      const op = "simdMatmuls.forward";
      const [L, D] = float32Rows(op, "x", x);
      const F = assertFloat32Weight(op, weight, [undefined, D])[0];
      float32Rows(op, "y", y, [L, F]);
      const from = { ...rowsOf(x), k: "along" } as const;
      inFloat32(weight, (rows, begin, count) => {
        const to = rowsOf(y, begin);
        products.multiply(to, from, { ...rows, k: "along" }, [L, count, D], false);
      });
    },

    input(dx, dy, weight, add) {
      const op = "simdMatmuls.input";
      const [L, F] = float32Rows(op, "dy", dy);
      const D = assertFloat32Weight(op, weight, [F, undefined])[1];
      float32Rows(op, "dx", dx, [L, D]);
      const to = rowsOf(dx);
      inFloat32(weight, (rows, begin, count) => {
        const from = { ...rowsOf(dy, begin), k: "along" } as const;
        products.multiply(to, from, { ...rows, k: "down" }, [L, D, count], add || begin > 0);
      });
    },

    weight(dWeight, dy, x) {
      const op = "simdMatmuls.weight";
      const [L, F] = float32Rows(op, "dy", dy);
      const D = float32Rows(op, "x", x, [L, undefined])[1];
      float32Rows(op, "dWeight", dWeight, [F, D]);
      const a = { ...rowsOf(dy), k: "down" } as const;
      products.multiply(rowsOf(dWeight), a, { ...rowsOf(x), k: "down" }, [F, D, L], true);
    },
  };
}

/** A tensor from column `begin` on, as rows of numbers. */
function rowsOf({ data, offset, stride }: NdArray, begin = 0): Rows {
  return { data: data as Float32Array, offset: offset + begin, step: stride[0] };
}

/** The shape of a matrix of float32. @throws {GemmaError} if it is something else. */
function float32Rows(
  op: string,
  argument: string,
  x: NdArray,
  shape: readonly (number | undefined)[] = [undefined, undefined],
): readonly number[] {
  assertTensor(op, argument, x, shape);
  if (x.data instanceof Float32Array) return x.shape;
  throw refusals(op).argument(argument, "a tensor of float32", "one of float64", ELSEWHERE);
}

function assertFloat32Weight(
  op: string,
  weight: Stored,
  shape: readonly (number | undefined)[],
): readonly number[] {
  assertStored(op, "weight", weight, shape);
  if (weight.dtype !== "float64") return weight.shape;
  const expected = "a weight of float32 or less";
  throw refusals(op).argument("weight", expected, "one of float64", ELSEWHERE);
}

const ELSEWHERE = "leave matmuls out: plain JavaScript computes everywhere, in any precision";
