/**
 * What the model would say if it had to answer early, and how surprised it is by what comes: page 10.
 * @module
 */
import { solved } from "../../../src/exercises/exercise.ts";
import type { Row } from "../../../src/exercises/parts.ts";
import { logits } from "../../../src/exercises/tasks/logits.ts";
import { softmax } from "../../../src/exercises/tasks/softmax.ts";
import { logProbability } from "../../../src/nn/log-softmax.ts";
import type { Example } from "./example.ts";
import type { Run } from "./run.ts";

/** The exercises' own functions: the lens is a learner's `logits` on another row. */
const PARTS = { ...solved(logits), ...solved(softmax) };

/** Where the stream is read: at its start, between the halves of each block, and behind them. */
export const STATIONS = [
  ["table", "hook_embed"],
  ...[0, 1, 2, 3].flatMap((block) => [
    [`${block}.mid`, `blocks.${block}.hook_resid_mid`],
    [`${block}.post`, `blocks.${block}.hook_resid_post`],
  ]),
] as const;

/** Logits to probabilities. */
export function sharesOfLogits(row: Row): Row {
  if (!PARTS.softmax) throw new Error("the exercise has no softmax");
  return PARTS.softmax(row);
}

/** The last norm and the table, on the stream at one place. */
export function lensLogits(example: Example, run: Run, tap: string, position: number): Row {
  const { norm, embedTokens } = example.plain.weights;
  if (!PARTS.logits) throw new Error("the exercise has no logits");
  return PARTS.logits(run.row(tap, position), norm[0], embedTokens);
}

/** −log p of each token, given those before it; nothing of BOS. */
export function surprises(example: Example): number[] {
  return example.ids
    .slice(1)
    .map((id, before) => -logProbability(example.row("logits", before), id));
}
