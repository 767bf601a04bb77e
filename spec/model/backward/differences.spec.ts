/** Gradients of whole models of any shape against finite differences of their loss. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { GemmaConfig } from "../../../src/config.ts";
import { xoshiro128 } from "../../../src/random.ts";
import { TrainableModel } from "../../../src/training/trainable.ts";
import { IS_LONG } from "../../support/fuzz.ts";
import { learningCheckpoint } from "../../support/learning.ts";

const shapes = fc.record({
  hiddenSize: fc.integer({ min: 3, max: 9 }),
  intermediateSize: fc.integer({ min: 2, max: 11 }),
  numHiddenLayers: fc.integer({ min: 1, max: 3 }),
  heads: fc.constantFrom([1, 1], [2, 1], [4, 2], [3, 3], [6, 2]),
  half: fc.integer({ min: 1, max: 4 }),
  vocabSize: fc.integer({ min: 4, max: 13 }),
  length: fc.integer({ min: 2, max: 7 }),
  recompute: fc.boolean(),
  isTied: fc.boolean(),
  zLoss: fc.constantFrom(0, 0.05),
  seed: fc.integer({ min: 0, max: 2 ** 31 }),
});

/**
 * Five-point differences of step h are off by h⁴/30 of the fifth derivative, which sharp attention may have large: half the
 * step shows how much that is. What is left is rounding, some 1e-15 / h. The smallest bug of the goldens' list, another GELU,
 * shows by 1e-4.
 */
const H = 1e-3;
const ROUNDING = 1e-10;

describe("gradients of a model of any shape", () => {
  it("are the slopes of its loss", async () => {
    const { config: micro } = await learningCheckpoint("micro");
    await fc.assert(
      fc.asyncProperty(
        shapes,
        async ({ heads, half, length, seed, recompute, isTied, zLoss, ...sizes }) => {
          const [numAttentionHeads, numKeyValueHeads] = heads;
          const shape = { numAttentionHeads, numKeyValueHeads, headDim: 2 * half };
          const head = isTied ? {} : { tieWordEmbeddings: false as const };
          const config: GemmaConfig = { ...micro, ...sizes, ...shape, ...head };
          const random = xoshiro128(seed);
          const options = { seed, std: 0.5, precision: "float64", recompute } as const;
          const model = await TrainableModel.random(config, options);
          const some = (below: number) => Math.floor(random() * below);
          const ids = Array.from({ length }, () => some(sizes.vocabSize));
          const mask = ids.map((_, t) => (t === 0 ? 0 : [0, 1, 0.5][some(3)]));
          mask[length - 1] = 1;
          const normalizer = mask.reduce((sum, m) => sum + m, 0);
          for (const { shape: axes, data } of model.parameters.values()) {
            if (axes.length === 1) for (let i = 0; i < data.length; i++) data[i] = random() - 0.5;
          }
          const batch = [{ ids, mask }];
          await model.accumulate(batch, { normalizer, zLoss });
          const gradients = new Map(
            [...model.parameters].map(([name, { gradient }]) => [name, gradient.slice()]),
          );
          for (const [name, { data }] of model.parameters) {
            const at = some(data.length);
            const here = data[at];
            const lossAt = async (by: number) => {
              data[at] = here + by;
              return (await model.accumulate(batch, { normalizer, zLoss })).loss;
            };
            const slopeBy = async (h: number) =>
              (8 * ((await lossAt(h)) - (await lossAt(-h))) -
                ((await lossAt(2 * h)) - (await lossAt(-2 * h)))) /
              (12 * h);
            const [wide, slope] = [await slopeBy(H), await slopeBy(H / 2)];
            data[at] = here;
            const scale = Math.max(1, ...(gradients.get(name) ?? []).map(Math.abs));
            const off = Math.abs(slope - (gradients.get(name)?.[at] ?? 0));
            expect(off, name).toBeLessThan(Math.abs(wide - slope) + ROUNDING * scale);
          }
        },
      ),
      { numRuns: IS_LONG ? 200 : 3 },
    );
  });
});
