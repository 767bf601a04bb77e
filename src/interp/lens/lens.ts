/**
 * The logit lens: what the model would say if it stopped after some of its blocks.
 * nostalgebraist 2020, "interpreting GPT: the logit lens".
 *
 *     x_0 = hook_embed, x_d = blocks.(d−1).hook_resid_post
 *     logits[d,l] = norm(x_d[l]) · tableᵀ
 *
 * The norm and the table are the model's last, so that the logits of the last depth are its own.
 * @module
 */
import type { Handles } from "../../backend/backend.ts";
import { assertInteger } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertIds, assertSequence } from "../../model/check-ids.ts";
import { assertIsModel } from "../../model/check-model.ts";
import type { Model } from "../../model/model.ts";
import { type RecordedTap, streamInto } from "../../model/taps.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { precisionNamed } from "../../tensor/precision.ts";
import type { FloatArray } from "../../tensor/tensor.ts";
import type { ActivationCache } from "../run/activation-cache.ts";
import { placesOf } from "../run/places.ts";
import { run } from "../run/run-with-cache.ts";
import {
  type Distribution,
  distributionOf,
  largest,
  type RankedToken,
  summaryOf,
} from "./lens-row.ts";
import {
  chosenToken,
  type NamedToken,
  namedToken,
  type Pieces,
  type TokenChoice,
} from "./token-choice.ts";

