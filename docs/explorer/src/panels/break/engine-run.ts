/**
 * A text through the suite's engine, with a bug or without, and how it goes on.
 * @module
 */

import { eosTokenIds } from "../../../../../src/config.ts";
import { Engine, type Parts, type Taps } from "../../../../../src/conformance/engine/engine.ts";
import type { EngineModel } from "../../../../../src/conformance/engine/weights.ts";
import { softmax } from "../../../../../src/nn/softmax.ts";
import { float64 as precision } from "../../../../../src/tensor/precision.ts";
import { topOf } from "../../answers/lens-rows.ts";
import { asRow, rowOf } from "../../answers/rows.ts";
import type { Subject } from "../../answers/subject.ts";
import type { Token } from "../../messages.ts";
import type { Said } from "./question.ts";

/** Tokens that are written: about 16 words. */
const WRITTEN = 18;
const LISTED = 5;

/** Tokens that are fed together, and the position of the first. */
export interface Step {
  readonly ids: readonly number[];
  readonly pos: number;
}

export interface EngineRun extends Said {
  /** Of the last step: rows are its tokens. */
  readonly taps: Taps;
  /** After the last token, [V]. */
  readonly logits: Float64Array;
}

export function runEngine(
  subject: Subject,
  model: EngineModel,
  parts: Parts,
  steps: readonly Step[],
): EngineRun {
  const engine = new Engine(model, parts);
  let taps: Taps = new Map();
  let end = 0;
  for (const { ids, pos } of steps) {
    taps = engine.feed(ids, pos);
    end = pos + ids.length;
  }
  const logits = lastLogits(taps);
  const next = topOf(subject, softmax(asRow(logits), { precision }), 0, LISTED);
  return { taps, logits, next, words: written(subject, engine, logits, end) };
}

/** Always the most probable token; of equal ones that with the lower id. */
function written(subject: Subject, engine: Engine, after: Float64Array, from: number): Token[] {
  const ends = eosTokenIds(subject.gemma.config);
  const room = Math.min(WRITTEN, subject.info.contextLength - from);
  const words: Token[] = [];
  for (let logits = after, pos = from; words.length < room; pos++) {
    const [{ id, piece }] = topOf(subject, asRow(logits), 0, 1);
    words.push({ id, piece });
    if (ends.includes(id)) break;
    logits = lastLogits(engine.feed([id], pos));
  }
  return words;
}

function lastLogits(taps: Taps): Float64Array {
  const logits = taps.get("logits");
  if (!logits) throw new Error("the engine gave no logits");
  return rowOf(logits, logits.shape[0] - 1);
}
