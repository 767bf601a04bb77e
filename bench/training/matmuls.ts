/**
 * The three matmuls of training in GFLOP/s: the definitions in nn/, the tiles in JavaScript, and SIMD, in turn, best of so many rounds.
 *
 *     npx tsx bench/training/matmuls.ts [--rounds 9]
 *
 * Shapes are those of tiny-stories-it for a sequence of 58 tokens, and a larger one.
 */
import { parseArgs } from "node:util";
import { tiledMatmuls } from "../../src/backend/cpu/tiled-matmuls.ts";
import type { Matmuls } from "../../src/backend/matmuls.ts";
import { simdMatmuls } from "../../src/backend/wasm/matmuls/simd-matmuls.ts";
import { plainMatmuls } from "../../src/nn/backward/matmuls.ts";
import { xoshiro128 } from "../../src/random.ts";
import type { Stored } from "../../src/tensor/stored.ts";
import { type NdArray, tensor } from "../../src/tensor/tensor.ts";

const { values: options } = parseArgs({ options: { rounds: { type: "string", default: "9" } } });
const rounds = Number(options.rounds);
const sets: readonly Matmuls[] = [
  { name: "nn", ...plainMatmuls() },
  tiledMatmuls(Math.fround),
  simdMatmuls(),
];
const random = xoshiro128(1);
const matrix = (R: number, C: number): NdArray =>
  tensor(
    Float32Array.from({ length: R * C }, () => 2 * random() - 1),
    [R, C],
  );

console.log(`Node ${process.version}, GFLOP/s: forward, input, weight; best of ${rounds} rounds\n`);
for (const [L, D, F] of [
  [58, 128, 512],
  [58, 512, 128],
  [57, 128, 1024],
  [58, 128, 64],
  [256, 1024, 1024],
]) {
  const [x, dy, y, dx, dW] = [matrix(L, D), matrix(L, F), matrix(L, F), matrix(L, D), matrix(F, D)];
  const weight: Stored = { dtype: "float32", shape: [F, D], data: matrix(F, D).data };
  const best = new Map<string, number>();
  for (let round = -2; round < rounds; round++) {
    for (const set of sets) {
      const works = [
        () => set.forward(y, x, weight),
        () => set.input(dx, dy, weight, true),
        () => set.weight(dW, dy, x),
      ];
      for (const [i, work] of works.entries()) {
        const begin = performance.now();
        work();
        const rate = (2 * L * D * F) / (performance.now() - begin) / 1e6;
        const key = `${set.name} ${i}`;
        if (round >= 0) best.set(key, Math.max(best.get(key) ?? 0, rate));
      }
    }
  }
  const cells = sets.map(({ name }) => {
    const rates = [0, 1, 2].map((i) => (best.get(`${name} ${i}`) ?? 0).toFixed(1).padStart(5));
    return `${name}: ${rates.join(" ")}`;
  });
  console.log(`[${L}, ${D}] · [${F}, ${D}]ᵀ`.padEnd(24), cells.join("   "));
}
