/**
 * Short runs of training from random numbers, with the right way back and with a mistake in it: seeded, so that they are the
 * same each time.
 * @module
 */
import { type CpuOptions, cpuBackend } from "../../../../src/backend/cpu/cpu.ts";
import { embedBackward } from "../../../../src/nn/backward/embedding.ts";
import { rmsNormBackward } from "../../../../src/nn/backward/rmsnorm.ts";
import { crossEntropyHead } from "../../../../src/nn/loss/cross-entropy-head.ts";
import { applyRope } from "../../../../src/nn/rope.ts";
import { xoshiro128 } from "../../../../src/random.ts";
import { adamW } from "../../../../src/training/optimizer/adamw.ts";
import { warmupCosine } from "../../../../src/training/optimizer/schedule.ts";
import { train } from "../../../../src/training/run/trainer.ts";
import { TrainableModel } from "../../../../src/training/trainable.ts";
import type { TrainingSequence } from "../../../../src/training/trains.ts";
import { lengthOf } from "./gradients.ts";
import { PRONOUN, SMALL, sentence, TARGETS } from "./small-world.ts";

export const RUN = { steps: 80, batch: 8, warmup: 10, peak: 0.01, floor: 0.1, maxNorm: 1 } as const;
/** Of the weights, of the sentences to learn from, and of those for the test. */
const SEEDS = { weights: 1, sentences: 7, test: 99 } as const;
/** Of the weights at first: some times what large models begin with, as there are few steps. */
const STD = 0.1;

/** Parts of the way back that are wrong. */
export const MISTAKES = {
  right: {},
  "RoPE turns the gradient forwards": {
    applyRopeBackward: (dy, pos, { dx, ...options } = {}) =>
      applyRope(dy, pos, { ...options, out: dx }),
  },
  "the norm replaces the stream's gradient": {
    rmsNormBackward: (dy, x, weight, { plus: _, ...options } = {}) =>
      rmsNormBackward(dy, x, weight, options),
  },
  "the table's way in is forgotten": {
    embedBackward: (ids, dx, options) => embedBackward(ids, dx, { ...options, scale: 0 }),
  },
  "the table's way out is forgotten": {
    crossEntropyHead: (h, table, targets, { dTable: _, ...options } = {}) =>
      crossEntropyHead(h, table, targets, options),
  },
} as const satisfies Readonly<Record<string, CpuOptions["components"]>>;

export type WayBack = keyof typeof MISTAKES;
export const WAYS = Object.keys(MISTAKES) as readonly WayBack[];

export interface SmallRun {
  /** The loss at each step, before it. */
  readonly losses: readonly number[];
  /** On sentences that it has not learnt from. */
  readonly test: number;
  /** The mean probability of the right one of “she” and “he” there. */
  readonly pronoun: number;
}

function model(way: WayBack): Promise<TrainableModel> {
  const precision = "float64";
  return TrainableModel.random(SMALL, {
    ...{ seed: SEEDS.weights, std: STD, precision },
    adapt: (parts) => ({
      ...parts,
      backend: cpuBackend({ precision, components: MISTAKES[way] }),
    }),
  });
}

function batchesFrom(seed: number): () => TrainingSequence[] {
  const random = xoshiro128(seed);
  return () =>
    Array.from({ length: RUN.batch }, () => {
      const ids = sentence(random);
      return { ids, mask: ids.map((_, t) => (t === 0 ? 0 : 1)) };
    });
}

const runs = new Map<WayBack, Promise<SmallRun>>();

/** Run once: under half a second. */
export function smallRun(way: WayBack): Promise<SmallRun> {
  const found = runs.get(way) ?? run(way);
  runs.set(way, found);
  return found;
}

async function run(way: WayBack): Promise<SmallRun> {
  const learner = await model(way);
  const next = batchesFrom(SEEDS.sentences);
  const batches = { next: async () => next(), state: () => null, restore() {} };
  const { steps, warmup, peak, floor, maxNorm, batch } = RUN;
  const losses: number[] = [];
  const options = {
    optimizer: adamW({ beta2: 0.95, weightDecay: 0.1 }),
    schedule: warmupCosine({ steps, warmup, peak, floor }),
    ...{ maxNorm, microBatch: batch },
  };
  for await (const { loss } of train(learner, batches, options)) losses.push(loss);

  const nextOfTest = batchesFrom(SEEDS.test);
  const logprobs = await learner.logprobs([...nextOfTest(), ...nextOfTest()]);
  const sum = logprobs.reduce((all, row) => all + row.reduce((a, b) => a + b, 0), 0);
  const pronoun = logprobs.reduce((all, row) => all + Math.exp(row[PRONOUN]), 0);
  return {
    losses,
    test: -sum / (logprobs.length * TARGETS),
    pronoun: pronoun / logprobs.length,
  };
}

/** How far a way back is off at the first step, all weights together, beside the length of the right gradient. */
export async function errorOf(way: WayBack): Promise<number> {
  const [right, wrong] = await Promise.all([firstGradient("right"), firstGradient(way)]);
  return lengthOf(right.map((slope, i) => slope - wrong[i])) / lengthOf(right);
}

async function firstGradient(way: WayBack): Promise<Float64Array> {
  const learner = await model(way);
  const batch = batchesFrom(SEEDS.sentences)();
  await learner.accumulate(batch, { normalizer: RUN.batch * TARGETS });
  return Float64Array.from([...learner.parameters.values()].flatMap((p) => [...p.gradient]));
}
