/** The calls that learn from pairs of answers and take options, as public-calls.ts lists those of the other rooms. */
import { GEMMA_2B } from "../../src/config.ts";
import { dpo } from "../../src/preference/dpo/dpo.ts";
import { DpoLearner } from "../../src/preference/dpo/dpo-learner.ts";
import { preferencePair } from "../../src/preference/pairs/preference-pair.ts";
import type { Call } from "./public-calls.ts";

const DPO = "preference/dpo/dpo.spec.ts";
const EACH = "learns each pair once, by a cosine after a warm-up";
const GIVEN = "has the optimiser, the schedule and the steps that it is given";
const CLIPS = "clips where it is told to, and computes several at a time";
const KEPT = "keeps the run when it is aborted, and goes on to the same bits";
const OFTEN = "saves as often as it is told to, and measures between";
const ROWS = "reads rows by the options of conversations";
const PAIR = "preference/pairs/preference-pair.spec.ts";
const PUT = [PAIR, "puts both by the options of conversations"] as const;

export const DPO_CALLS: Readonly<Record<string, Call>> = {
  "preference/dpo/dpo.ts dpo": {
    call: (options) => dpo({ accumulateOf() {}, config: GEMMA_2B } as never, [], options),
    seen: {
      tokenizer: [DPO, EACH],
      batchSize: [DPO, EACH],
      learningRate: [DPO, EACH],
      warmup: [DPO, EACH],
      beta: [DPO, EACH],
      valid: [DPO, EACH],
      labelSmoothing: [DPO, "as much as β and smoothing leave it"],
      epochs: [DPO, GIVEN],
      optimizer: [DPO, GIVEN],
      schedule: [DPO, GIVEN],
      steps: [DPO, "gives the same bits for the same seed"],
      seed: [DPO, "gives the same bits for the same seed"],
      reference: [DPO, "takes another reference, asked once for each pair"],
      maxTokens: [DPO, "leaves out pairs that are too long"],
      maxNorm: [DPO, CLIPS],
      microBatch: [DPO, CLIPS],
      signal: [DPO, KEPT],
      resume: [DPO, KEPT],
      save: [DPO, KEPT],
      saveEvery: [DPO, OFTEN],
      validEvery: [DPO, OFTEN],
      format: [DPO, ROWS],
      allowTurnMarkers: [DPO, ROWS],
      system: [DPO, ROWS],
      bosTokenId: [DPO, ROWS],
      eosTokenId: [DPO, ROWS],
      vocabSize: [DPO, ROWS],
    },
  },
  "preference/dpo/dpo-learner.ts DpoLearner.constructor": {
    call: (options) => new DpoLearner({ accumulateOf() {} } as never, options),
    seen: {
      beta: ["preference/gradients.spec.ts", "DPO: %s"],
      labelSmoothing: ["preference/gradients.spec.ts", "DPO: %s"],
    },
  },
  "preference/dpo/dpo-learner.ts DpoLearner.measure": {
    call: async (options) => {
      const logprobs = async () => [[0], [0]];
      const one = { ids: [2], mask: [1] };
      const pair = { chosen: one, rejected: one, reference: { chosen: 0, rejected: 0 } };
      const learner = new DpoLearner({ accumulateOf() {}, logprobs } as never);
      return learner.measure([pair], options);
    },
    seen: { signal: [DPO, "stops measuring when it is told to"] },
  },
  "preference/pairs/preference-pair.ts preferencePair": {
    call: (options, { tokenizer }) => {
      const [prompt, chosen, rejected] = ["Sam", " sat.", " ran."];
      return tokenizer && preferencePair({ prompt, chosen, rejected }, tokenizer, options);
    },
    seen: {
      format: PUT,
      allowTurnMarkers: PUT,
      bosTokenId: PUT,
      eosTokenId: PUT,
      vocabSize: PUT,
      system: [PAIR, "puts a system's message before the user's"],
    },
  },
};
