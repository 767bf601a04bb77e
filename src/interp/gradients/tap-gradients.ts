/**
 * Gradients by tap name: how much each number inside a run would change the loss of tokens. Times the number itself it is
 * the best known measure of what a text's tokens contribute (Simonyan et al. 2013, arXiv:1312.6034; gradient · input).
 * @module
 */
import type { Handles } from "../../backend/backend.ts";
import type { CpuHandles } from "../../backend/cpu/handles.ts";
import { refusals } from "../../errors.ts";
import { assertIds, assertSequence } from "../../model/check-ids.ts";
import { assertIsModel } from "../../model/check-model.ts";
import type { Model } from "../../model/model.ts";
import { type SlotOf, separateSlots } from "../../model/slots.ts";
import { parseTap, type RecordedTap, type TapName } from "../../model/taps.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { type NdArray, tensor } from "../../tensor/tensor.ts";
import type { TrainableModel } from "../../training/trainable.ts";
import { ActivationCache } from "../run/activation-cache.ts";
import { placesOf } from "../run/places.ts";
import { run } from "../run/run-with-cache.ts";
import { selectTaps, type TapSelection } from "../run/select.ts";
import { shown } from "../run/tensors.ts";
import { type GradientContext, gradientOf } from "./derived.ts";

/** Which gradients are asked for. */
export interface TapGradientsOptions extends Pick<TapSelection, "names" | "layers"> {
  /** The tokens whose mean −log p is the loss, by their place; −1 is the last. Default: all but the first. */
  readonly targets?: number | readonly number[];
  /** Stops it before the pass; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export const TAP_GRADIENTS_NAMES: OptionNames<TapGradientsOptions> = {
  names: true,
  layers: true,
  targets: true,
  signal: true,
};

/** Intermediates of a run, and what each would change. */
export interface TapGradients {
  /** The mean of −log p over the targets, in nats. */
  readonly loss: number;
  /** ∂loss/∂tap, in the tap's shape. */
  readonly gradients: ActivationCache;
  /** The taps themselves. */
  readonly values: ActivationCache;
  /**
   * Gradient times value, summed over all but the tokens: [L]. To first order, what the loss would lose if the
   * tap's row were 0.
   * @param name a tap with a row of each token.
   */
  saliency(name: TapName | (string & {})): number[];
}

/**
 * Runs ids [L], a whole sequence from its BOS, forward and back. It is computed by the reference, in float64 if the
 * model's backend is, else in float32, whatever else the backend is. A second copy of the weights stays for as long as the
 * model does.
 * @param options {@link TapGradientsOptions}. There is none of `logits`: the loss is cut from them a few rows at a time.
 * @throws {ArgumentError} if a name is not a tap of this model, or no token is a target.
 */
export async function tapGradients<Dev extends Handles>(
  model: Model<Dev>,
  ids: ArrayLike<number>,
  options: TapGradientsOptions = {},
): Promise<TapGradients> {
  const op = "tapGradients";
  assertIsModel(op, model);
  assertOptions(op, options, TAP_GRADIENTS_NAMES);
  const { config } = model;
  const { signal, targets, ...selection } = options;
  const refuse = refusals(op);
  const chosen = selectTaps(op, config, selection);
  const names = chosen.filter((name) => name !== "logits");
  if (names.length === 0) {
    const hint = "score() gives log p of each token; its gradient in the logits is p − 1 and p";
    throw refuse.argument("names", "at least one tap before the logits", "logits alone", hint);
  }
  assertIds(op, ids, config);
  assertSequence(op, ids, config);
  const tokens = Array.from(ids);
  const places =
    targets === undefined
      ? [...tokens.keys()].slice(1)
      : placesOf(op, "targets", tokens.length, targets);
  if (places.length === 0 || places.includes(0)) {
    const got = places.length === 0 ? "no token" : "the first";
    const hint = "nothing comes before the first token, so that its log p is not known";
    throw refuse.argument("targets", "tokens behind the first", got, hint);
  }
  const learner = await learnerOf(model);
  signal?.throwIfAborted();
  const { loss, context } = await backThrough(learner, tokens, places);
  const everywhere = [...tokens.keys()];
  const found = new Map(
    names.map((name) => [name, shown(name, gradientOf(name, context), config)]),
  );
  const gradients = new ActivationCache(config, tokens, everywhere, found);
  const values = await run(op, model, tokens, { names, signal });
  return {
    loss,
    gradients,
    values,
    saliency: (name) => products(gradients.get(name), values.get(name), tokens.length),
  };
}

const learners = new WeakMap<object, Promise<TrainableModel>>();

/** The model as one that has gradients, and learns nothing: made once, for all who ask, so no signal of one of them stops it. */
function learnerOf<Dev extends Handles>(model: Model<Dev>): Promise<TrainableModel> {
  const known = learners.get(model);
  if (known) return known;
  const { config, sources: tensors, backend, embedScale } = model;
  const precision = backend.info.precision === "float64" ? "float64" : "float32";
  const rounding = embedScale === Math.sqrt(config.hiddenSize) ? "exact" : "bfloat16";
  const options = { precision, embedScale: rounding, trains: () => false } as const;
  // Fetched by those that ask: a page that only runs models does without it.
  const made = import("../../training/trainable.ts").then(({ TrainableModel: Learner }) =>
    Learner.from({ config, tensors }, options),
  );
  learners.set(model, made);
  made.catch(() => learners.delete(model));
  return made;
}

/** One sequence forward and back, each intermediate and each gradient in a tensor of its own. */
async function backThrough(
  learner: TrainableModel,
  ids: readonly number[],
  targets: readonly number[],
): Promise<{ readonly loss: number; readonly context: GradientContext }> {
  const { config, passes } = learner;
  const { backend, weights } = passes.parts;
  const sizes = { rows: ids.length, logitRows: 0 };
  const [forward, back] = [
    separateSlots(backend, config, sizes),
    separateSlots(backend, config, sizes),
  ];
  const counts = new Float64Array(ids.length);
  for (const t of targets) counts[t] = 1 / targets.length;
  const { logprobs } = await passes.alone("tapGradients", () =>
    passes.run(ids, counts, { learns: true, slots: [forward, back], isFrozen: true }),
  );
  const loss = logprobs.reduce((sum, p, t) => sum - p * counts[t], 0);
  const of = (slots: SlotOf<CpuHandles>) => (name: RecordedTap) => {
    const { data, columns } = slots(name);
    return tensor(data, [ids.length, columns]);
  };
  const norms = {
    ln1: "inputLayernorm",
    ln2: "postAttentionLayernorm",
  } as const;
  return {
    loss,
    context: {
      config,
      embedScale: learner.embedScale,
      value: of(forward),
      gradient: (name) => of(back)(passedOn(name)),
      gain(name) {
        const { layer, tap } = parseTap(name);
        const block = layer === undefined ? undefined : weights.layers[layer];
        const { gain, normOffset } = block ? block[norms[tap as keyof typeof norms]] : weights.norm;
        return Float64Array.from({ length: gain.shape[0] }, (_, d) => normOffset + gain.get(d));
      },
    },
  };
}

/** A residual addition hands its gradient on: what it adds has that of the sum. */
function passedOn(name: RecordedTap): RecordedTap {
  return name
    .replace(/hook_mlp_out$/, "hook_resid_post")
    .replace(/hook_attn_out$/, "hook_resid_mid") as RecordedTap;
}

/** Σ a · b over all but the first axis, which has to be the tokens. */
function products(a: NdArray, b: NdArray, L: number): number[] {
  if (a.shape[0] !== L || a.shape.length !== b.shape.length) {
    const hint = "of scores and patterns, multiply gradients and values yourself";
    throw refusals("saliency").argument("name", "a tap with a row of each token", "a map", hint);
  }
  const columns = a.data.length / L;
  const found = new Array<number>(L).fill(0);
  for (let i = 0; i < L * columns; i++) {
    found[Math.floor(i / columns)] += a.data[a.offset + i] * b.data[b.offset + i];
  }
  return found;
}
