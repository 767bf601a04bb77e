/**
 * What the model would say at each depth, after each token.
 * @module
 */
import type { Lens, Questions } from "../messages.ts";
import { lensRows, tokenOf, topOf } from "./lens-rows.ts";
import { rowOf } from "./rows.ts";
import { depthsOf, streamTap } from "./streams.ts";
import type { Subject } from "./subject.ts";
import { windowOf } from "./window.ts";

/** Tokens that have a curve: the last answer, and its rivals. */
const CURVES = 3;

export async function lensOf(
  subject: Subject,
  { prompt, pos }: Questions["lens"]["ask"],
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
