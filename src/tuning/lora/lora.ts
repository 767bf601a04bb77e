/**
 * A model that learns by low-rank factors alone: its weights are frozen, as they are stored, and have neither masters
 * nor gradients nor moments of an optimiser. Several such models may share them: they differ in the factors alone.
 * @module
 */

import type { CpuWeight } from "../../backend/cpu/handles.ts";
import { brief } from "../../brief.ts";
import type { GemmaConfig } from "../../config.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { float32, float64 } from "../../tensor/precision.ts";
import type { RowSource } from "../../tensor/stored.ts";
import { frozenWeight } from "../../training/parameters.ts";
import type { TrainingParts } from "../../training/passes.ts";
import { TrainableModel, type TrainableOptions } from "../../training/trainable.ts";
import { type Adapter, LORA_NAMES, type LoraOptions, newAdapter } from "./adapter.ts";
import { adapted, factorsOf } from "./factors.ts";
import { assertFits } from "./merge.ts";

/** Options of {@link loraModel}: those of the factors, and of the model that learns. */
export interface LoraModelOptions
  extends LoraOptions,
    Pick<TrainableOptions, "matmuls" | "recompute" | "signal"> {
  /** An adapter to go on from, copied. Its settings stand in the place of r, alpha and the others. */
  readonly adapter?: Adapter;
}

const NAMES: OptionNames<LoraModelOptions> = {
  ...LORA_NAMES,
  adapter: true,
  matmuls: true,
  recompute: "boolean",
  signal: true,
};

/** What factors are put beside: a checkpoint that is open, `{ config, tensors }`, or a model of which nothing learns. */
export type LoraSource =
  | { readonly config: GemmaConfig; readonly tensors: ReadonlyMap<string, RowSource> }
  | TrainableModel;

/** A model that learns, and what it learns. */
export interface LoraModel {
  /**
   * For optimisers and the loop. Its parameters are the factors: `model.layers.0.self_attn.q_proj.lora_A.weight`, in
   * the order of the weights, A before B. Its `tensors()` are the weights with the adapter merged in, W + s · B A rounded once:
   * in float64 log-probs of those are some 1e-14 off from its own, in float32 some 1e-6.
   */
  readonly model: TrainableModel;
  /** The factors as they are now: for `writeAdapter` and `mergeAdapter`. */
  readonly adapter: Adapter;
  /**
   * The same weights with the adapter off, to the bit the model that was there before: not a copy. Other adapters go beside
   * them by `loraModel(reference)`.
   */
  readonly reference: TrainableModel;
}

/**
 * Low-rank factors beside the weights of a model, to be trained.
 *
 *     const { model, adapter } = await loraModel(checkpoint, { r: 8 });
 *
 * The weights are read once. Where several models are asked, as a policy, its reference and a reward model are, one copy
 * of them is enough:
 *
 *     const policy = await loraModel(checkpoint, { r: 8 });
 *     const judge = await loraModel(policy.reference, { r: 4, seed: 1 });
 *
 * None of them changes the weights, and none sees the factors of another. They may be at work at the same time.
 *
 * @param source a checkpoint that is open, or `{ config, tensors }`; or a model of which nothing learns, whose weights are
 * shared, whose precision it has, and whose matmuls and recompute it has unless they are given.
 * @throws {ArgumentError} if an option is out of range, or something learns in `source`.
 */
export async function loraModel(
  source: LoraSource,
  options: LoraModelOptions = {},
): Promise<LoraModel> {
  const op = "loraModel";
  assertOptions(op, options, NAMES);
  const { adapter: given, matmuls, recompute, signal, ...own } = options;
  const { precision = precisionOf(source), ...settings } = own;
  const old = given && Object.keys(settings)[0];
  if (old) {
    const hint = "the adapter has its own settings; leave it out, or begin without an adapter";
    const got = brief(own[old as never]);
    throw refusals(op).argument(old, "no setting beside an adapter", got, hint);
  }
  const begin = given ?? newAdapter(source.config, { ...settings, precision });
  assertFits(op, source instanceof TrainableModel ? source.tensors() : source.tensors, begin);
  const numbers = precision === "float64" ? float64 : float32;
  const factors = factorsOf(begin, numbers);
  const adapter: Adapter = { ...begin, pairs: factors.pairs };
  const reference =
    source instanceof TrainableModel
      ? sharedBy(source, precision)
      : await TrainableModel.from(source, {
          precision,
          matmuls,
          recompute,
          signal,
          trains: () => false,
        });
  const whole = new Map<string, CpuWeight>();
  for (const [name, weight] of begin.whole) {
    whole.set(name, await frozenWeight(weight, numbers, signal));
  }
  const adapt = (parts: TrainingParts) => adapted(parts, factors, whole, adapter);
  return { model: reference.sharing({ matmuls, recompute, adapt }), adapter, reference };
}

const precisionOf = (source: LoraSource) =>
  source instanceof TrainableModel && source.passes.parts.backend.info.precision === "float64"
    ? "float64"
    : "float32";

/** @throws {ArgumentError} if something in `base` learns, or it computes in another precision. */
function sharedBy(base: TrainableModel, precision: string): TrainableModel {
  const { argument: refuse } = refusals("loraModel");
  if (base.parameters.size > 0) {
    const got = `one with ${base.parameters.size} parameters`;
    const hint = "of a model with an adapter take its reference, which is the same without";
    throw refuse("source", "a model of which nothing learns", got, hint);
  }
  const expected = precisionOf(base);
  if (precision === expected) return base;
  const hint = "factors are stored as the model computes";
  throw refuse("precision", `${expected}, as the model has`, precision, hint);
}
