/**
 * The first screen: one token's way through the model.
 * @module
 */
import type { LayerSummary, Overview, StreamSummary } from "../messages.ts";
import { chancesOf, topOf } from "./lens-rows.ts";
import { mostRead } from "./most-read.ts";
import { lengthOf, rowOf } from "./rows.ts";
import { addedTap, depthsOf, streamTap } from "./streams.ts";
import type { Run, Subject } from "./subject.ts";

/** A unit fires if it is over this part of the largest. */
const FIRES = 0.05;

/** @param pos the token that is followed; the last, if it is not given or not there. */
export async function overviewOf(
  subject: Subject,
  prompt: string,
  pos: number | undefined,
): Promise<Overview> {
  const run = await subject.run(prompt);
  const last = run.tokens.length - 1;
  const at = pos === undefined || pos > last ? last : pos;
  const { info } = subject;
  const depths = depthsOf(info.layers);
  const values = depths.map((depth) => rowOf(run.cache.get(streamTap(depth)), at));
  const chances = await chancesOf(subject, values);
  const streams = depths.map((depth): StreamSummary => {
    const length = lengthOf(values[depth]);
    const added = depth === 0 ? length : lengthOf(rowOf(run.cache.get(addedTap(depth)), at));
    const lens = topOf(subject, chances, depth, depth === depths.length - 1 ? 6 : 3);
    return { tap: streamTap(depth), values: values[depth], length, added, lens };
  });
  return {
    prompt,
    tokens: run.tokens,
    pos: at,
    model: info,
    next: streams[streams.length - 1].lens,
    layers: Array.from({ length: info.layers }, (_, layer) => layerOf(run, layer, at, info.heads)),
    streams,
  };
}

function layerOf({ cache }: Run, layer: number, at: number, heads: number): LayerSummary {
  const pattern = cache.get(`blocks.${layer}.attn.hook_pattern`);
  const units = rowOf(cache.get(`blocks.${layer}.mlp.hook_post`), at);
  let largest = 0;
  for (let f = 1; f < units.length; f++) {
    if (Math.abs(units[f]) > Math.abs(units[largest])) largest = f;
  }
  const limit = FIRES * Math.abs(units[largest]);
  return {
    heads: Array.from({ length: heads }, (_, n) => {
      const reads = mostRead(pattern, n, at);
      return { reads, weight: pattern.get(n, at, reads) };
    }),
    units,
    firing: units.filter((unit) => Math.abs(unit) > limit).length,
    largest,
  };
}
