/**
 * Page 18: from gradients to a model: steps, fine-tuning, LoRA, and what they cost.
 * @module
 */
import { GEMMA_2B, type GemmaConfig } from "../../../../src/config.ts";
import { weightSpecs } from "../../../../src/model/weights/weights.ts";
import { roundToBfloat16 } from "../../../../src/tensor/bfloat16.ts";
import { adamW } from "../../../../src/training/optimizer/adamw.ts";
import { RUN, smallRun } from "../learning/small-runs.ts";
import { FLOOR, NOTHING, WITHOUT_NAMES } from "../learning/small-world.ts";
import type { PageParts } from "../page-parts.ts";
import { count, digits, fixed, markdownTable } from "../text/numbers.ts";
import { parametersOf } from "./17-gradient.ts";
import { curvePicture } from "./18-curve-picture.ts";

/** Rank of the adapter whose cost is told. */
const RANK = 8;

/** Numbers of an adapter at all seven projections. */
function adapterOf(config: GemmaConfig): number {
  const matrices = weightSpecs(config).filter(({ name }) => /_proj\./.test(name));
  return matrices.reduce((sum, { shape: [F, D] }) => sum + RANK * (F + D), 0);
}

/** Floats that a token leaves behind in all blocks: everything, or the stream between blocks alone. */
function keptOf(config: GemmaConfig): { all: number; borders: number } {
  const { hiddenSize: D, intermediateSize: F, headDim: H, numHiddenLayers: blocks } = config;
  const { numAttentionHeads: N, numKeyValueHeads: K } = config;
  return { all: blocks * (4 * D + 2 * N * H + 2 * K * H + 3 * F), borders: blocks * D };
}

function bytes(x: number): string {
  const [unit, name] = x >= 1e9 ? [1e9, "GB"] : x >= 1e6 ? [1e6, "MB"] : [1e3, "kB"];
  return `${digits(x / unit, 3)} ${name}`;
}

/** Two steps of AdamW, and the first step of plain descent by gradients of any size. */
function byHand() {
  const parameter = {
    ...{ name: "p", shape: [1, 1] },
    data: Float64Array.of(0.5),
    gradient: Float64Array.of(1),
  };
  const optimizer = adamW({ beta1: 0.9, beta2: 0.999, weightDecay: 0.01 });
  const after = (slope: number) => {
    parameter.gradient[0] = slope;
    optimizer.step([parameter], 0.1);
    return fixed(parameter.data[0]);
  };
  const [first, second] = [after(1), after(-2)];
  const small = { ...parameter, data: Float64Array.of(0.5), gradient: Float64Array.of(0.001) };
  adamW({ weightDecay: 0.01 }).step([small], 0.1);
  return { first, second, "first-small": fixed(small.data[0]) };
}

export const training: PageParts = {
  page: 18,

  async figures() {
    const right = await smallRun("right");
    const [wayIn, wayOut] = [
      await smallRun("the table's way in is forgotten"),
      await smallRun("the table's way out is forgotten"),
    ];
    const moved = 1 - 0.001;
    return {
      ...byHand(),
      steps: String(RUN.steps),
      batch: String(RUN.batch),
      peak: String(RUN.peak),
      warmup: String(RUN.warmup),
      nothing: fixed(NOTHING, 2),
      floor: fixed(FLOOR, 2),
      "without-names": fixed(WITHOUT_NAMES, 2),
      "right-test": fixed(right.test, 2),
      "right-she": fixed(right.pronoun, 2),
      "in-test": fixed(wayIn.test, 2),
      "out-test": fixed(wayOut.test, 2),
      "out-she": fixed(wayOut.pronoun, 2),
      bfloat16: String(roundToBfloat16(moved)),
      float32: String(Math.fround(moved).toFixed(3)),
      tokens: fixed((2 * 1 + 8 * 2) / 10, 1),
      means: fixed((1 + 2) / 2, 1),
      adapter: count(adapterOf(GEMMA_2B)),
      "adapter-percent": fixed((100 * adapterOf(GEMMA_2B)) / parametersOf(GEMMA_2B), 2),
    };
  },

  pictures: { curve: curvePicture },

  blocks: {
    cost(example) {
      const rowsOf = (config: GemmaConfig, isAdapter: boolean) => {
        const trained = isAdapter ? adapterOf(config) : parametersOf(config);
        const { all, borders } = keptOf(config);
        return [
          count(trained),
          isAdapter ? bytes(2 * parametersOf(config)) : "—",
          bytes(4 * trained),
          bytes(4 * trained),
          bytes(8 * trained),
          bytes(4 * all),
          bytes(4 * borders),
        ];
      };
      const columns = [
        rowsOf(example.model.config, false),
        rowsOf(GEMMA_2B, false),
        rowsOf(GEMMA_2B, true),
      ];
      const names = [
        "numbers that learn",
        "weights that do not, bfloat16",
        "weights that do, float32",
        "gradient",
        "m and v",
        "a token's intermediates",
        "the same, blocks computed again",
      ];
      return markdownTable(
        ["", "the bundled model", "Gemma 2B", `Gemma 2B, LoRA of rank ${RANK}`],
        names.map((name, r) => [name, ...columns.map((column) => column[r])]),
      );
    },
  },
};
