/**
 * What the model says, and where its stream goes, with parts switched off.
 * @module
 */
import { softmax } from "../../../../../src/nn/softmax.ts";
import { float64 as precision } from "../../../../../src/tensor/precision.ts";
import { nextOf } from "../../answers/attributed.ts";
import type { Call } from "../../answers/call.ts";
import { chancesOf, topOf } from "../../answers/lens-rows.ts";
import { asRow, lengthOf, rowOf } from "../../answers/rows.ts";
import { depthsOf, streamTap } from "../../answers/streams.ts";
import type { Subject } from "../../answers/subject.ts";
import { runWithout } from "../../answers/without.ts";
import type { OffQuestion, Without } from "./question.ts";

const TOPS = 6;

export async function offOf(
  subject: Subject,
  { prompt, pos, off }: OffQuestion["ask"],
  { signal }: Call,
): Promise<Without> {
  const run = await subject.run(prompt);
  const taps = depthsOf(subject.info.layers).map(streamTap);
  const cache = await runWithout(subject, run, pos, off, { names: [...taps, "logits"], signal });
  const before = nextOf(subject, run, pos, TOPS);
  const chances = softmax(asRow(rowOf(cache.get("logits"), 0)), { precision });
  const streams = taps.map((tap) => rowOf(cache.get(tap), 0));
  const said = await chancesOf(subject, streams);
  return {
    prompt,
    pos,
    off,
    before,
    after: topOf(subject, chances, 0, TOPS),
    answer: placeOf(rowOf(chances, 0), before[0].id),
    depths: streams.map((stream, depth) => {
      const whole = rowOf(run.cache.get(taps[depth]), pos);
      const change = stream.map((x, d) => x - whole[d]);
      const isSame = stream.every((x, d) => x === whole[d]);
      return {
        change: isSame ? undefined : change,
        moved: lengthOf(change) / lengthOf(whole),
        says: topOf(subject, said, depth, 1)[0],
      };
    }),
  };
}

/** The chance of a token, and how many are before it; 1 is the first. */
export function placeOf(chances: Float64Array, id: number): { chance: number; rank: number } {
  const chance = chances[id];
  return { chance, rank: 1 + chances.filter((other) => other > chance).length };
}
