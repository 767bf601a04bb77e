/**
 * Which token comes next, position by position, whatever was chosen before: the sketch's tokens are fed, so that one
 * other choice does not lead to another text.
 * @module
 */
import { argmax } from "../../nn/log-softmax.ts";
import type { NdArray } from "../../tensor/tensor.ts";
import type { PromptSketch } from "./sketch.ts";

/** A position at which another token came first than in the sketch. */
export interface OtherToken {
  readonly position: number;
  readonly got: number;
  readonly expected: number;
  /** How far the expected token leads in the sketch; at least so far, where the other is not among those it holds. */
  readonly lead: number;
}

/** Positions at which another token comes first, those that noise explains and those that it does not. */
export interface TeacherForced {
  readonly ties: readonly OtherToken[];
  readonly wrong: readonly OtherToken[];
}

/**
 * Compares the most probable token of each position of `logits` [L, V], which are the last L.
 *
 * @param noise how far a logit of an engine of this class may be off: of two logits, each may be so far off, one up and
 * the other down. Where the sketch's first token leads by more than twice that, it must come first.
 */
export function teacherForced(
  logits: NdArray,
  { positions, ids }: PromptSketch,
  noise: number,
): TeacherForced {
  const [L] = logits.shape;
  const from = ids.length - L;
  const ties: OtherToken[] = [];
  const wrong: OtherToken[] = [];
  for (let l = 0; l < L; l++) {
    const { top, logits: known } = positions[from + l];
    const got = argmax(logits.pick(l, null));
    if (got === top[0]) continue;
    const rank = top.indexOf(got);
    // What is not among the first 32 is no higher than the last of them.
    const lead = known[0] - known[rank < 0 ? known.length - 1 : rank];
    const other = { position: from + l, got, expected: top[0], lead };
    (lead > 2 * noise ? wrong : ties).push(other);
  }
  return { ties, wrong };
}
