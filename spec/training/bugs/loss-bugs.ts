/** Bugs of what is learnt: which tokens count, and what the loss is divided by. */
import { packSequences } from "../../../src/training/data/tokens/packing.ts";
import type { TrainingSequence } from "../../../src/training/trains.ts";
import { targetsIn } from "../../support/learning.ts";
import type { Bug } from "./parts.ts";

const foretold = (sequences: readonly TrainingSequence[]) =>
  sequences.map(({ ids }) => ({ ids, mask: Array.from(ids, (_, t) => (t === 0 ? 0 : 1)) }));

export const LOSS_BUGS: readonly Bug[] = [
  {
    name: "loss: mean over all tokens, not target tokens",
    golden: "lm",
    missed: 3e-1,
    parts: {
      accumulate: async (model, batch) =>
        (await model.accumulate(batch, { normalizer: targetsIn(foretold(batch)) })).loss,
    },
  },
  {
    name: "loss: mean of sequence means",
    golden: "lm",
    missed: 3e-1,
    parts: {
      accumulate: async (model, batch) => {
        let loss = 0;
        for (const one of batch) {
          const normalizer = batch.length * targetsIn([one]);
          loss += (await model.accumulate([one], { normalizer })).loss;
        }
        return loss;
      },
    },
  },
  {
    name: "loss: targets not masked",
    golden: "lm",
    missed: 1,
    parts: {
      accumulate: async (model, batch) => {
        const all = foretold(batch);
        return (await model.accumulate(all, { normalizer: targetsIn(all) })).loss;
      },
    },
  },
  {
    name: "packing: documents see each other",
    golden: "packed",
    missed: 1,
    parts: {
      // Each row goes through the model as one text.
      pack: (sequences) =>
        packSequences(sequences, { length: 24 }).map((row) => ({
          ids: row.flatMap(({ ids }) => Array.from(ids)),
          mask: row.flatMap(({ mask }) => Array.from(mask)),
        })),
    },
  },
];
