/**
 * A Gemma that learns: masters of its weights, and the passes that turn sequences into gradients.
 *
 * A pass is one sequence: model/forward.ts, the loss a few rows of logits at a time, model/backward/backward.ts. Gradients are added up
 * sequence by sequence, in the order given; so a batch in several parts gives the bits of one, nothing is padded, and
 * texts beside each other never see each other. Memory is that of the longest sequence.
 * @module
 */
import type { TrainingBackend } from "../backend/backward.ts";
import { cpuBackend } from "../backend/cpu/cpu.ts";
import type { CpuHandles } from "../backend/cpu/handles.ts";
import type { Matmuls } from "../backend/matmuls.ts";
import { brief } from "../brief.ts";
import { assertFinite, assertInteger, assertOneOf } from "../check.ts";
import type { GemmaConfig } from "../config.ts";
import { refusals } from "../errors.ts";
import { embeddingScale } from "../model/embedding-scale.ts";
import { matchWeights } from "../model/weights/match.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import { precisionNamed } from "../tensor/precision.ts";
import type { RowSource, WeightSource } from "../tensor/stored.ts";
import type { NdArray } from "../tensor/tensor.ts";
import {
  assertFinalGradients,
  assertSequences,
  assertTokenGradients,
  assertTokenNumbers,
} from "./check-sequences.ts";
import { type TrainedParameter, trainedWeights } from "./parameters.ts";
import { Passes, type TrainingParts } from "./passes.ts";
import { randomWeights } from "./random-weights.ts";
import { type OutType, sourceOf } from "./source-of.ts";
import type { TrainingSequence } from "./trains.ts";

/** How a model is trained. */
export interface TrainableOptions {
  /** Of masters, gradients and intermediates: float32 (default), or float64, which equals Google's code to 1e-12. */
  readonly precision?: "float32" | "float64";
  /** Matmuls to compute with in place of plain JavaScript: `simdMatmuls()`. Precision float32 only. */
  readonly matmuls?: Matmuls;
  /** Keep D numbers a token and block, and compute blocks again on the way back. Same bits. Default false. */
  readonly recompute?: boolean;
  /** What the embedding is scaled by; see `ModelOptions`. Default exact. */
  readonly embedScale?: "exact" | "bfloat16";
  /**
   * Which weights learn, by Hugging Face's name and shape. Default: all. The others stay as they are stored, but for
   * float64 weights of a model in float32: it computes with them rounded to float32, once.
   */
  readonly trains?: (name: string, shape: readonly number[]) => boolean;
  /** Changes what is trained and by what: an adapter beside weights, a twin with a bug in it. */
  readonly adapt?: (parts: TrainingParts) => TrainingParts;
  /** Stops the reading of weights. */
  readonly signal?: AbortSignal;
}

export const TRAINABLE_NAMES: OptionNames<TrainableOptions> = {
  precision: true,
  matmuls: true,
  recompute: "boolean",
  embedScale: true,
  trains: "function",
  adapt: "function",
  signal: true,
};

/** How a model begins from scratch. */
export interface RandomOptions extends TrainableOptions {
  /** 32 bits, from which all weights follow. */
  readonly seed: number;
  /** The standard deviation of matrices and of the table. Default 0.02, as in GPT-2 and most since. */
  readonly std?: number;
}

const RANDOM_NAMES: OptionNames<RandomOptions> = { ...TRAINABLE_NAMES, seed: true, std: true };

/** What may be other in a model that shares the weights of another: {@link TrainableModel.sharing}. */
export type SharingOptions = Pick<TrainableOptions, "matmuls" | "recompute" | "adapt">;

const SHARING_NAMES: OptionNames<SharingOptions> = {
  matmuls: true,
  recompute: "boolean",
  adapt: "function",
};

/** What the loss of {@link TrainableModel.accumulate} is. */
export interface LossOptions {
  /** What the sum over targets is divided by: the targets of the whole batch of the optimiser. */
  readonly normalizer: number;
  /** Coefficient of the z-loss, c · log²(Σ exp logits) of each target. Default 0. */
  readonly zLoss?: number;
  /** Looked at before each sequence. */
  readonly signal?: AbortSignal;
}

const LOSS_NAMES: OptionNames<LossOptions> = { normalizer: true, zLoss: true, signal: true };
const SIGNAL_NAMES: OptionNames<{ readonly signal?: AbortSignal }> = { signal: true };

/** How {@link TrainableModel.accumulateOf} works. */
export interface TokenGradientOptions {
  /** What `logprobs` gives of these very sequences and weights, where it is known already: it saves the pass that finds it. */
  readonly logprobs?: readonly Float64Array[];
  /** Looked at before each pass. */
  readonly signal?: AbortSignal;
}

