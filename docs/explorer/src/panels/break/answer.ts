/**
 * All known bugs of the suite, one after another, on the text up to the chosen token. What is measured is told at once,
 * the one that is looked at first, and kept until there is another text.
 * @module
 */
import type { EngineModel } from "../../../../../src/conformance/engine/weights.ts";
import { MUTANTS } from "../../../../../src/conformance/mutants/mutants.ts";
import { float32 } from "../../../../../src/tensor/precision.ts";
import type { Call } from "../../answers/call.ts";
import { rowOf } from "../../answers/rows.ts";
import type { Run, Subject } from "../../answers/subject.ts";
import { engineModel } from "./engine-model.ts";
import { runEngine } from "./engine-run.ts";
import { largestChange, measure } from "./measure.ts";
import type { Break, BreakQuestion, Broken } from "./question.ts";

/** The engine holds all weights in float64, and all intermediates. */
const MOST_WEIGHTS = 2e7;

let kept: { run: Run; measured: Break } | undefined;

export async function breakOf(
  subject: Subject,
  { prompt, pos, first }: BreakQuestion["ask"],
  call: Call<Break>,
): Promise<Break> {
  const run = await subject.run(prompt);
  if (kept?.run !== run || kept.measured.pos !== pos) kept = undefined;
  const known = kept?.measured;
  const isWhole = known && MUTANTS.every(({ id }) => known.broken[id]);
  const { weights, precision } = subject.info;
  if (weights > MOST_WEIGHTS || precision !== "float64") return nothing(run, pos, weights);
  if (isWhole) return known;

  const model = await engineModel(subject);
  const ids = run.tokens.slice(0, pos + 1).map(({ id }) => id);
  const whole = runEngine(subject, model, {}, [{ ids, pos: 0 }]);
  const broken: Record<string, Broken> = { ...known?.broken };
  const measured: Break = {
    ...nothing(run, pos),
    whole: { next: whole.next, words: whole.words },
    isSame: rowOf(run.cache.get("logits"), pos).every((x, v) => x === whole.logits[v]),
    rounding: known?.rounding ?? roundingOf(subject, model, ids, whole.logits),
    broken,
  };
  kept = { run, measured };
  // One list of those to come: that which is looked at leads it.
  for (const mutant of [...MUTANTS].sort((a, b) => +(b.id === first) - +(a.id === first))) {
    if (broken[mutant.id]) continue;
    broken[mutant.id] = measure(subject, model, mutant, ids, whole);
    call.tell({ ...measured, broken: { ...broken } });
    await new Promise((resolve) => setTimeout(resolve)); // other questions are heard in between
    call.signal.throwIfAborted();
  }
  return measured;
}

function nothing({ prompt, tokens }: Run, pos: number, tooMany?: number): Break {
  return {
    prompt,
    pos,
    after: tokens[pos],
    tooMany,
    bugs: MUTANTS.map(({ id, mistake, fix, seen }) => ({ id, mistake, fix, seen })),
    whole: { next: [], words: [] },
    isSame: false,
    rounding: 0,
    broken: {},
  };
}

function roundingOf(
  subject: Subject,
  model: EngineModel,
  ids: readonly number[],
  exact: Float64Array,
): number {
  const { logits } = runEngine(subject, model, { precision: float32 }, [{ ids, pos: 0 }]);
  return largestChange(exact, logits);
}
