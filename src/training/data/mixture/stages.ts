/**
 * The stages of a mixture: weights of sources by the share of the run that is over, so that a longer run keeps its shape. The Gemma report stages its
 * data "to increase the weighting of relevant, high-quality data towards the end of training" (arXiv:2403.08295, §3.2).
 *
 *     [{ from: 0, weights: { web: 0.9, maths: 0.1 } }, { from: 0.8, weights: { web: 0.5, maths: 0.5 } }]
 *
 *     step    the weights of a stage hold until the next begins
 *     linear  they go over into those of the next, and hold from where the last begins
 * @module
 */
import { brief } from "../../../brief.ts";
import { isList, numberGot } from "../../../check.ts";
import { refusals } from "../../../errors.ts";
import { isObject } from "../../../source/json.ts";

/** Weights from some point of a run on. */
export interface MixtureStage {
  /** The share of the run that is over, from 0 to below 1. The first stage begins at 0. */
  readonly from: number;
  /** By source; only what they are to each other counts. A source that is left out has 0. */
  readonly weights: Readonly<Record<string, number | undefined>>;
}

/** How one stage becomes the next. */
export type MixtureChange = "step" | "linear";

/**
 * Each source's share of the draws when `over` of the run is over; together they are 1.
 * @param stages as {@link assertStages} wants them.
 */
export function sharesAt(
  stages: readonly MixtureStage[],
  sources: readonly string[],
  over: number,
  change: MixtureChange,
): number[] {
  const next = stages.findIndex(({ from }) => from > over);
  const at = (next < 0 ? stages.length : next) - 1;
  const shares = sharesOf(stages[at], sources);
  if (change === "step" || next < 0) return shares;
  const [begin, end] = [stages[at].from, stages[next].from];
  const way = (over - begin) / (end - begin);
  const later = sharesOf(stages[next], sources);
  return shares.map((share, i) => share + way * (later[i] - share));
}

function sharesOf({ weights }: MixtureStage, sources: readonly string[]): number[] {
  const total = sources.reduce((sum, name) => sum + (weights[name] ?? 0), 0);
  return sources.map((name) => (weights[name] ?? 0) / total);
}

/** @throws {ArgumentError} unless the stages begin at 0, follow each other, and weigh sources that are there. */
export function assertStages(
  op: string,
  stages: readonly MixtureStage[],
  sources: readonly string[],
): void {
  const { argument: refuse } = refusals(op);
  if (!isList(stages) || stages.length === 0) {
    throw refuse("stages", "a list: [{ from: 0, weights }, ...]", brief(stages));
  }
  for (const [i, stage] of stages.entries()) {
    const { from, weights } = (stage ?? {}) as MixtureStage;
    const least = i === 0 ? 0 : stages[i - 1].from;
    const isRight = i === 0 ? from === 0 : from > least && from < 1;
    if (!isRight) {
      const expected = i === 0 ? "0" : `a share of the run above ${least} and below 1`;
      throw refuse(`stages[${i}].from`, expected, numberGot(from));
    }
    assertWeights(op, weights, `stages[${i}].weights`, sources);
  }
}

function assertWeights(
  op: string,
  weights: MixtureStage["weights"],
  at: string,
  sources: readonly string[],
): void {
  const { argument: refuse } = refusals(op);
  if (!isObject(weights)) throw refuse(at, "weights by source", brief(weights));
  let total = 0;
  for (const [name, weight = 0] of Object.entries(weights)) {
    if (!sources.includes(name)) {
      throw refuse(`${at}.${name}`, `a source: ${sources.join(", ")}`, "an unknown one");
    }
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
      throw refuse(`${at}.${name}`, "a number, 0 or more", numberGot(weight));
    }
    total += weight;
  }
  if (total > 0) return;
  throw refuse(at, "a weight above 0", brief(weights));
}
