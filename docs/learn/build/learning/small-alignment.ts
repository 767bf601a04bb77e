/**
 * The policy of small-policy.ts, aligned in two ways from the same rewards: RLOO, which lets it answer and hears how good that was, and
 * DPO, which only sees pairs. Both are seeded, and end near the policy that is known to be the best.
 * @module
 */
import { leaveOneOutAdvantages } from "../../../../src/preference/losses/baselines.ts";
import { dpoLoss } from "../../../../src/preference/losses/dpo.ts";
import { shapedRewards } from "../../../../src/preference/losses/shaped-rewards.ts";
import { type Random, xoshiro128 } from "../../../../src/random.ts";
import { adamW } from "../../../../src/training/optimizer/adamw.ts";
import { warmupCosine } from "../../../../src/training/optimizer/schedule.ts";
import {
  answerLogprobs,
  type Measured,
  measure,
  PLACES,
  REFERENCE,
  REWARDS,
  tableGradient,
  tableOf,
} from "./small-policy.ts";

export const ALIGNMENT = { beta: 0.5, steps: 200, prompts: 8, group: 4, pairs: 32 } as const;
const RATE = { peak: 0.1, floor: 0.1 };
const SEED = 3;

/** What a step knows: answers, as numbers of the list, and the slope of the loss in log π of each. */
type Slopes = (logprobs: Float64Array) => readonly (readonly [answer: number, slope: number])[];

/** A policy before the first step, and after each. */
function path(slopesOf: Slopes): Measured[] {
  const { steps } = ALIGNMENT;
  const data = tableOf(REFERENCE);
  const gradient = new Float64Array(data.length);
  const parameter = { name: "table", shape: [data.length / 8, 8], data, gradient };
  const optimizer = adamW({ beta2: 0.99, weightDecay: 0 });
  const schedule = warmupCosine({ steps, warmup: 0, ...RATE });
  const measured = [measure(REFERENCE)];
  for (let step = 0; step < steps; step++) {
    const slopes = new Float64Array(data.length);
    for (const [answer, slope] of slopesOf(answerLogprobs(data))) {
      for (const place of PLACES[answer]) slopes[place] += slope;
    }
    gradient.set(tableGradient(data, slopes));
    optimizer.step([parameter], schedule(step));
    measured.push(measure(answerLogprobs(data)));
  }
  return measured;
}

/** Draws the number of an answer. */
function drawing(random: Random): (logprobs: Float64Array) => number {
  return (logprobs) => {
    let left = random();
    for (let y = 0; y < logprobs.length - 1; y++) {
      left -= Math.exp(logprobs[y]);
      if (left < 0) return y;
    }
    return logprobs.length - 1;
  };
}

/** Groups of answers of its own, each answer against the others of its group. */
export function rlooPath(): Measured[] {
  const { beta, prompts, group } = ALIGNMENT;
  const draw = drawing(xoshiro128(SEED));
  return path((logprobs) => {
    const drawn = Array.from({ length: prompts * group }, () => draw(logprobs));
    const of = (values: Float64Array) => drawn.map((y) => values[y]);
    const R = shapedRewards(of(REWARDS), of(logprobs), of(REFERENCE), beta);
    const advantages = leaveOneOutAdvantages(
      R,
      drawn.map((_, i) => Math.floor(i / group)),
    );
    return drawn.map((y, i) => [y, -advantages[i] / drawn.length] as const);
  });
}

/** Pairs of answers of the reference; the better one is the chosen one with probability σ(its reward less the other's). */
export function dpoPath(): Measured[] {
  const { beta, pairs } = ALIGNMENT;
  const random = xoshiro128(SEED);
  const draw = drawing(random);
  return path((logprobs) => {
    const drawn = Array.from({ length: pairs }, () => {
      const [a, b] = [draw(REFERENCE), draw(REFERENCE)];
      const isFirst = random() < 1 / (1 + Math.exp(REWARDS[b] - REWARDS[a]));
      return isFirst ? [a, b] : [b, a];
    });
    const of = (values: Float64Array, side: 0 | 1) => drawn.map((pair) => values[pair[side]]);
    const { dChosen, dRejected } = dpoLoss(
      {
        chosen: of(logprobs, 0),
        rejected: of(logprobs, 1),
        referenceChosen: of(REFERENCE, 0),
        referenceRejected: of(REFERENCE, 1),
      },
      { beta },
    );
    return drawn.flatMap(([chosen, rejected], i) => [
      [chosen, dChosen[i]] as const,
      [rejected, dRejected[i]] as const,
    ]);
  });
}
