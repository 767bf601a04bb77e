/**
 * What the model would say at each depth, after each token.
 * @module
 */
import { lensRows, tokenOf, topOf } from "../../answers/lens-rows.ts";
import { rowOf } from "../../answers/rows.ts";
import { depthsOf, streamTap } from "../../answers/streams.ts";
import type { Subject } from "../../answers/subject.ts";
import { windowOf } from "../../answers/window.ts";
import type { Lens, LensQuestion } from "./question.ts";

/** Tokens that have a curve: the last answer, and its rivals. */
const CURVES = 3;

export async function lensOf(
  subject: Subject,
  { prompt, pos }: LensQuestion["ask"],
): Promise<Lens> {
  const { tokens, cache } = await subject.run(prompt);
  const { from, size } = windowOf(tokens.length, pos);
  const depths = depthsOf(subject.info.layers);
  const rows = depths.map((depth) => {
    const stream = cache.get(streamTap(depth));
    const streams = Array.from({ length: size }, (_, i) => rowOf(stream, from + i));
    return lensRows(subject, streams).chances;
  });
  const here = pos - from;
  const last = rows[rows.length - 1];
  return {
    prompt,
    tokens,
    from,
    pos,
    tops: rows.map((chances) =>
      Array.from({ length: size }, (_, i) => topOf(subject, chances, i, 5)),
    ),
    curves: topOf(subject, last, here, CURVES).map(({ id }) => ({
      token: tokenOf(subject, id),
      chances: rows.map((chances) => chances.get(here, id)),
    })),
  };
}
