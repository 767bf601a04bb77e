/**
 * Why this word, and not that: the parts of the model, each with what it puts into the logit of one token, less that of
 * another.
 * @module
 */
import { scaleOfRow } from "../../../../../src/interp/attribution/logit-direction.ts";
import { softmax } from "../../../../../src/nn/softmax.ts";
import { float64 as precision } from "../../../../../src/tensor/precision.ts";
import { attributed, nextOf, type Pair, pairOf } from "../../answers/attributed.ts";
import type { Call } from "../../answers/call.ts";
import { tokenOf, topOf } from "../../answers/lens-rows.ts";
import { asRow, rowOf, sumOf } from "../../answers/rows.ts";
import { streamTap } from "../../answers/streams.ts";
import type { Run, Subject } from "../../answers/subject.ts";
import { runWithout } from "../../answers/without.ts";
import { partIndex } from "../../model-part.ts";
import type { Off } from "../../off.ts";
import type { Attribution, AttributionQuestion, Experiment } from "./question.ts";

/** Tokens to choose from, and tokens that a model without a part would say. */
const CHOICES = 8;
const TOPS = 3;

export async function attributionOf(
  subject: Subject,
  { prompt, pos, token, against, off }: AttributionQuestion["ask"],
  { signal }: Call,
): Promise<Attribution> {
  const run = await subject.run(prompt);
  const pair = pairOf(subject, run, pos, { token, against });
  const { logit: whole, parts: found } = await attributed(subject, run, pos, pair);
  const parts = found.map(({ contribution }) => contribution);
  const logits = rowOf(run.cache.get("logits"), pos);
  const stream = rowOf(run.cache.get(streamTap(2 * subject.info.layers)), pos);
  return {
    prompt,
    pos,
    token: tokenOf(subject, pair.token),
    against: pair.against === undefined ? undefined : tokenOf(subject, pair.against),
    logits: {
      token: logits[pair.token],
      against: pair.against === undefined ? undefined : logits[pair.against],
    },
    whole,
    parts,
    sum: sumOf(parts),
    scale: scaleOfRow(stream, subject.gemma.config.rmsNormEps),
    choices: nextOf(subject, run, pos, CHOICES),
    lift: await liftOf(subject, run, pos, pair),
    experiment: off?.length
      ? await experimentOf(subject, run, pos, pair, { off, whole, parts, signal })
      : undefined,
  };
}

/** Alone, a part seems to explain a token that it gives as much to any other. */
async function liftOf(
  subject: Subject,
  run: Run,
  pos: number,
  { token, against }: Pair,
): Promise<Attribution["lift"]> {
  const rival =
    against ?? (pairOf(subject, run, pos, { token, against: undefined }).against as number);
  const mine = await attributed(subject, run, pos, { token, against: undefined });
  const other = await attributed(subject, run, pos, { token: rival, against: undefined });
  const gives = mine.parts.map(({ contribution }) => contribution);
  const part = gives.indexOf(Math.max(...gives));
  return {
    part,
    gives: gives[part],
    other: tokenOf(subject, rival),
    othersLogit: other.logit,
    givesOther: other.parts[part].contribution,
  };
}

async function experimentOf(
  subject: Subject,
  run: Run,
  pos: number,
  { token, against }: Pair,
  { off, whole, parts, signal }: { off: Off; whole: number; parts: number[]; signal: AbortSignal },
): Promise<Experiment> {
  const { heads } = subject.info;
  const cache = await runWithout(subject, run, pos, off, { names: ["logits"], signal });
  const logits = rowOf(cache.get("logits"), 0);
  const taken = off.map((part) =>
    part.kind === "unit"
      ? undefined
      : parts[partIndex(part.layer, part.kind === "mlp" ? heads : part.head, heads)],
  );
  const isWhole = taken.every((part) => part !== undefined);
  return {
    off,
    explained: isWhole ? whole - sumOf(taken) : undefined,
    whole: logits[token] - (against === undefined ? 0 : logits[against]),
    tops: topOf(subject, softmax(asRow(logits), { precision }), 0, TOPS),
  };
}