/** After which tokens and blocks is looked, and which tokens are followed. */
export interface LogitLensOptions {
  /** The tokens after which is looked, by their place; −1 is the last. Default: all. */
  readonly positions?: number | readonly number[];
  /** After how many blocks is looked: 0 is the embedding, −1 the end. Default: all, from 0 on. */
  readonly depths?: number | readonly number[];
  /** How many of the most probable tokens are kept. Default 5. */
  readonly topK?: number;
  /**
   * The token or tokens whose rank and probability are followed, by id, or by text where there is a tokenizer. Default:
   * at each position the next token of the text; at the last the model's own choice.
   */
  readonly target?: TokenChoice | readonly TokenChoice[];
  /** Stops it; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export const LENS_NAMES: OptionNames<LogitLensOptions> = {
  positions: true,
  depths: true,
  topK: true,
  target: true,
  signal: true,
};

/** A token, and what is thought of it. */
export interface LensToken extends NamedToken {
  /** Its logit at that depth. */
  readonly logit: number;
  /** Its probability at that depth. */
  readonly probability: number;
  /** 1 is the most probable. */
  readonly rank: number;
}

/** What the model would say after a token, at a depth. */
export interface LensCell {
  /** The token after which is looked, by place. */
  readonly position: number;
  /** The most probable tokens, in order. */
  readonly top: readonly LensToken[];
  /** Those that are followed. */
  readonly targets: readonly LensToken[];
  /** −Σ p·log p, in nats: 0 is certain. */
  readonly entropy: number;
  /** Σ final·log(final / p), in nats: how far it is from what the model says in the end, which is 0. */
  readonly kl: number;
}

/** All that is seen at one depth. */
export interface LensDepth {
  /** Blocks that have been passed. */
  readonly depth: number;
  /** The stream that is looked at. */
  readonly tap: RecordedTap;
  /** In the order of {@link LogitLens.positions}. */
  readonly cells: readonly LensCell[];
}

/** What the model would say after each block. */
export interface LogitLens {
  /** The tokens that were run, up to the last position that is looked at. */
  readonly tokens: readonly NamedToken[];
  /** The tokens after which was looked, by place. */
  readonly positions: readonly number[];
  /** What it would say at each depth, from the embedding upwards. */
  readonly depths: readonly LensDepth[];
}

/**
 * Looks through the logit lens at ids [T], a whole sequence from its BOS. Logits are looked at a few rows at a time, and
 * dropped: what is kept of each is its top, the followed tokens, its entropy, and how far it is from the end.
 *
 *     const { depths } = await logitLens(model, ids, { positions: -1 });
 *     for (const { depth, cells: [{ top }] } of depths) console.log(depth, top[0].id);
 *
 * @param options {@link LogitLensOptions}
 * @param pieces a tokenizer, for readable results.
 * @throws {ArgumentError} if a position, a depth or a token is not there.
 * @throws {UnsupportedError} if logits are NaN or infinite.
 */
export async function logitLens<Dev extends Handles>(
  model: Model<Dev>,
  ids: ArrayLike<number>,
  options: LogitLensOptions = {},
  pieces?: Pieces,
): Promise<LogitLens> {
  const op = "logitLens";
  assertIsModel(op, model);
  assertOptions(op, options, LENS_NAMES);
  const { config, paddingIds, backend } = model;
  const { topK = 5, signal } = options;
  const { numHiddenLayers: last, vocabSize: V } = config;
  assertInteger(op, "topK", topK, { from: 1, to: V - paddingIds.length });
  assertIds(op, ids, config);
  assertSequence(op, ids, config);
  const positions = placesOf(op, "positions", ids.length, options.positions);
  const depths = placesOf(op, "depths", last + 1, options.depths);
  const chosen = [options.target ?? []].flat() as readonly TokenChoice[];
  const followed = chosen.map((one) => chosenToken(op, "target", one, config, pieces));
  const except = new Set(paddingIds);

  const tokens = Array.from(ids).slice(0, 1 + Math.max(...positions));
  const names = [...new Set([...depths, last])].map(streamInto);
  const cache = await run(op, model, tokens, { names, positions, signal });

  // The last depth of a position comes first: the others are compared with it.
  const order = [last, ...depths.filter((depth) => depth !== last)];
  const stream = streamRows(cache, order, precisionNamed(backend.info.precision).alloc);
  const cells = new Map(depths.map((depth) => [depth, [] as LensCell[]]));
  let final: Distribution | undefined;
  const look = (logits: FloatArray, row: number) => {
    const position = positions[Math.floor(row / order.length)];
    const depth = order[row % order.length];
    const here = distributionOf(logits);
    if (!Number.isFinite(here.logSum)) throw notFinite(op, position, depth);
    if (depth === last) final = here;
    const end = final as Distribution;
    const next = position + 1 < ids.length ? ids[position + 1] : undefined;
    const targets =
      options.target === undefined ? [next ?? largest(end.logits, 1, except)[0]] : followed;
    const { top, targets: ranks, ...rest } = summaryOf(here, end, { topK, targets, except });
    const named = (token: RankedToken) => ({ ...namedToken(token.id, pieces), ...token });
    const cell = { position, top: top.map(named), targets: ranks.map(named), ...rest };
    cells.get(depth)?.push(cell);
  };
  await model.unembed({
    op,
    stream,
    signal,
    take(logits, begin) {
      for (let at = 0; at < logits.length; at += V) {
        look(logits.subarray(at, at + V), begin + at / V);
      }
    },
  });
  return {
    tokens: tokens.map((id) => namedToken(id, pieces)),
    positions,
    depths: depths.map((depth) => ({
      depth,
      tap: streamInto(depth),
      cells: cells.get(depth) as LensCell[],
    })),
  };
}

/** The stream of each position at each of `depths`, a row each. */
function streamRows(
  cache: ActivationCache,
  depths: readonly number[],
  alloc: (length: number) => FloatArray,
): FloatArray {
  const streams = depths.map((depth) => cache.get(streamInto(depth)));
  const [P, D] = streams[0].shape;
  const rows = alloc(P * depths.length * D);
  for (let p = 0; p < P; p++) {
    for (const [i, { data, offset }] of streams.entries()) {
      const row = data.subarray(offset + p * D, offset + (p + 1) * D);
      rows.set(row, (p * depths.length + i) * D);
    }
  }
  return rows;
}

function notFinite(op: string, position: number, depth: number): Error {
  const got = `NaN or infinite ones at position ${position}, depth ${depth}`;
  const hint = "gemma.logits says where that comes from";
  return refusals(op).unsupported("logits", "finite numbers", got, hint);
}