const TOKEN_NAMES: OptionNames<TokenGradientOptions> = { logprobs: true, signal: true };

/** How {@link TrainableModel.accumulateOfFinals} works. */
export interface FinalsOptions {
  /**
   * Whether what was computed of every sequence is kept until its gradient is known: one forward each and not two, with the
   * memory of all of them together, from then on. The same bits. Default false.
   */
  readonly keeps?: boolean;
  /** Looked at before each pass. */
  readonly signal?: AbortSignal;
}

const FINALS_NAMES: OptionNames<FinalsOptions> = { keeps: "boolean", signal: true };

/** What a batch, or a part of one, has lost. */
export interface BatchLoss {
  /** Σ over its sequences, divided by the normalizer. */
  readonly loss: number;
  /** What each sequence adds to it, in order. */
  readonly losses: readonly number[];
  /** log p of each target, [T] of each sequence; 0 where the mask is 0. */
  readonly logprobs: readonly Float64Array[];
}

/** A sequence of which all tokens are asked about, or those of its mask. */
export type MaybeMasked = Pick<TrainingSequence, "ids"> & Partial<TrainingSequence>;

/** A gradient of the final norm's output, or of log-probs, asked for once all are known. */
export type GradientOf<X> = (values: readonly X[]) => readonly X[];

/** A Gemma that learns; made by {@link TrainableModel.from} or {@link TrainableModel.random}. */
export class TrainableModel {
  /** The shapes of the model. */
  readonly config: GemmaConfig;
  /** The weights that learn, by name. */
  readonly parameters: ReadonlyMap<string, TrainedParameter>;
  /** √D, exact or rounded. */
  readonly embedScale: number;
  /** The passes under it, for what looks into them. @internal */
  readonly passes: Passes;
  /** Tensors of weights that do not learn, as they were given. */
  readonly #frozen: ReadonlyMap<string, WeightSource>;

  private constructor(passes: Passes, frozen: ReadonlyMap<string, WeightSource>) {
    this.embedScale = passes.embedScale;
    this.config = passes.parts.config;
    this.parameters = passes.parts.parameters;
    this.passes = passes;
    this.#frozen = frozen;
  }

  /**
   * From a checkpoint that is open, or the `config` and `sources` of a loaded model. Its numbers are copied: what learns is
   * the copy. It may be closed then, unless float64 weights were rounded.
   * @throws {FormatError} if the tensors are not those of `config`.
   */
  static async from(
    source: {
      readonly config: GemmaConfig;
      readonly tensors: ReadonlyMap<string, RowSource>;
    },
    options: TrainableOptions = {},
  ): Promise<TrainableModel> {
    const op = "TrainableModel.from";
    assertOptions(op, options, TRAINABLE_NAMES);
    if (!source?.config || !source.tensors) {
      const hint =
        "openCheckpoint gives one; of a Gemma it is { config, tensors: gemma.model.sources }";
      throw refusals(op).argument("source", "{ config, tensors }", brief(source), hint);
    }
    assertOneOf(op, "embedScale", options.embedScale, ["exact", "bfloat16"]);
    const { precision = "float32", trains = () => true, recompute = false, signal } = options;
    const backend = backendOf(op, precision, options.matmuls);
    const matched = await matchWeights(source.config, source.tensors, op, signal, "keep");
    const { config, weights } = matched;
    const read = await trainedWeights(config, weights, precisionNamed(precision), trains, signal);
    const { frozen, ...made } = read;
    const parts = { ...made, config, backend };
    const scale = embeddingScale(config.hiddenSize, options.embedScale);
    const passes = new Passes(options.adapt?.(parts) ?? parts, scale, recompute);
    return new TrainableModel(passes, frozen);
  }

