/**
 * What the model would say at each depth, after each token.
 * @module
 */
import { chancesOf, tokenOf, topOf } from "../../answers/lens-rows.ts";
import { rowOf } from "../../answers/rows.ts";
import { depthsOf, streamTap } from "../../answers/streams.ts";
import type { Subject } from "../../answers/subject.ts";
import { windowOf } from "../../answers/window.ts";
import type { Chance } from "../../messages.ts";
import type { Lens, LensQuestion } from "./question.ts";

/** Tokens that have a curve: the last answer, and its rivals. */
const CURVES = 3;

export async function lensOf(
  subject: Subject,
  { prompt, pos }: LensQuestion["ask"],
): Promise<Lens> {
  const { tokens, cache } = await subject.run(prompt);
  const { from, size } = windowOf(tokens.length, pos);
  const here = pos - from;
  const chancesAt = (depth: number) => {
    const stream = cache.get(streamTap(depth));
    return chancesOf(
      subject,
      Array.from({ length: size }, (_, i) => rowOf(stream, from + i)),
    );
  };
  // The last depth says which tokens have curves. No more than one is kept: a large vocabulary has many chances.
  const depths = depthsOf(subject.info.layers);
  const last = await chancesAt(depths.length - 1);
  const curves = topOf(subject, last, here, CURVES).map(({ id }) => ({
    token: tokenOf(subject, id),
    chances: [] as number[],
  }));
  const tops: Chance[][][] = [];
  for (const depth of depths) {
    const chances = depth === depths.length - 1 ? last : await chancesAt(depth);
    tops.push(Array.from({ length: size }, (_, i) => topOf(subject, chances, i, 5)));
    for (const curve of curves) curve.chances.push(chances.get(here, curve.token.id));
  }
  return { prompt, tokens, from, pos, tops, curves };
}
