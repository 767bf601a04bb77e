/**
 * What rows of the stream, or parts of it, put into a logit: see attribution.ts, which does it for all of a model.
 * @module
 */
import type { Handles } from "../../backend/backend.ts";
import { assertIsModel } from "../../model/check-model.ts";
import type { Model } from "../../model/model.ts";
import { streamInto } from "../../model/taps.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { float64, zeros } from "../../tensor/precision.ts";
import { assertTensor, type NdArray } from "../../tensor/tensor.ts";
import { chosenToken } from "../lens/token-choice.ts";
import type { ActivationCache } from "../run/activation-cache.ts";
import { logitDirection, scaleOfRow } from "./logit-direction.ts";

/** Which token's logit is asked for, and against which. */
export interface LogitAttrsOptions {
  /** The id of the token whose logit it is. */
  readonly token: number;
  /** The id of a second: then it is the difference of the two logits. */
  readonly against?: number;
  /** Stops it; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

const NAMES: OptionNames<LogitAttrsOptions> = { token: true, against: true, signal: true };

/**
 * [parts, L, D] → [parts, L]: what each part puts into the logit of `token` after each position,
 *
 *     attr[p,l] = Σ_d part[p,l,d] / scale[l] · (1 + w[d]) · table[token,d]
 *
 * with the scale of the last norm as it was in the run.
 *
 *     const names = ["hook_embed", "hook_attn_out", "hook_mlp_out", /hook_resid_post/];
 *     const cache = await runWithCache(model, ids, { names });
 *     const { labels, values } = decomposeResid(cache);
 *     const attrs = await logitAttrs(model, cache, values, { token: 709 });
 *
 * @param cache of that run, with the last `hook_resid_post`.
 * @throws {ArgumentError} if the token is not there, or the stream was not kept.
 * @throws {ShapeError} unless the parts have the rows of the run.
 */
export async function logitAttrs<Dev extends Handles>(
  model: Model<Dev>,
  cache: ActivationCache,
  parts: NdArray,
  options: LogitAttrsOptions,
): Promise<NdArray> {
  const op = "logitAttrs";
  assertIsModel(op, model);
  assertOptions(op, options, NAMES);
  const { config } = model;
  const { token, against, signal } = options;
  chosenToken(op, "token", token, config, undefined);
  if (against !== undefined) chosenToken(op, "against", against, config, undefined);
  const stream = cache.get(streamInto(config.numHiddenLayers));
  const [L, D] = stream.shape;
  assertTensor(op, "parts", parts, [undefined, L, D]);
  const direction = await logitDirection(model, token, against, signal);
  const [P] = parts.shape;
  const attrs = zeros([P, L], float64);
  for (let l = 0; l < L; l++) {
    const row = stream.data.subarray(stream.offset + l * D, stream.offset + (l + 1) * D);
    const scale = scaleOfRow(row, config.rmsNormEps);
    for (let p = 0; p < P; p++) {
      let sum = 0;
      for (let d = 0; d < D; d++) sum += parts.get(p, l, d) * direction[d];
      attrs.set(p, l, sum / scale);
    }
  }
  return attrs;
}
