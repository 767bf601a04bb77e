/**
 * What each part of the model puts into a logit, by the library's `attributeLogit`: read once of a text, as many numbers
 * on the page are of it.
 * @module
 */

import type { LogitAttribution } from "../../../../src/interp/attribution/attribution.ts";
import { softmax } from "../../../../src/nn/softmax.ts";
import { float64 as precision } from "../../../../src/tensor/precision.ts";
import type { Against } from "../link.ts";
import type { Chance } from "../messages.ts";
import { topOf } from "./lens-rows.ts";
import { asRow, rowOf } from "./rows.ts";
import type { Run, Subject } from "./subject.ts";

/** Two tokens whose logits are compared; without `against`, one that is explained alone. */
export interface Pair {
  readonly token: number;
  readonly against: number | undefined;
}

const kept = new WeakMap<Run, Map<string, Promise<LogitAttribution>>>();

export function attributed(
  { gemma }: Subject,
  run: Run,
  pos: number,
  { token, against }: Pair,
): Promise<LogitAttribution> {
  const known = kept.get(run) ?? new Map<string, Promise<LogitAttribution>>();
  kept.set(run, known);
  const key = `${pos} ${token} ${against}`;
  const ids = run.tokens.slice(0, pos + 1).map(({ id }) => id);
  const read =
    known.get(key) ??
    gemma.attributeLogit(ids, { token, ...(against !== undefined && { against }) });
  known.set(key, read);
  return read;
}

/** What the model says after a token: the most probable. */
export function nextOf(subject: Subject, { cache }: Run, pos: number, count: number): Chance[] {
  const chances = softmax(asRow(rowOf(cache.get("logits"), pos)), { precision });
  return topOf(subject, chances, 0, count);
}

/** Without a choice, the model's answer against its second; what cannot be compared is as if it was not chosen. */
export function pairOf(
  subject: Subject,
  run: Run,
  pos: number,
  chosen: { readonly token: number | undefined; readonly against: Against | undefined },
): Pair {
  const isToken = (id: Against | undefined): id is number =>
    typeof id === "number" && id < subject.info.vocabSize;
  const [first, second] = nextOf(subject, run, pos, 2);
  const token = isToken(chosen.token) ? chosen.token : first.id;
  if (chosen.against === "none") return { token, against: undefined };
  const isOther = isToken(chosen.against) && chosen.against !== token;
  const rival = token === first.id ? second.id : first.id;
  return { token, against: isOther ? (chosen.against as number) : rival };
}
