/**
 * LoRA: a small change of a large weight, as the product of two thin matrices.
 * Hu et al. 2021, arXiv:2106.09685, §4.1:
 *
 *     y = x Wᵀ + s · (x Aᵀ) Bᵀ,   W [F, D] frozen, A [r, D] and B [F, r] trained, s = alpha / r
 *
 * A begins at U(−1/√D, 1/√D), which is PyTorch's Kaiming-uniform with a = √5, and B at 0: so an adapter begins by
 * changing nothing, and its first step moves B alone.
 * @module
 */
import { assertFinite, assertInteger, POSITIVE } from "../../check.ts";
import type { GemmaConfig } from "../../config.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { xoshiro128 } from "../../random.ts";
import type { WeightSource } from "../../tensor/stored.ts";
import { formatShape, type NdArray, tensor } from "../../tensor/tensor.ts";
import { assertMeant } from "./check-settings.ts";
import { type LoraSettings, loraTargets, PROJECTIONS } from "./settings.ts";

/** The factors of one weight W [F, D]: W becomes W + scale · B A. */
export interface LoraPair {
  /** [r, D] */
  readonly a: NdArray;
  /** [F, r] */
  readonly b: NdArray;
  /** s */
  readonly scale: number;
}

/** What was learnt beside a model that stayed as it is. */
export interface Adapter {
  /** For messages: the file it was read from, or "lora". */
  readonly name: string;
  /** Which projections have factors. */
  readonly settings: LoraSettings;
  /** Their factors, by the name of the weight: `model.layers.0.self_attn.q_proj.weight`. */
  readonly pairs: ReadonlyMap<string, LoraPair>;
  /** Weights that take the place of the model's, by name. Empty unless the settings name some. */
  readonly whole: ReadonlyMap<string, WeightSource>;
}

/** Heads that score, as PEFT saves them with an adapter (`modules_to_save`), whether the model has one or not. */
export const HEADS: readonly string[] = ["score", "classifier"];

/** Whether a weight among {@link Adapter.whole} is a head's: beside a Gemma's own, not in the place of one. */
export const isHead = (name: string): boolean => HEADS.some((head) => name === `${head}.weight`);

/** Options of {@link newAdapter}. */
export interface LoraOptions {
  /** The rank, at most the smaller side of each weight that gets factors: B A has no higher one. Default 8. */
  readonly r?: number;
  /** The scale is alpha / r. Default 2r, so the scale is 2. */
  readonly alpha?: number;
  /** Whether the scale is alpha / √r, so that it does not shrink with the rank. Default false. */
  readonly rsLora?: boolean;
  /** Modules that get factors, as {@link LoraSettings} says. Default: all seven projections of a block. */
  readonly targets?: readonly string[] | string;
  /** The blocks that get factors, from 0; with a list as `targets` only. Default: all. */
  readonly layers?: readonly number[];
  /** Other ranks, as {@link LoraSettings} says. */
  readonly rankPattern?: Readonly<Record<string, number>>;
  /** Other alphas, likewise. */
  readonly alphaPattern?: Readonly<Record<string, number>>;
  /** Of the beginning of A. Default 0. */
  readonly seed?: number;
  /** How factors are stored while they are trained. Default float32. */
  readonly precision?: "float32" | "float64";
}

export const LORA_NAMES: OptionNames<LoraOptions> = {
  r: true,
  alpha: true,
  rsLora: "boolean",
  targets: true,
  layers: true,
  rankPattern: true,
  alphaPattern: true,
  seed: true,
  precision: true,
};

/**
 * An adapter that does not change anything yet.
 * @param config of the model that it belongs to.
 * @throws {ArgumentError} if an option is out of range, or names a module or a block that the model has not.
 * @throws {UnsupportedError} if the table is among the targets.
 */
export function newAdapter(config: GemmaConfig, options: LoraOptions = {}): Adapter {
  assertOptions("lora", options, LORA_NAMES);
  const { r = 8, alpha = 2 * r, rsLora = false, targets = PROJECTIONS, seed = 0 } = options;
  const { layers, rankPattern, alphaPattern, precision = "float32" } = options;
  assertInteger("lora", "r", r, POSITIVE);
  assertFinite("lora", "alpha", alpha);
  assertInteger("lora", "seed", seed, { from: 0, to: 2 ** 32 - 1 });
  const settings: LoraSettings = { r, alpha, rsLora, targets, layers, rankPattern, alphaPattern };
  assertMeant(config, settings);
  const Floats = precision === "float64" ? Float64Array : Float32Array;
  const random = xoshiro128(seed);
  const pairs = new Map<string, LoraPair>();
  for (const { name, shape, r: rank, scale } of loraTargets(config, settings)) {
    const [F, D] = shape;
    assertRank(rank, name, shape);
    const bound = 1 / Math.sqrt(D);
    const a = new Floats(rank * D).map(() => bound * (2 * random() - 1));
    const b = new Floats(F * rank);
    pairs.set(name, { a: tensor(a, [rank, D]), b: tensor(b, [F, rank]), scale });
  }
  return { name: "lora", settings, pairs, whole: new Map() };
}

/** Factors of a higher rank would need more memory and say nothing more. */
function assertRank(r: number, name: string, shape: readonly number[]): void {
  const most = Math.min(...shape);
  if (r <= most) return;
  const expected = `at most ${most}, the smaller side of ${name} ${formatShape(shape)}`;
  throw refusals("lora").argument("r", expected, r);
}