  /**
   * Another model that computes with the weights of this one, of which none may learn: they are not copied. With `adapt` it
   * learns what lies beside them; without, it gives the same bits. Each has intermediates of its own, so they may be at work
   * at the same time.
   *
   * @param options matmuls and recompute: those of this model unless they are given.
   * @throws {ArgumentError} if this model has anything that learns.
   */
  sharing(options: SharingOptions = {}): TrainableModel {
    const op = "sharing";
    assertOptions(op, options, SHARING_NAMES);
    if (this.parameters.size > 0) {
      const got = `one with ${this.parameters.size} parameters`;
      const hint = "TrainableModel.from(checkpoint, { trains: () => false }) makes one";
      throw refusals(op).argument("model", "a model of which nothing learns", got, hint);
    }
    const { parts, embedScale } = this.passes;
    const { matmuls, recompute = this.passes.recompute } = options;
    const { precision } = parts.backend.info;
    const backend = matmuls ? backendOf(op, precision, matmuls) : parts.backend;
    const own = { ...parts, backend };
    const passes = new Passes(options.adapt?.(own) ?? own, embedScale, recompute);
    return new TrainableModel(passes, this.#frozen);
  }

  /**
   * From scratch: matrices and the table from N(0, std²), gains 1 (norm weights 0), by `seed`.
   */
  static async random(config: GemmaConfig, options: RandomOptions): Promise<TrainableModel> {
    const op = "TrainableModel.random";
    assertOptions(op, options, RANDOM_NAMES);
    const { seed, std = 0.02, ...rest } = options;
    assertInteger(op, "seed", seed, { from: 0, to: 2 ** 32 - 1 });
    assertFinite(op, "std", std);
    return TrainableModel.from({ config, tensors: randomWeights(config, seed, std) }, rest);
  }

  /** Forgets the gradients. */
  zeroGradients(): void {
    for (const { gradient } of this.parameters.values()) gradient.fill(0);
  }

  /**
   * Adds the gradients of the cross-entropy to those of the parameters:
   *
   *     loss = Σ mask · (−log p + c · log²(Σ exp logits)) / normalizer
   *
   * @throws {ArgumentError} if a sequence is not one of this model or its mask does not fit it, the normalizer is not above 0,
   * or c is below 0.
   */
  async accumulate(
    sequences: readonly TrainingSequence[],
    options: LossOptions,
  ): Promise<BatchLoss> {
    const op = "accumulate";
    assertOptions(op, options, LOSS_NAMES);
    const { normalizer, zLoss = 0, signal } = options;
    assertFinite(op, "normalizer", normalizer);
    if (!(normalizer > 0)) {
      const hint = "a batch whose masks are all 0 has no loss; leave it out";
      throw refusals(op).argument("normalizer", "a number above 0", normalizer, hint);
    }
    assertFinite(op, "zLoss", zLoss);
    if (zLoss < 0) throw refusals(op).argument("zLoss", "a number, 0 or more", zLoss);
    assertSequences(op, sequences, this.config, "mask");
    const logprobs: Float64Array[] = [];
    const losses: number[] = [];
    await this.passes.alone(op, async () => {
      for (const { ids, mask } of sequences) {
        signal?.throwIfAborted();
        const weights = Float64Array.from(mask, (m) => m / normalizer);
        const { logprobs: own, logSumExp } = await this.passes.run(ids, weights, {
          zLoss,
          learns: true,
        });
        let loss = 0;
        for (const [t, weight] of weights.entries()) {
          if (weight !== 0) loss += weight * (zLoss * logSumExp[t] ** 2 - own[t]);
        }
        losses.push(loss);
        logprobs.push(own);
      }
    });
    return { loss: losses.reduce((sum, one) => sum + one, 0), losses, logprobs };
  }

  /**
   * What the targets of sequences lose on average, without gradients: Σ mask · (−log p) / Σ mask. Tokens that are no targets
   * cost no logits.
   * @throws {ArgumentError} if a mask does not fit its sequence, or there is no target.
   */
  async meanLoss(
    sequences: readonly TrainingSequence[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<{ readonly loss: number; readonly targets: number }> {
    const op = "meanLoss";
    assertOptions(op, options, SIGNAL_NAMES);
    assertSequences(op, sequences, this.config, "mask");
    let [sum, targets] = [0, 0];
    await this.passes.alone(op, async () => {
      for (const { ids, mask } of sequences) {
        options.signal?.throwIfAborted();
        const weights = Float64Array.from(mask);
        const { logprobs } = await this.passes.run(ids, weights, { learns: false });
        for (const [t, weight] of weights.entries()) {
          targets += weight;
          sum -= weight * logprobs[t];
        }
      }
    });
    if (targets > 0) return { loss: sum / targets, targets };
    throw refusals(op).argument("sequences", "at least one target", "masks of 0");
  }

  /**
   * log p of each token given those before it, [T] of each sequence; 0 for the first. No gradients. Where a sequence has a mask,
   * tokens that it leaves out are 0 and cost no logits.
   * @throws {ArgumentError} if a mask does not fit its sequence.
   */
  async logprobs(
    sequences: readonly MaybeMasked[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Float64Array[]> {
    const op = "logprobs";
    assertOptions(op, options, SIGNAL_NAMES);
    assertSequences(op, sequences, this.config, "maybe mask");
    const found: Float64Array[] = [];
    await this.passes.alone(op, async () => {
      for (const { ids, mask } of sequences) {
        options.signal?.throwIfAborted();
        const weights = mask ? Float64Array.from(mask, (m) => Number(m !== 0)) : everyToken(ids);
        found.push((await this.passes.run(ids, weights, { learns: false })).logprobs);
      }
    });
    return found;
  }

  /**
   * Adds the gradients of any loss of log-probs. `gradientOf` is given log p of each token (as {@link TrainableModel.logprobs}),
   * and gives ∂loss/∂(log p) of each token; a sequence of which all are 0 costs no pass back.
   * @returns log p of each token, [T] of each sequence, as the passes back found it; 0 where the gradient is.
   * @throws {ArgumentError} if it does not give [T] numbers of each sequence, or `logprobs` are not as many.
   */
  async accumulateOf(
    sequences: readonly MaybeMasked[],
    gradientOf: GradientOf<Float64Array>,
    options: TokenGradientOptions = {},
  ): Promise<Float64Array[]> {
    const op = "accumulateOf";
    assertOptions(op, options, TOKEN_NAMES);
    const { logprobs: known, signal } = options;
    assertSequences(op, sequences, this.config, "maybe mask");
    const lengths = sequences.map(({ ids }) => ids.length);
    if (known !== undefined) assertTokenNumbers(op, "logprobs", known, lengths);
    const logprobs = known ?? (await this.logprobs(sequences, { signal }));
    const gradients = gradientOf(logprobs);
    assertTokenGradients(op, gradients, lengths);
    const found: Float64Array[] = [];
    await this.passes.alone(op, async () => {
      for (const [i, { ids }] of sequences.entries()) {
        signal?.throwIfAborted();
        // Cross-entropy with weights w has the gradient −w in log p.
        const weights = Float64Array.from(gradients[i], (d) => -d);
        found.push((await this.passes.run(ids, weights, { learns: true })).logprobs);
      }
    });
    return found;
  }

  /** The final norm's output, [T, D] of each sequence: what a head other than the table is put on. */
  async finals(
    sequences: readonly Pick<TrainingSequence, "ids">[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<NdArray[]> {
    const op = "finals";
    assertOptions(op, options, SIGNAL_NAMES);
    assertSequences(op, sequences, this.config, "ids alone");
    const found: NdArray[] = [];
    await this.passes.alone(op, async () => {
      for (const { ids } of sequences) {
        options.signal?.throwIfAborted();
        found.push(await this.passes.final(ids));
      }
    });
    return found;
  }

  /**
   * Adds the gradients of any loss of {@link TrainableModel.finals}: `gradientOf` gives ∂loss/∂finals, [T, D] of each.
   * @throws {ArgumentError} if it does not.
   */
  async accumulateOfFinals(
    sequences: readonly Pick<TrainingSequence, "ids">[],
    gradientOf: GradientOf<NdArray>,
    options: FinalsOptions = {},
  ): Promise<void> {
    const op = "accumulateOfFinals";
    assertOptions(op, options, FINALS_NAMES);
    const { keeps = false, signal } = options;
    assertSequences(op, sequences, this.config, "ids alone");
    await this.passes.alone(op, async () => {
      const forward: (readonly [NdArray, ((dFinal: NdArray) => Promise<void>)?])[] = [];
      for (const [i, { ids }] of sequences.entries()) {
        signal?.throwIfAborted();
        if (keeps) {
          const { final, back } = await this.passes.kept(ids, i);
          forward.push([final, back]);
        } else forward.push([await this.passes.final(ids)]);
      }
      const finals = forward.map(([final]) => final);
      const gradients = gradientOf(finals);
      assertFinalGradients(op, gradients, finals);
      for (const [i, { ids }] of sequences.entries()) {
        signal?.throwIfAborted();
        const [, back = (dFinal: NdArray) => this.passes.backFrom(ids, dFinal)] = forward[i];
        await back(gradients[i]);
      }
    });
  }

  /**
   * All weights as they are now, by Hugging Face's names: for `writeSafetensors`, or for a model to be loaded from. They are
   * read when asked for.
   * @param dtype of those that learn. Default: that of the masters. The others go out as they came.
   */
  tensors(dtype?: OutType): ReadonlyMap<string, WeightSource> {
    const { tensors } = this.passes.parts;
    if (tensors) return tensors(this.#frozen, dtype);
    const all = new Map<string, WeightSource>(this.#frozen);
    for (const parameter of this.parameters.values()) {
      all.set(parameter.name, sourceOf(parameter, dtype));
    }
    return all;
  }
}

function backendOf(
  op: string,
  precision: string,
  matmuls: Matmuls | undefined,
): TrainingBackend<CpuHandles> {
  if (precision !== "float32" && precision !== "float64") {
    const hint = 'masters are float32 or float64; results go out as bfloat16: tensors("bfloat16")';
    throw refusals(op).argument("precision", "float32 | float64", brief(precision), hint);
  }
  return cpuBackend({ precision, matmuls });
}

/** Each token but the first, which nothing foretells. */
function everyToken(ids: ArrayLike<number>): Float64Array {
  const weights = new Float64Array(ids.length).fill(1);
  weights[0] = 0;
  return weights;
}
