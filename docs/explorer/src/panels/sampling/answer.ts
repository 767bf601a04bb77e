/**
 * From the logits of one position to one token, as the library looks at it; and a thousand more draws.
 * @module
 */
import { inspectSampling } from "../../../../../src/generation/inspect/inspect-sampling.ts";
import { draw, tokenDistribution } from "../../../../../src/generation/sampler.ts";
import { xoshiro128 } from "../../../../../src/random.ts";
import { tokenOf } from "../../answers/lens-rows.ts";
import { rowOf } from "../../answers/rows.ts";
import type { Subject } from "../../answers/subject.ts";
import { DRAWS } from "./draws.ts";
import type { Candidate, Sampling, SamplingQuestion } from "./question.ts";
import { optionsOf } from "./settings.ts";

/** So many rows fit a screen. */
const LISTED = 9;

export async function samplingOf(
  subject: Subject,
  { prompt, pos, seed, ...drawing }: SamplingQuestion["ask"],
): Promise<Sampling> {
  const { cache } = await subject.run(prompt);
  const logits = rowOf(cache.get("logits"), pos);
  const options = optionsOf(drawing);
  const isGreedy = drawing.temperature === 0;
  const inspected = inspectSampling(logits, {
    ...options,
    ...(isGreedy ? {} : { seed }),
    top: LISTED,
  });
  const { candidates, drawn, random, counts } = inspected;
  const often = new Map<number, number>();
  if (!isGreedy) {
    const distribution = tokenDistribution(logits, options);
    // As "draw again" would draw them: the first number of this seed, of the next, and so on.
    for (let i = 0; i < DRAWS; i++) {
      const id = draw(distribution, xoshiro128(seed + i)());
      often.set(id, (often.get(id) ?? 0) + 1);
    }
  }
  const told = (candidate: (typeof candidates)[number]): Candidate => ({
    ...candidate,
    piece: tokenOf(subject, candidate.id).piece,
    draws: isGreedy ? (candidate.survives ? DRAWS : 0) : (often.get(candidate.id) ?? 0),
  });
  if (!drawn) throw new Error("nothing was drawn");
  const listed = candidates.slice(0, LISTED);
  return {
    prompt,
    pos,
    seed,
    drawing,
    u: random,
    drawn: told(drawn),
    candidates: candidates.map(told),
    counts,
    own: candidates[0].probability,
    rest: 1 - listed[listed.length - 1].cumulative,
  };
}
