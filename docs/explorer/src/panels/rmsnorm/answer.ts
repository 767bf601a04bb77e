/**
 * One norm at one token, done right and in the ways in which it is done wrong. The wrong ways are the known bugs of the
 * conformance suite.
 * @module
 */
import { NORM_MUTANTS } from "../../../../../src/conformance/mutants/norm.ts";
import { rmsNorm } from "../../../../../src/nn/rmsnorm.ts";
import { float64 as precision } from "../../../../../src/tensor/precision.ts";
import { gainOf, normRow } from "../../answers/norms.ts";
import { asRow, lengthOf, rowOf, sumOf } from "../../answers/rows.ts";
import type { Subject } from "../../answers/subject.ts";
import {
  MISTAKES,
  type Mistake,
  type RmsNorm,
  type RmsNormQuestion,
  type Way,
} from "./question.ts";

const BUGS: Readonly<Record<Mistake, string>> = {
  "without-one": "norm-without-one",
  "one-twice": "norm-one-twice",
  "eps-outside": "norm-eps-outside-root",
};

export async function rmsNormOf(
  subject: Subject,
  { prompt, pos, norm }: RmsNormQuestion["ask"],
): Promise<RmsNorm> {
  const run = await subject.run(prompt);
  const { rmsNormEps: eps } = subject.gemma.config;
  const count = 2 * subject.info.layers + 1;
  const all = await Promise.all(
    Array.from({ length: count }, (_, n) => normRow(subject, run, pos, n)),
  );
  const { taps, x, scale, normalized, weight, out } = all[norm];
  const way = (mistake: Mistake | undefined): Way => {
    const bug = NORM_MUTANTS.find(({ id }) => mistake && id === BUGS[mistake]);
    const compute = bug?.parts.components?.rmsNorm ?? rmsNorm;
    const given = rowOf(compute(asRow(x), weight, { eps, precision }), 0);
    return { mistake, out: given, ...furthest(given, out) };
  };
  const noEps = rowOf(rmsNorm(asRow(x), weight, { eps: 0, precision }), 0);
  return {
    prompt,
    pos,
    norm,
    lengths: all.map((row) => ({ before: lengthOf(row.x), after: lengthOf(row.out) })),
    tap: taps.out,
    x,
    meanSquare: sumOf(x.map((value) => value ** 2)) / x.length,
    eps,
    scale,
    normalized,
    gain: gainOf(weight),
    out,
    ways: [way(undefined), ...MISTAKES.map(way)],
    withoutEps: furthest(noEps, out).off,
  };
}

function furthest(y: Float64Array, from: Float64Array): { dim: number; off: number } {
  const off = y.map((value, d) => Math.abs(value - from[d]));
  const most = Math.max(...off);
  return { dim: off.indexOf(most), off: most };
}
