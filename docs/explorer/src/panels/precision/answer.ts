/**
 * The same text and the same weights, computed in each way that the library has: how far each is from the page's own
 * numbers, and how fast it decodes. What is loaded for it is disposed of.
 * @module
 */
import { backendUnavailable } from "../../../../../src/backend/named.ts";
import { difference, maxAbs, rms } from "../../../../../src/conformance/metrics.ts";
import { Gemma } from "../../../../../src/gemma.ts";
import type { ActivationCache } from "../../../../../src/interp/run/activation-cache.ts";
import { softmax } from "../../../../../src/nn/softmax.ts";
import { float64 } from "../../../../../src/tensor/precision.ts";
import type { NdArray } from "../../../../../src/tensor/tensor.ts";
import type { Call } from "../../answers/call.ts";
import { tokenOf, topOf } from "../../answers/lens-rows.ts";
import { rowOf } from "../../answers/rows.ts";
import { depthsOf, streamTap } from "../../answers/streams.ts";
import type { Subject } from "../../answers/subject.ts";
import {
  CONTINUED,
  type Difference,
  nameOf,
  type Part,
  type PrecisionQuestion,
  ROUNDS,
  WAYS,
  type Way,
} from "./question.ts";

/** How many next words are compared. */
const TOPS = 5;

export async function precisionOf(
  subject: Subject,
  { prompt, what }: PrecisionQuestion["ask"],
  { signal, tell }: Call<Part>,
): Promise<PrecisionQuestion["answer"]> {
  const { tokens, cache } = await subject.run(prompt);
  const ids = tokens.map(({ id }) => id);
  const own = { cache, continued: await continuationOf(subject.gemma, ids, signal) };
  for (const way of WAYS) {
    const name = nameOf(way);
    const why = await absenceOf(subject, way);
    if (why !== undefined) {
      tell({ kind: "absent", way: name, why });
      continue;
    }
    try {
      const begin = performance.now();
      const gemma = await Gemma.load(subject.source, { ...way, signal });
      const loadSeconds = (performance.now() - begin) / 1000;
      try {
        if (what === "speed") {
          tell({ kind: "speed", way: name, perSecond: await speedOf(gemma, ids, signal) });
        } else {
          const far = await differenceOf(subject, own, gemma, ids, signal);
          tell({ kind: "difference", way: name, difference: { ...far, loadSeconds } });
        }
      } finally {
        await gemma.dispose();
      }
    } catch (error) {
      signal.throwIfAborted();
      tell({ kind: "absent", way: name, why: (error as Error).message });
    }
  }
  return { prompt };
}

/** Why a way cannot be gone here; undefined if it can. */
async function absenceOf({ info }: Subject, { backend }: Way): Promise<string | undefined> {
  if (info.precision !== "float64") {
    return "this model is too large to be loaded a second time beside the page’s own";
  }
  const lacking = await backendUnavailable(backend);
  return lacking && `this machine is ${lacking}`;
}

interface Own {
  readonly cache: ActivationCache;
  readonly continued: readonly number[];
}

async function differenceOf(
  subject: Subject,
  own: Own,
  gemma: Gemma,
  ids: readonly number[],
  signal: AbortSignal,
): Promise<Omit<Difference, "loadSeconds">> {
  const depths = depthsOf(subject.info.layers);
  const names = [...depths.map(streamTap), "logits"];
  const cache = await gemma.runWithCache([...ids], { names, signal });
  const [logits, ownLogits] = [cache, own.cache].map((run) => run.get("logits"));
  const [chances, ownChances] = [logits, ownLogits].map((x) => softmax(x, { precision: float64 }));
  const eachToken = (of: (at: number) => number) => Float64Array.from(ids, (_, at) => of(at));
  const stream = ids.flatMap((_, at) =>
    depths.map((depth) => {
      const truth = rowOf(own.cache.get(streamTap(depth)), at);
      return maxAbs(difference(rowOf(cache.get(streamTap(depth)), at), truth)) / rms(truth);
    }),
  );
  const continued = await continuationOf(gemma, ids, signal);
  const length = Math.max(continued.length, own.continued.length);
  const places = Array.from({ length }, (_, i) => i);
  return {
    largestLogit: eachToken((at) => maxAbs(rowDifference(logits, ownLogits, at))),
    meanLogit: eachToken((at) => meanAbs(rowDifference(logits, ownLogits, at))),
    largestChance: eachToken((at) => maxAbs(rowDifference(chances, ownChances, at))),
    stream: Float64Array.from(stream),
    next: ids.map((_, at) => topOf(subject, chances, at, TOPS)),
    continued: continued.map((id) => tokenOf(subject, id)),
    differsAt: places.find((i) => continued[i] !== own.continued[i]),
  };
}

const rowDifference = (x: NdArray, y: NdArray, at: number) =>
  difference(rowOf(x, at), rowOf(y, at));

function meanAbs(x: Float64Array): number {
  return x.reduce((sum, value) => sum + Math.abs(value), 0) / x.length;
}

/** What it says by itself, always the most probable token. */
async function continuationOf(
  gemma: Gemma,
  ids: readonly number[],
  signal: AbortSignal,
): Promise<number[]> {
  const maxTokens = Math.min(CONTINUED, gemma.config.maxPositionEmbeddings - ids.length);
  const said: number[] = [];
  if (maxTokens < 1) return said;
  const options = { maxTokens, signal };
  for await (const { token } of gemma.generate([...ids], options)) said.push(token);
  signal.throwIfAborted();
  return said;
}

/** Tokens a second once the text has been read: the middle of {@link ROUNDS} runs, after one to warm up. */
async function speedOf(gemma: Gemma, ids: readonly number[], signal: AbortSignal): Promise<number> {
  const { maxPositionEmbeddings: most } = gemma.config;
  const read = ids.slice(0, Math.max(1, most - CONTINUED));
  const rates: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const options = { maxTokens: CONTINUED, ignoreEos: true, signal };
    let begin: number | undefined;
    let written = 0;
    for await (const _ of gemma.generate(read, options)) {
      begin ??= performance.now();
      written++;
    }
    signal.throwIfAborted();
    const seconds = (performance.now() - (begin as number)) / 1000;
    if (round > 0) rates.push((written - 1) / seconds);
    // Stop is heard, and the page can ask for other numbers meanwhile.
    await new Promise((resolve) => setTimeout(resolve));
  }
  return rates.sort((a, b) => a - b)[ROUNDS >> 1];
}
