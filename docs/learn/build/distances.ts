/**
 * How far ways to compute Gemma, right and wrong ones, are from Google's float64: page 14.
 * @module
 */
import { maxError } from "../../../src/conformance/metrics.ts";
import type { Example } from "./example.ts";
import { type Golden, readGolden } from "./golden.ts";
import { largest } from "./greedy.ts";
import type { Run } from "./run.ts";
import { shownDistance } from "./text/numbers.ts";

/** A way to compute, and how it does. */
export interface Way {
  readonly name: string;
  /** A known bug, or a program without one. */
  readonly isBug: boolean;
  /** Largest difference among all logits from Google's float64. */
  readonly distance: number;
  /** Of a bug: the first intermediate that differs from a right one. */
  readonly firstTap?: string;
  readonly story: Story;
}

/** What has become of the story's first thirteen tokens. Whether another is well told is a reader's judgement. */
export type Story = "the same" | "another, well told" | "broken";

/** Numbers closer than this, in units of the largest, are equal: float64 rounds to 1e-16, and the least bug here is 1e-7. */
const EQUAL = 1e-9;

/** Bugs by id: what they are called here, and how their story reads if it is another. */
const BUGS: Readonly<Record<string, readonly [string, Story?]>> = {
  "attention-head-modulo": ["key head n mod K"],
  "norm-eps-outside-root": ["ε outside the root"],
  "embed-scale-bfloat16": ["√D in bfloat16"],
  "gelu-erf": ["GELU with erf"],
  "norm-mean-subtracted": ["mean subtracted", "another, well told"],
  "attention-not-itself": ["no look at oneself", "another, well told"],
  "rope-interleaved": ["RoPE on neighbours", "broken"],
  "norm-without-one": ["gain without 1 +", "broken"],
  "embed-unscaled": ["no √D", "broken"],
  "gelu-gate-up-swapped": ["gate and up swapped", "broken"],
  "structure-no-final-norm": ["no last norm"],
};

const known = new WeakMap<Example, readonly Way[]>();

/** All of them, the nearest first. */
export function waysOf(example: Example): readonly Way[] {
  const ways = known.get(example) ?? computed(example);
  known.set(example, ways);
  return ways;
}

function computed(example: Example): readonly Way[] {
  const golden = readGolden();
  const right = example.run(golden.ids);
  const far = (logits: ArrayLike<number>, reads?: Story) => ({
    distance: shownDistance(maxError(logits, golden.logits.float64)),
    story: isSame(golden, logits) ? ("the same" as const) : told(reads),
  });
  const bugs = Object.entries(BUGS).map(([id, [name, reads]]): Way => {
    const run = example.run(golden.ids, example.bug(id));
    const firstTap = firstDifference(right, run);
    return { name, isBug: true, firstTap, ...far(run.tap("logits").data, reads) };
  });
  return [
    { name: "ours, float64", isBug: false, ...far(right.tap("logits").data) },
    { name: "Google's float32", isBug: false, ...far(golden.logits.float32) },
    { name: "Google's bfloat16", isBug: false, ...far(golden.logits.bfloat16) },
    ...bugs,
  ].sort((a, b) => a.distance - b.distance);
}

/** Whether the largest logit is Google's word behind the prompt, and behind each word of the answer that was fed. */
function isSame({ prompt, ids, answer }: Golden, logits: ArrayLike<number>): boolean {
  const V = logits.length / ids.length;
  return ids.slice(prompt.length - 1).every((_, i) => {
    const from = (prompt.length - 1 + i) * V;
    return largest(Array.prototype.slice.call(logits, from, from + V)) === answer[i];
  });
}

function told(reads: Story | undefined): Story {
  if (reads) return reads;
  throw new Error(
    "a story has changed: read it, and say in docs/learn/build/distances.ts how it is told",
  );
}

/** The first intermediate in which `wrong` is not what `right` is. */
function firstDifference(right: Run, wrong: Run): string | undefined {
  return wrong.names.find((name) => differs(wrong.tap(name).data, right.tap(name).data));
}

/** Scores are −∞ where the mask hides: of those nothing but their places is compared. */
function differs(x: ArrayLike<number>, y: ArrayLike<number>): boolean {
  let most = 0;
  let apart = 0;
  for (let i = 0; i < y.length; i++) {
    if (x[i] === y[i]) continue;
    if (Number.isFinite(y[i])) most = Math.max(most, Math.abs(y[i]));
    apart = Math.max(apart, Math.abs(x[i] - y[i]));
  }
  return apart > EQUAL * most;
}
