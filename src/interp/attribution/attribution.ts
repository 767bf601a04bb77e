/**
 * Direct logit attribution: which parts of the model made a logit.
 *
 * The stream is a sum: the embedding, what each head of each block adds, what each MLP adds. With the scale of the last
 * norm held as it was in the run, a logit is linear in the stream, so that it is the sum of what the parts contribute:
 *
 *     contribution[part] = Σ_d part[d] / scale · (1 + w[d]) · table[token,d]
 *
 * A part counts with what it puts into the logit itself, and not with what later blocks make of it. An MLP is a sum of
 * neurons, in the same way.
 * @module
 */
import type { Handles } from "../../backend/backend.ts";
import { assertIds, assertSequence } from "../../model/check-ids.ts";
import { assertIsModel } from "../../model/check-model.ts";
import type { Model } from "../../model/model.ts";
import { streamInto } from "../../model/taps.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { largest } from "../lens/lens-row.ts";
import {
  chosenToken,
  type NamedToken,
  namedToken,
  type Pieces,
  type TokenChoice,
} from "../lens/token-choice.ts";
import { placeOf } from "../run/places.ts";
import { run } from "../run/run-with-cache.ts";
import { headParts, type LogitPart, neuronParts, rowOf, streamPart } from "./attribution-parts.ts";
import { logitDirection, scaleOfRow } from "./logit-direction.ts";

/** Which logit is taken apart, and into which parts. */
export interface AttributionOptions {
  /** Whose logit, by id, or by text where there is a tokenizer. Default: the model's own choice. */
  readonly token?: TokenChoice;
  /** A second token: then it is the difference of the two logits that is attributed. */
  readonly against?: TokenChoice;
  /** After which token, by its place. Default −1, the last. */
  readonly position?: number;
  /** A block of whose MLP the neurons are looked at, too. −1 is the last. */
  readonly neurons?: number;
  /** Stops it; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export const ATTRIBUTION_NAMES: OptionNames<AttributionOptions> = {
  token: true,
  against: true,
  position: true,
  neurons: true,
  signal: true,
};

/** A logit, or the difference of two, as a sum of what each part of the model wrote. */
export interface LogitAttribution {
  /** The token whose logit it is. */
  readonly token: NamedToken;
  /** The token whose logit was taken off. */
  readonly against?: NamedToken;
  /** The position whose next token it is about. */
  readonly position: number;
  /** The tokens that were run, up to the position. */
  readonly tokens: readonly NamedToken[];
  /** As the model computed it: the logit of the token, less that of `against`. */
  readonly logit: number;
  /**
   * Embedding, heads and MLPs, in the order of computing. In float64 they sum to `logit` within 1e-10; narrower runs
   * round the stream at every step, and there they sum to it within that.
   */
  readonly parts: readonly LogitPart[];
  /** Those of the MLP that was asked for, largest contributions first, whatever their sign. They sum to the MLP's. */
  readonly neurons?: readonly LogitPart[];
}

/**
 * Runs ids [T], a whole sequence from its BOS, and says which parts made a logit.
 *
 *     const { parts } = await attributeLogit(model, ids, { token: 709 });
 *     const [most] = parts.toSorted((a, b) => b.contribution - a.contribution);
 *
 * @param options {@link AttributionOptions}
 * @param pieces a tokenizer, for readable results.
 * @throws {ArgumentError} if a token, the position or the block is not there.
 */
export async function attributeLogit<Dev extends Handles>(
  model: Model<Dev>,
  ids: ArrayLike<number>,
  options: AttributionOptions = {},
  pieces?: Pieces,
): Promise<LogitAttribution> {
  const op = "attributeLogit";
  assertIsModel(op, model);
  assertOptions(op, options, ATTRIBUTION_NAMES);
  const { config, paddingIds } = model;
  const { numHiddenLayers, rmsNormEps } = config;
  const { signal, neurons: asked } = options;
  assertIds(op, ids, config);
  assertSequence(op, ids, config);
  const position = placeOf(op, "position", ids.length, options.position ?? -1);
  const named = (name: "token" | "against") => {
    const choice = options[name];
    return choice === undefined ? undefined : chosenToken(op, name, choice, config, pieces);
  };
  const [chosen, against] = [named("token"), named("against")];
  const layer = asked === undefined ? undefined : placeOf(op, "neurons", numHiddenLayers, asked);

  // Later tokens have no part in it.
  const tokens = Array.from(ids).slice(0, position + 1);
  const last = streamInto(numHiddenLayers);
  const perBlock = ["attn.hook_z", "hook_mlp_out"];
  const post = layer === undefined ? [] : [`blocks.${layer}.mlp.hook_post`];
  const names = ["hook_embed", ...perBlock, ...post, last, "logits"];
  const cache = await run(op, model, tokens, { names, positions: position, signal });

  const logits = rowOf(cache, "logits");
  const token = chosen ?? largest(logits, 1, new Set(paddingIds))[0];
  const scale = scaleOfRow(rowOf(cache, last), rmsNormEps);
  const direction = await logitDirection(model, token, against, signal);
  const toLogit = direction.map((x) => x / scale);

  const parts = [streamPart(cache, "embed", "hook_embed", toLogit)];
  for (let l = 0; l < numHiddenLayers; l++) {
    parts.push(...(await headParts(model, cache, l, toLogit, signal)));
    const mlp = streamPart(cache, `L${l} mlp`, `blocks.${l}.hook_mlp_out`, toLogit);
    parts.push({ ...mlp, layer: l });
  }
  return {
    token: namedToken(token, pieces),
    ...(against === undefined ? {} : { against: namedToken(against, pieces) }),
    position,
    tokens: tokens.map((id) => namedToken(id, pieces)),
    logit: logits[token] - (against === undefined ? 0 : logits[against]),
    parts,
    ...(layer === undefined
      ? {}
      : { neurons: await neuronParts(model, cache, layer, toLogit, signal) }),
  };
}
