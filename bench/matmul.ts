/**
 * The tiled matmul of the CPU backend against the plain triple loop, interleaved in one run:
 *
 *     npm run bench
 *
 * [32 × 2048]·[2048 × 2048] is the q projection of the 2B for a chunk of 32 tokens, [1 × 2048]·[2048 × 2048]
 * that for one token. `plain` is the code one writes first: three loops over the stored values.
 */
import { matmulColumns } from "../src/backend/cpu/matmul.ts";
import { linear } from "../src/nn/linear.ts";
import { xoshiro128 } from "../src/random.ts";
import { float64ToBfloat16 } from "../src/tensor/bfloat16.ts";
import { float32, zeros } from "../src/tensor/precision.ts";
import type { Stored } from "../src/tensor/stored.ts";
import { type NdArray, tensor } from "../src/tensor/tensor.ts";

const D = 2048;
const F = 2048;
const ROUNDS = 9;

const random = xoshiro128(1);
const uniform = (size: number) => Float32Array.from({ length: size }, () => 2 * random() - 1);
const values = uniform(F * D);
const weights: Record<string, Stored> = {
  float32: { dtype: "float32", shape: [F, D], data: values },
  bfloat16: {
    dtype: "bfloat16",
    shape: [F, D],
    data: Uint16Array.from(values, float64ToBfloat16),
  },
};

function plainFloat32(X: Float32Array, W: Float32Array, Y: Float32Array, L: number): void {
  for (let l = 0; l < L; l++) {
    for (let f = 0; f < F; f++) {
      let sum = 0;
      for (let d = 0; d < D; d++) sum += X[l * D + d] * W[f * D + d];
      Y[l * F + f] = sum;
    }
  }
}

const wide = new Float32Array(1);
const bits = new Uint32Array(wide.buffer);

function plainBfloat16(X: Float32Array, W: Uint16Array, Y: Float32Array, L: number): void {
  for (let l = 0; l < L; l++) {
    for (let f = 0; f < F; f++) {
      let sum = 0;
      for (let d = 0; d < D; d++) {
        bits[0] = W[f * D + d] << 16;
        sum += X[l * D + d] * wide[0];
      }
      Y[l * F + f] = sum;
    }
  }
}

function candidates(x: NdArray, weight: Stored, y: NdArray): Record<string, () => void> {
  const [L] = x.shape;
  const [X, Y] = [x.data as Float32Array, y.data as Float32Array];
  return {
    plain: () =>
      weight.dtype === "float32"
        ? plainFloat32(X, weight.data as Float32Array, Y, L)
        : plainBfloat16(X, weight.data as Uint16Array, Y, L),
    "nn/linear": () => linear(x, weight, { out: y }),
    tiled: () => matmulColumns(x, weight, y, 0, F, float32.round),
  };
}

function median(times: number[]): number {
  return [...times].sort((a, b) => a - b)[times.length >> 1];
}

console.log(`Node ${process.version}, median of ${ROUNDS} interleaved rounds\n`);
console.log("rows  weight    code        ms       GFLOP/s  × plain");
for (const L of [32, 1]) {
  for (const [dtype, weight] of Object.entries(weights)) {
    const x = tensor(uniform(L * D), [L, D]);
    const y = zeros([L, F], float32);
    const runs = candidates(x, weight, y);
    const times = new Map<string, number[]>(Object.keys(runs).map((name) => [name, []]));
    const repeat = L === 1 ? 10 : 1;
    for (let round = -2; round < ROUNDS; round++) {
      for (const [name, run] of Object.entries(runs)) {
        const begin = performance.now();
        for (let i = 0; i < repeat; i++) run();
        // The first two rounds only warm up the compiler.
        if (round >= 0) times.get(name)?.push((performance.now() - begin) / repeat);
      }
    }
    const plain = median(times.get("plain") ?? []);
    for (const [name, measured] of times) {
      const ms = median(measured);
      console.log(
        [
          String(L).padEnd(5),
          dtype.padEnd(9),
          name.padEnd(10),
          ms.toFixed(2).padStart(8),
          ((2 * L * D * F) / ms / 1e6).toFixed(2).padStart(8),
          (plain / ms).toFixed(2).padStart(8),
        ].join(" "),
      );
    }
  }
}
