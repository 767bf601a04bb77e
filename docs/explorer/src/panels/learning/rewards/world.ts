/**
 * A policy of 400 answers, all written out: what it is like, what steps of learning make of it, and the best of them.
 * @module
 */
import { expectation, logSumExp } from "../../../../../../src/preference/exact/distribution.ts";

export interface Answer {
  /** Its words; without any, it ends at once. */
  readonly text: string;
  readonly isClosed: boolean;
  readonly reward: number;
  /** What somebody else thinks of it, from whom nothing is learnt. */
  readonly second: number;
}

/** `learning/answers.json`: answers in the order of their rewards. */
export interface World {
  readonly answers: readonly Answer[];
  /** log π_ref of each. */
  readonly reference: readonly number[];
}

/** A policy, and what it is like on average. */
export interface Policy {
  /** How likely each answer is. */
  readonly p: Float64Array;
  readonly reward: number;
  readonly kl: number;
  /** Mean reward less β times KL. */
  readonly objective: number;
  readonly ends: number;
  readonly second: number;
}

/** e to this times A is what a step makes an answer likelier by. */
export const STEP = 0.1;

export function policyOf(world: World, logprobs: ArrayLike<number>, beta: number): Policy {
  const p = Float64Array.from(logprobs, Math.exp);
  const mean = (of: (answer: Answer, y: number) => number) => expectation(p, world.answers.map(of));
  const reward = mean((answer) => answer.reward);
  const kl = mean((_, y) => (p[y] === 0 ? 0 : logprobs[y] - world.reference[y]));
  return {
    ...{ p, reward, kl, objective: reward - beta * kl },
    ends: mean(({ isClosed }) => Number(isClosed)),
    second: mean(({ second }) => second),
  };
}

/** log π after so many steps: each adds STEP · A, A being R less its mean, and makes the sum 1 again. */
export function learnt({ answers, reference }: World, beta: number, steps: number): Float64Array {
  let logprobs: Float64Array = Float64Array.from(reference);
  for (let step = 0; step < steps; step++) {
    const R = answers.map(({ reward }, y) => reward - beta * (logprobs[y] - reference[y]));
    const J = expectation(logprobs.map(Math.exp), R);
    logprobs = normalized(R.map((one, y) => logprobs[y] + STEP * (one - J)));
  }
  return logprobs;
}

/** log π of the best policy: π_ref e^(r/β), by its sum. `optimumOf` of the library, without its checks, which weigh more. */
export function best({ answers, reference }: World, beta: number): Float64Array {
  return normalized(answers.map(({ reward }, y) => reference[y] + reward / beta));
}

function normalized(logprobs: readonly number[]): Float64Array {
  const sum = logSumExp(logprobs);
  return Float64Array.from(logprobs, (logprob) => logprob - sum);
}
