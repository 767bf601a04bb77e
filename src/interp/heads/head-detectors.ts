/**
 * Head detectors: how much of its attention each head spends on keys of a certain kind. Of the query at l, the key at s
 * is of the kind
 *
 *     previous-token    if s = l − 1
 *     duplicate-token   if ids[s] = ids[l] and s < l
 *     induction         if ids[s−1] = ids[l] and 1 ≤ s ≤ l: what came after the same token before
 *
 * The score of head n is the mean over all queries of its attention on such keys,
 *
 *     score[n] = Σ_l Σ_s pattern[n,l,s] · [s is of the kind for l] / Σ_l Σ_s pattern[n,l,s]
 *
 * as in TransformerLens (`detect_head`, `error_measure="mul"`, nothing excluded). The lower sum is L. A query without such a
 * key counts as 0, so that no head reaches more than the share of queries that have one.
 * @module
 */
import type { Handles } from "../../backend/backend.ts";
import { assertOneOf } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertIds, assertSequence } from "../../model/check-ids.ts";
import { assertIsModel } from "../../model/check-model.ts";
import type { Model } from "../../model/model.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { float64, zeros } from "../../tensor/precision.ts";
import type { NdArray } from "../../tensor/tensor.ts";
import { run } from "../run/run-with-cache.ts";
import { type RepeatOptions, repeatedTokens } from "./repeated-tokens.ts";

export const HEAD_KINDS = ["previous-token", "duplicate-token", "induction"] as const;

/** What a head is looked for: see {@link detectHeads}. */
export type HeadKind = (typeof HEAD_KINDS)[number];

/** Options about the random text stand for something only where no ids are given. */
export interface DetectHeadsOptions extends RepeatOptions {
  /** What heads are looked for. */
  readonly kind: HeadKind;
  /** Stops it; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export const DETECT_NAMES: OptionNames<DetectHeadsOptions> = {
  kind: true,
  seed: true,
  length: true,
  among: true,
  signal: true,
};

/** A head, and what a detector says of it. */
export interface HeadScore {
  /** The block. */
  readonly layer: number;
  /** The query head. */
  readonly head: number;
  /** Its mean attention on the keys in question, 0 to 1. */
  readonly score: number;
}

/** What a detector has found. */
export interface DetectedHeads {
  /** What was looked for. */
  readonly kind: HeadKind;
  /** The text that it was found in. */
  readonly ids: readonly number[];
  /** [layers, N], 0 … {@link DetectedHeads.most}. */
  readonly scores: NdArray;
  /** What a head would score that does nothing else: the share of queries that have such a key. */
  readonly most: number;
  /** All heads, that of the highest score first. */
  readonly heads: readonly HeadScore[];
}

/**
 * How much each head does what a detector looks for: in ids [L], a whole sequence from its BOS, or, without ids, in random
 * tokens that come twice (repeated-tokens.ts).
 * @param options {@link DetectHeadsOptions}
 * @throws {ArgumentError} if no query of the ids has a key of the kind.
 */
export async function detectHeads<Dev extends Handles>(
  model: Model<Dev>,
  ids: ArrayLike<number> | undefined,
  options: DetectHeadsOptions,
): Promise<DetectedHeads> {
  const op = "detectHeads";
  assertIsModel(op, model);
  assertOptions(op, options, DETECT_NAMES);
  const { kind, signal, ...repeat } = options;
  if (kind === undefined) throw refusals(op).argument("kind", HEAD_KINDS.join(" | "), "none");
  assertOneOf(op, "kind", kind, HEAD_KINDS);
  const tokens = ids === undefined ? repeatedTokens(op, model, repeat) : ids;
  if (ids !== undefined) {
    for (const [name, value] of Object.entries(repeat)) {
      if (value === undefined) continue;
      const expected = "no ids, as it is about random ones";
      throw refusals(op).argument(name, expected, `${ids.length} ids`);
    }
    assertIds(op, ids, model.config);
    assertSequence(op, ids, model.config);
  }
  const most = bestScore(Array.from(tokens), kind);
  if (most === 0) {
    const expected = kind === "previous-token" ? "two tokens or more" : "a token that comes twice";
    const hint = "without ids, random ones are taken that come twice";
    throw refusals(op).argument("ids", expected, `${tokens.length} without`, hint);
  }
  const cache = await run(op, model, tokens, { names: "attn.hook_pattern", signal });
  const patterns = [...cache].map(([, pattern]) => pattern);
  return { kind, ids: cache.ids, most, ...headScores(patterns, cache.ids, kind) };
}

/** Whether the key at s is what the detector looks for, of the query at l. */
function isOfKind(kind: HeadKind, ids: readonly number[], l: number, s: number): boolean {
  if (kind === "previous-token") return s === l - 1;
  if (kind === "duplicate-token") return s < l && ids[s] === ids[l];
  return s >= 1 && s <= l && ids[s - 1] === ids[l];
}

/** The share of queries that have a key of the kind. */
function bestScore(ids: readonly number[], kind: HeadKind): number {
  const have = ids.filter((_, l) => ids.some((_, s) => isOfKind(kind, ids, l, s)));
  return have.length / ids.length;
}

/**
 * The scores of all heads from their patterns, [N, L, L] of each block.
 * @returns scores [layers, N], and the heads sorted by them.
 */
export function headScores(
  patterns: readonly NdArray[],
  ids: readonly number[],
  kind: HeadKind,
): Pick<DetectedHeads, "scores" | "heads"> {
  const [N, L] = patterns[0].shape;
  const scores = zeros([patterns.length, N], float64);
  const heads: { layer: number; head: number; score: number }[] = [];
  for (const [layer, pattern] of patterns.entries()) {
    for (let head = 0; head < N; head++) {
      let [found, all] = [0, 0];
      for (let l = 0; l < L; l++) {
        for (let s = 0; s <= l; s++) {
          const weight = pattern.get(head, l, s);
          all += weight;
          if (isOfKind(kind, ids, l, s)) found += weight;
        }
      }
      scores.set(layer, head, found / all);
      heads.push({ layer, head, score: found / all });
    }
  }
  return { scores, heads: heads.sort((a, b) => b.score - a.score) };
}
