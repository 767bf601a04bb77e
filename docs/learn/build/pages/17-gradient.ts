/**
 * Page 17: the loss, and what each number would change of it.
 * @module
 */
import type { GemmaConfig } from "../../../../src/config.ts";
import { weightSpecs } from "../../../../src/model/weights/weights.ts";
import { gegluBackward } from "../../../../src/nn/backward/geglu.ts";
import { rmsNormBackward } from "../../../../src/nn/backward/rmsnorm.ts";
import { crossEntropy } from "../../../../src/nn/loss/cross-entropy.ts";
import { float64, zeros } from "../../../../src/tensor/precision.ts";
import { elementsOf, tensor } from "../../../../src/tensor/tensor.ts";
import type { Example } from "../example.ts";
import { gradientsOf, lengthOf } from "../learning/gradients.ts";
import { errorOf, WAYS } from "../learning/small-runs.ts";
import { sharesOfLogits } from "../lens.ts";
import type { PageParts } from "../page-parts.ts";
import { LAST } from "../she.ts";
import { count, digits, fixed, markdownTable } from "../text/numbers.ts";
import { plain } from "../text/pieces.ts";
import { MILLION, saliencyPicture } from "./17-saliency-picture.ts";

/** How many numbers a model has. */
export function parametersOf(config: GemmaConfig): number {
  return weightSpecs(config).reduce((sum, { shape }) => sum + elementsOf(shape), 0);
}

const precision = float64;
const row = (...numbers: number[]) => tensor(Float64Array.of(...numbers), [1, numbers.length]);

/** The cases for a calculator, by the components themselves. */
function byHand() {
  const logits = row(0, Math.log(2), Math.log(5));
  const dLogits = zeros([1, 3], precision);
  const { loss } = crossEntropy(logits, [2], { precision, dLogits });
  const dx = rmsNormBackward(row(1, 0), row(3, 4), tensor(Float64Array.of(0, 0.5), [2]), {
    eps: 0,
    precision,
  });
  const { dGate, dUp } = gegluBackward(row(1), row(1), row(2), { precision });
  return {
    "hand-loss": fixed(loss, 3),
    ...Object.fromEntries(
      Array.from(dLogits.data, (slope, v) => [`hand-${v + 1}`, fixed(slope, 3)]),
    ),
    "norm-1": fixed(dx.get(0, 0), 3),
    "norm-2": fixed(dx.get(0, 1), 3),
    "gate-slope": fixed(dGate.get(0, 0), 3),
    "up-slope": fixed(dUp.get(0, 0), 3),
  };
}

/** The table's two gradients at the rows of some words. */
function tableFigures(
  { ids, model, pieces }: Example,
  { input, output }: { input: Float64Array; output: Float64Array },
) {
  const D = model.config.hiddenSize;
  const at = (g: Float64Array, piece: string) => {
    const id = ids[pieces.indexOf(piece)];
    return lengthOf(g.subarray(id * D, (id + 1) * D));
  };
  const isRead = Array.from({ length: model.config.vocabSize }, (_, id) =>
    input.subarray(id * D, (id + 1) * D).some((slope) => slope !== 0),
  );
  return {
    "input-mira": digits(at(input, "Mira"), 2),
    "output-mira": digits(at(output, "Mira"), 2),
    "input-rows": String(isRead.filter(Boolean).length),
    "output-rows": count(model.config.vocabSize),
  };
}

export const gradient: PageParts = {
  page: 17,

  async figures(example) {
    const { loss, surprises, steepest, nudged, table, saliency } = await gradientsOf(example);
    const fox = example.pieces.indexOf("▁fox");
    const shares = sharesOfLogits(example.row("logits", fox - 1));
    const likeliest = shares.indexOf(Math.max(...shares));
    const slope = (nudged.up - nudged.down) / (2 * nudged.by);
    return {
      ...byHand(),
      ...tableFigures(example, table),
      parameters: count(parametersOf(example.model.config)),
      targets: String(surprises.length),
      sum: fixed(
        surprises.reduce((a, b) => a + b, 0),
        2,
      ),
      loss: fixed(loss, 4),
      "fox-p": fixed(shares[example.ids[fox]], 4),
      "fox-slope": fixed((shares[example.ids[fox]] - 1) / surprises.length),
      "other-word": plain(example.tokenizer.piece(likeliest)),
      "other-p": fixed(shares[likeliest], 3),
      "other-slope": fixed(shares[likeliest] / surprises.length),
      "she-loss": fixed(surprises[LAST] * MILLION, 1),
      "she-name": fixed(saliency[1] * MILLION, 2),
      "she-stop": fixed(saliency[8] * MILLION, 2),
      "steepest-word": plain(example.tokenizer.piece(steepest.row)),
      "steepest-channel": String(steepest.channel),
      "rope-off": fixed(100 * (await errorOf(WAYS[1])), 0),
      "nudge-up": fixed(nudged.up, 6),
      "nudge-down": fixed(nudged.down, 6),
      "nudge-slope": fixed(slope, 6),
      "back-slope": fixed(steepest.slope, 6),
    };
  },

  pictures: { saliency: saliencyPicture },

  blocks: {
    async mistakes() {
      const rows: string[][] = [];
      for (const way of WAYS.slice(1))
        rows.push([way, `${fixed(100 * (await errorOf(way)), 0)} %`]);
      return markdownTable(["mistake", "the gradient is off by"], rows);
    },
  },
};
