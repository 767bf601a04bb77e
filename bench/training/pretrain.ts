/** A small Gemma from scratch on the corpus of fixtures/learning/pretraining, with a staged mixture of its two sources. */
import { readFileSync } from "node:fs";
import { simdMatmuls } from "../../src/backend/wasm/matmuls/simd-matmuls.ts";
import { GEMMA_2B, type GemmaConfig } from "../../src/config.ts";
import {
  type MixtureReport,
  type MixtureStage,
  mixedBatches,
  readTokens,
  type SequenceList,
  windowSequences,
} from "../../src/training/data/index.ts";
import { adamW } from "../../src/training/optimizer/adamw.ts";
import { warmupCosine } from "../../src/training/optimizer/schedule.ts";
import { train } from "../../src/training/run/trainer.ts";
import { TrainableModel } from "../../src/training/trainable.ts";
import type { TrainingSequence } from "../../src/training/trains.ts";

/** 160,064 parameters. */
const config: GemmaConfig = {
  ...GEMMA_2B,
  vocabSize: 1024,
  hiddenSize: 64,
  intermediateSize: 192,
  numHiddenLayers: 2,
  numAttentionHeads: 4,
  numKeyValueHeads: 1,
  headDim: 16,
};

const STEPS = 300;
const ROWS = 8;
const TOKENS = 64;

const bytes = readFileSync(
  new URL("../../fixtures/learning/pretraining/corpus.npz", import.meta.url),
);
const tokens = readTokens(bytes, { vocabSize: config.vocabSize });
const corpus = (name: string) => {
  const ids = tokens.get(name);
  if (!ids) throw new Error(`corpus.npz has no ${name}`);
  return ids;
};
const windows = (name: string) => windowSequences(corpus(name), { length: TOKENS });
/** What a run has come to. */
export interface Pretrained {
  /** Mean of −log p over held out windows, in nats a token, by source. */
  readonly loss: Readonly<Record<"stories" | "facts", number>>;
  /** What was drawn. */
  readonly drawn: MixtureReport;
  /** Loss of each step. */
  readonly losses: readonly number[];
}

/** Trains by the recipe of fixtures/learning/README.md: AdamW at 3e-3, 20 steps of warm-up, a cosine down to a tenth. */
export async function pretrain(stages: readonly MixtureStage[], seed: number): Promise<Pretrained> {
  const model = await TrainableModel.random(config, { seed, matmuls: simdMatmuls() });
  const sources = { stories: windows("stories.train"), facts: windows("facts.train") };
  const batches = mixedBatches(sources, { stages, steps: STEPS, batchSize: ROWS, seed });
  const optimizer = adamW({ beta2: 0.95, weightDecay: 0.1 });
  const schedule = warmupCosine({ steps: STEPS, warmup: 20, peak: 3e-3, floor: 0.1 });
  const losses: number[] = [];
  for await (const { loss } of train(model, batches, { optimizer, schedule, maxNorm: 1 })) {
    losses.push(loss);
  }
  const lossOf = async (list: SequenceList) => (await model.meanLoss(all(list))).loss;
  return {
    loss: {
      stories: await lossOf(windows("stories.valid")),
      facts: await lossOf(windows("facts.valid")),
    },
    drawn: batches.report(),
    losses,
  };
}

function all(list: SequenceList): TrainingSequence[] {
  return Array.from({ length: list.length }, (_, i) => list.at(i) as TrainingSequence);
}

/** Mixtures with the same twentieth of facts, at different times; and one with a fifth of them. */
export const MIXTURES: Readonly<Record<string, readonly MixtureStage[]>> = {
  "a fifth of facts": [{ from: 0, weights: { stories: 80, facts: 20 } }],
  "a twentieth all along": [{ from: 0, weights: { stories: 95, facts: 5 } }],
  "in the second half": [
    { from: 0, weights: { stories: 100 } },
    { from: 0.5, weights: { stories: 90, facts: 10 } },
  ],
  "in the first half": [
    { from: 0, weights: { stories: 90, facts: 10 } },
    { from: 0.5, weights: { stories: 100 } },
  ],
};
