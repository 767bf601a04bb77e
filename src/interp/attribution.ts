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
import type { Handles } from "../backend/backend.ts";
import { assertIds, assertSequence } from "../model/check-ids.ts";
import { assertIsModel } from "../model/check-model.ts";
import type { Model } from "../model/model.ts";
import type { TapName } from "../model/taps.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import type { FloatArray } from "../tensor/tensor.ts";
import type { ActivationCache } from "./activation-cache.ts";
import { streamInto } from "./chains/chains.ts";
import { largest } from "./lens-row.ts";
import { logitDirection, scaleOfRow } from "./logit-direction.ts";
import { placeOf } from "./places.ts";
import { run } from "./run-with-cache.ts";
import {
  chosenToken,
  type NamedToken,
  namedToken,
  type Pieces,
  type TokenChoice,
} from "./token-choice.ts";
import { weightOf } from "./weights.ts";

export interface AttributionOptions {
  /** Whose logit, by id, or by text where there is a tokenizer. Default: the model's own choice. */
  readonly token?: TokenChoice;
  /** A second token: then it is the difference of the two logits that is attributed. */
  readonly against?: TokenChoice;
  /** After which token, by its place. Default −1, the last. */
  readonly position?: number;
  /** A block of whose MLP the neurons are looked at, too. −1 is the last. */
  readonly neurons?: number;
  readonly signal?: AbortSignal;
}

export const ATTRIBUTION_NAMES: OptionNames<AttributionOptions> = {
  token: true,
  against: true,
  position: true,
  neurons: true,
  signal: true,
};

/** A part of the model, and what it contributed. */
export interface LogitPart {
  /** `embed`, `L0H3` (block 0, head 3), `L0 mlp`, `L0N17` (block 0, neuron 17). */
  readonly label: string;
  /** Where its output is found in a run. */
  readonly tap: TapName;
  /** Undefined of the embedding. */
  readonly layer?: number;
  readonly head?: number;
  readonly neuron?: number;
  /** What it put into the logit, or into the difference. */
  readonly contribution: number;
}

export interface LogitAttribution {
  readonly token: NamedToken;
  readonly against?: NamedToken;
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

  const parts: LogitPart[] = [
    { label: "embed", tap: "hook_embed", contribution: dot(rowOf(cache, "hook_embed"), toLogit) },
  ];
  for (let l = 0; l < numHiddenLayers; l++) {
    parts.push(...(await headParts(model, cache, l, toLogit, signal)));
    const tap = `blocks.${l}.hook_mlp_out` as const;
    const contribution = dot(rowOf(cache, tap), toLogit);
    parts.push({ label: `L${l} mlp`, tap, layer: l, contribution });
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

/** What each head adds to the stream is its z times its columns of o_proj; here the columns meet the direction first. */
async function headParts<Dev extends Handles>(
  model: Model<Dev>,
  cache: ActivationCache,
  layer: number,
  toLogit: Float64Array,
  signal: AbortSignal | undefined,
): Promise<LogitPart[]> {
  const { numAttentionHeads: N, headDim: H } = model.config;
  const name = `model.layers.${layer}.self_attn.o_proj.weight`;
  const columns = await columnsTimes(model, name, toLogit, signal); // [N·H]
  const z = rowOf(cache, `blocks.${layer}.attn.hook_z`); // [N·H]
  return Array.from({ length: N }, (_, head) => {
    const [from, to] = [head * H, (head + 1) * H];
    const contribution = dot(z.subarray(from, to), columns.subarray(from, to));
    const tap = `blocks.${layer}.attn.hook_result` as const;
    return { label: `L${layer}H${head}`, tap, layer, head, contribution };
  });
}

async function neuronParts<Dev extends Handles>(
  model: Model<Dev>,
  cache: ActivationCache,
  layer: number,
  toLogit: Float64Array,
  signal: AbortSignal | undefined,
): Promise<LogitPart[]> {
  const name = `model.layers.${layer}.mlp.down_proj.weight`;
  const columns = await columnsTimes(model, name, toLogit, signal); // [F]
  const tap = `blocks.${layer}.mlp.hook_post` as const;
  const post = rowOf(cache, tap); // [F]
  const parts = Array.from(columns, (column, neuron) => {
    const contribution = post[neuron] * column;
    return { label: `L${layer}N${neuron}`, tap, layer, neuron, contribution };
  });
  return parts.sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
}

/** Σ_d weight[d,f] · x[d] of each column: [F]. */
async function columnsTimes<Dev extends Handles>(
  model: Model<Dev>,
  name: string,
  x: Float64Array,
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  const { data, shape, offset } = await weightOf(model, name, signal);
  const [D, F] = shape;
  const sums = new Float64Array(F);
  for (let d = 0; d < D; d++) {
    const row = offset + d * F;
    for (let f = 0; f < F; f++) sums[f] += data[row + f] * x[d];
  }
  return sums;
}

/** The one row that was kept of a tap. */
function rowOf(cache: ActivationCache, name: TapName): FloatArray {
  const { data, offset, shape } = cache.get(name);
  const columns = shape.slice(1).reduce((a, b) => a * b, 1);
  return data.subarray(offset, offset + columns);
}

function dot(x: FloatArray, y: Float64Array): number {
  let sum = 0;
  for (let d = 0; d < x.length; d++) sum += x[d] * y[d];
  return sum;
}
