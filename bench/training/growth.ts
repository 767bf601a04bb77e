/**
 * Do 1,000 steps of training leave anything behind? In the structure of tiny-stories-it, with SIMD matmuls and AdamW, on sequences of
 * changing lengths:
 *
 *     node --expose-gc --import tsx bench/training/growth.ts [--steps 1000]
 *
 * Memory after each tenth, with the garbage collected. Exit code 1 if arrays, or objects by more than 4 % (which V8's
 * own code takes), have grown from the second tenth to the last.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { simdMatmuls } from "../../src/backend/wasm/matmuls/simd-matmuls.ts";
import { xoshiro128 } from "../../src/random.ts";
import { adamW } from "../../src/training/optimizer/adamw.ts";
import { clipByGlobalNorm } from "../../src/training/optimizer/clip.ts";
import { TrainableModel } from "../../src/training/trainable.ts";
import { STRUCTURE } from "./structure.ts";

const { values: options } = parseArgs({ options: { steps: { type: "string", default: "1000" } } });
const steps = Number(options.steps);
const random = xoshiro128(1);
const model = await TrainableModel.random(STRUCTURE, { seed: 1, matmuls: simdMatmuls() });
const parameters = [...model.parameters.values()];
const optimizer = adamW();
/** Of the longest first, for which room is made. */
const lengthAt = (step: number) => (step === 0 ? 64 : 8 + Math.floor(random() * 56));

const samples: { heap: number; arrays: number; rss: number }[] = [];
for (let step = 0; step < steps; step++) {
  const length = lengthAt(step);
  const ids = Int32Array.from({ length }, () => Math.floor(random() * STRUCTURE.vocabSize));
  const mask = Array.from(ids, (_, t) => (t > 0 ? 1 : 0));
  model.zeroGradients();
  await model.accumulate([{ ids, mask }], { normalizer: length - 1 });
  clipByGlobalNorm(parameters, 1);
  optimizer.step(parameters, 1e-4);
  if ((step + 1) % Math.ceil(steps / 10) === 0) {
    for (let i = 0; i < 3; i++) {
      globalThis.gc?.();
      await sleep(5);
    }
    const { heapUsed: heap, arrayBuffers: arrays, rss } = process.memoryUsage();
    samples.push({ heap, arrays, rss });
    const mb = (bytes: number) => (bytes / 1e6).toFixed(2);
    console.log(
      `${step + 1} steps: objects ${mb(heap)}, arrays ${mb(arrays)}, resident ${mb(rss)} MB`,
    );
  }
}
const [from, to] = [samples[1], samples[samples.length - 1]];
process.exit(to.arrays <= from.arrays && to.heap <= 1.04 * from.heap ? 0 : 1);
