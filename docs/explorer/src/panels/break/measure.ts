/**
 * What a bug changes: the same text with it and without, both in float64.
 * @module
 */
import type { Taps } from "../../../../../src/conformance/engine/engine.ts";
import type { EngineModel } from "../../../../../src/conformance/engine/weights.ts";
import type { Mutant } from "../../../../../src/conformance/mutants/mutant.ts";
import type { TapName } from "../../../../../src/model/taps.ts";
import type { NdArray } from "../../../../../src/tensor/tensor.ts";
import { lengthOf, rowOf } from "../../answers/rows.ts";
import { depthsOf, streamTap } from "../../answers/streams.ts";
import type { Subject } from "../../answers/subject.ts";
import { type EngineRun, runEngine } from "./engine-run.ts";
import { noteOn, stepsFor, whyUnseen } from "./peculiar.ts";
import type { Broken } from "./question.ts";

/** @param whole the text without a bug, fed in one piece. */
export function measure(
  subject: Subject,
  model: EngineModel,
  { id, parts }: Mutant,
  ids: readonly number[],
  whole: EngineRun,
): Broken {
  const steps = stepsFor(id, ids);
  const right = steps.length === 1 ? whole : runEngine(subject, model, {}, steps);
  const wrong = runEngine(subject, model, parts, steps);
  const first = firstChanged(right.taps, wrong.taps);
  const taps = [...depthsOf(subject.info.layers).map(streamTap), "logits"] as TapName[];
  return {
    next: wrong.next,
    words: wrong.words,
    change: largestChange(right.logits, wrong.logits),
    first,
    moved: taps.map((tap) => movedBy(right.taps.get(tap), wrong.taps.get(tap))),
    unseen: first === undefined ? whyUnseen(id, model.config, ids.length) : undefined,
    note: noteOn(id),
  };
}

export function largestChange(right: Float64Array, wrong: Float64Array): number {
  return right.reduce((most, x, v) => Math.max(most, Math.abs(wrong[v] - x)), 0);
}

/** In the order in which they are computed. */
function firstChanged(right: Taps, wrong: Taps): string | undefined {
  return [...right.keys()].find((tap) => {
    const [a, b] = [right.get(tap)?.data, wrong.get(tap)?.data];
    return a && b && (a.length !== b.length || a.some((x, i) => x !== b[i]));
  });
}

/** Of the last token's row. */
function movedBy(right: NdArray | undefined, wrong: NdArray | undefined): number {
  if (!right || !wrong) return 0;
  const last = right.shape[0] - 1;
  const [x, y] = [rowOf(right, last), rowOf(wrong, last)];
  return lengthOf(x.map((value, d) => y[d] - value)) / lengthOf(x);
}
