/**
 * A reward model: a Gemma without its output layer, and a head that gives one number for a whole answer.
 * Ouyang et al. 2022, arXiv:2203.02155, §3.5; Bradley and Terry 1952.
 *
 *     r(x, y) = Σ_d score[0,d] · h[last,d]        h: the final norm's output; last: <end_of_turn>, the answer's last token
 *     P(chosen over rejected) = σ(r_c − r_r)      loss −log σ(r_c − r_r − m), losses/bradley-terry.ts
 *
 * Rewards are known up to a constant, since only differences are learnt: preference losses and leave-one-out baselines do not
 * see it. Where a reader does, `centring` pulls it to 0 while it is learnt, or `rewardOf({ shift })` adds one afterwards, as Ouyang
 * et al. do. The shift is no part of the model: Hugging Face's head has no bias, so no file could keep it.
 *
 * An answer that was cut has another last token than it would have: it is scored there, and whoever asks knows by `isClosed`.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertFinite, assertInteger, isList } from "../../check.ts";
import type { GemmaConfig } from "../../config.ts";
import { refusals } from "../../errors.ts";
import { LM_HEAD } from "../../model/weights/weights.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { xoshiro128 } from "../../random.ts";
import { precisionNamed } from "../../tensor/precision.ts";
import type { RowSource, WeightSource } from "../../tensor/stored.ts";
import { type FloatArray, type NdArray, tensor } from "../../tensor/tensor.ts";
import { assertSequences } from "../../training/check-sequences.ts";
import { parameterOf, type TrainedParameter } from "../../training/parameters.ts";
import { normal } from "../../training/random-weights.ts";
import { type OutType, sourceOf } from "../../training/source-of.ts";
import {
  TRAINABLE_NAMES,
  TrainableModel,
  type TrainableOptions,
} from "../../training/trainable.ts";
import type { Figures, Trains } from "../../training/trains.ts";
import { bradleyTerryLoss } from "../losses/bradley-terry.ts";
import { rewardHead, rewardHeadBackward } from "../losses/reward-head.ts";
import { readScore, SCORE } from "./score.ts";

/** How a head begins. */
export interface RewardHeadOptions {
  /** Draws the head from N(0, 1/(D + 1)²), by 32 bits. Default: it begins at 0, and all rewards with it. */
  readonly headSeed?: number;
  /** Tensors that may have a head that was learnt, `score.weight`, such as those of an open checkpoint. */
  readonly tensors?: ReadonlyMap<string, RowSource>;
  /** Stops the reading of the head. */
  readonly signal?: AbortSignal;
}

const HEAD_NAMES: OptionNames<RewardHeadOptions> = { headSeed: true, tensors: true, signal: true };

/** Options of {@link RewardModel.from}. */
export interface RewardModelOptions extends TrainableOptions, Pick<RewardHeadOptions, "headSeed"> {}

const NAMES: OptionNames<RewardModelOptions> = { ...TRAINABLE_NAMES, headSeed: true };

/** What the loss of {@link RewardModel.accumulate} is. */
export interface RewardLossOptions {
  /** What the sum over pairs is divided by: the pairs of the whole batch of the optimiser. */
  readonly normalizer: number;
  /** c of c · (r_c + r_r)², which pulls rewards to 0; 0.01 is usual. Default 0. */
  readonly centring?: number;
  /** A reward model has no logits: 0, or nothing. */
  readonly zLoss?: number;
  /** Looked at before each pass. */
  readonly signal?: AbortSignal;
}

const LOSS_NAMES: OptionNames<RewardLossOptions> = {
  normalizer: true,
  centring: true,
  zLoss: true,
  signal: true,
};
const SIGNAL_NAMES: OptionNames<{ readonly signal?: AbortSignal }> = { signal: true };

/** Options of {@link RewardModel.rewardOf}. */
export interface RewardOfOptions {
  /** What is added to each reward: minus the mean over some answers makes their mean 0. Default 0. */
  readonly shift?: number;
}

const SHIFT_NAMES: OptionNames<RewardOfOptions> = { shift: true };

/** An answer with its question: the ids of both, the closing token last. */
export interface AskedAnswer {
  /** Token ids. */
  readonly ids: ArrayLike<number>;
}

/** Two answers to a question, the first one better: what `preferencePair` makes of a row. */
export interface RewardPair {
  /** The better answer, behind its question. */
  readonly chosen: AskedAnswer;
  /** The other one. */
  readonly rejected: AskedAnswer;
  /** m of −log σ(r_c − r_r − m). Default 0. */
  readonly margin?: number;
  /** How sure it is that the chosen one is better: ½ for a tie. Default 1. */
  readonly certainty?: number;
}

/** A Gemma that learns, with a head that judges; made by {@link RewardModel.from} or {@link RewardModel.on}. */
export class RewardModel implements Trains<RewardPair> {
  /** What is under the head. */
  readonly model: TrainableModel;
  /** The head, `score.weight` [1, D]. */
  readonly score: TrainedParameter;
  /** The weights that learn, by name: those of the model, then the head. */
  readonly parameters: ReadonlyMap<string, TrainedParameter>;

  private constructor(model: TrainableModel, score: TrainedParameter) {
    this.model = model;
    this.score = score;
    this.parameters = new Map([...model.parameters, [SCORE, score]]);
  }

  /**
   * From a checkpoint: of a reward model with its head, or of any Gemma with a head that begins.
   * @throws {FormatError} if the tensors are not those of `config`, or the head is not [1, D].
   */
  static async from(
    source: { readonly config: GemmaConfig; readonly tensors: ReadonlyMap<string, RowSource> },
    options: RewardModelOptions = {},
  ): Promise<RewardModel> {
    assertOptions("RewardModel.from", options, NAMES);
    const { headSeed, ...rest } = options;
    const model = await TrainableModel.from(bodyOf(source), rest);
    const { signal } = rest;
    return RewardModel.on(model, { headSeed, tensors: source.tensors, signal });
  }

  /** A head on a model that learns: all of its weights, or low-rank factors (`loraModel`). Its precision is the model's. */
  static async on(model: TrainableModel, options: RewardHeadOptions = {}): Promise<RewardModel> {
    const op = "RewardModel.on";
    assertOptions(op, options, HEAD_NAMES);
    if (!(model instanceof TrainableModel)) {
      const hint = "TrainableModel.from(checkpoint), or loraModel(checkpoint).model";
      throw refusals(op).argument("model", "a model that learns", brief(model), hint);
    }
    const { headSeed, tensors, signal } = options;
    const { hiddenSize: D } = model.config;
    const precision = precisionOf(model);
    const stored = tensors?.get(SCORE);
    if (stored && headSeed !== undefined) {
      const hint = "leave it out: the head that was learnt goes on";
      throw refusals(op).argument("headSeed", "none, as there is a head", headSeed, hint);
    }
    const data = stored
      ? await readScore(op, stored, D, precision, signal)
      : newHead(op, D, headSeed, precision.alloc(D));
    return new RewardModel(model, parameterOf(SCORE, [1, D], data, precision).parameter);
  }

  /** The shapes of the model. */
  get config(): GemmaConfig {
    return this.model.config;
  }

  /** Forgets the gradients. */
  zeroGradients(): void {
    for (const { gradient } of this.parameters.values()) gradient.fill(0);
  }

  /**
   * Adds the gradients of Σ (−log σ(r_c − r_r − m) + c · (r_c + r_r)²) / normalizer to those of the parameters, pair by pair:
   * two passes forward and two back for each.
   * @throws {ArgumentError} if a sequence is not one of this model, or a number is not finite.
   */
  async accumulate(
    pairs: readonly RewardPair[],
    options: RewardLossOptions,
  ): Promise<{
    /** What each pair adds to the loss. */
    readonly losses: readonly number[];
    /** Of each pair, divided by the normalizer: `accuracy` (ties half), `margin` r_c − r_r, `reward` (r_c + r_r)/2. */
    readonly figures: readonly Figures[];
  }> {
    const op = "RewardModel.accumulate";
    assertOptions(op, options, LOSS_NAMES);
    const { normalizer, centring = 0, zLoss = 0, signal } = options;
    assertFinite(op, "normalizer", normalizer);
    const refuse = refusals(op);
    if (!(normalizer > 0)) throw refuse.argument("normalizer", "a number above 0", normalizer);
    if (zLoss !== 0) {
      const hint = "it is a loss of logits, and a reward model has none; centring is what it has";
      throw refuse.argument("zLoss", "0", brief(zLoss), hint);
    }
    assertPairs(op, pairs);
    const losses: number[] = [];
    const figures: Figures[] = [];
    for (const { chosen, rejected, margin = 0, certainty = 1 } of pairs) {
      const answers = [chosen, rejected];
      const gradientOf = (finals: readonly NdArray[]) => {
        const [c, r] = finals.map((h) => this.#rewardOf(h));
        const of = { margins: [margin], certainty: [certainty], centring };
        const { loss, dChosen, dRejected } = bradleyTerryLoss([c], [r], of);
        losses.push(loss / normalizer);
        figures.push({
          accuracy: (1 + Math.sign(c - r)) / 2 / normalizer,
          margin: (c - r) / normalizer,
          reward: (c + r) / 2 / normalizer,
        });
        return [dChosen[0], dRejected[0]].map((d, i) =>
          this.#headBackward(d / normalizer, finals[i]),
        );
      };
      await this.model.accumulateOfFinals(answers, gradientOf, { keeps: true, signal });
    }
    return { losses, figures };
  }

  /** What a loss of pairs is divided by: how many there are. */
  normalizerOf(batch: readonly RewardPair[]): number {
    assertPairs("train", batch);
    return batch.length;
  }

  /** Tokens of both answers. */
  tokensOf({ chosen, rejected }: RewardPair): number {
    return chosen.ids.length + rejected.ids.length;
  }

  /** The reward of each answer, [B], read off its last token. */
  async rewards(
    answers: readonly AskedAnswer[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Float64Array> {
    const op = "RewardModel.rewards";
    assertOptions(op, options, SIGNAL_NAMES);
    assertSequences(op, answers, this.config, "ids alone");
    const found = new Float64Array(answers.length);
    // One at a time: of each sequence, one row is looked at.
    for (const [i, answer] of answers.entries()) {
      const [final] = await this.model.finals([answer], options);
      found[i] = this.#rewardOf(final);
    }
    return found;
  }

  /**
   * What judges answers in reinforcement learning: a function of them, and of options with a signal.
   *
   *     const mean = average(await model.rewards(someAnswers));
   *     const judge = model.rewardOf({ shift: -mean });        // rewards of mean 0 on those answers
   */
  rewardOf(
    options: RewardOfOptions = {},
  ): (
    answers: readonly AskedAnswer[],
    options?: { readonly signal?: AbortSignal },
  ) => Promise<Float64Array> {
    assertOptions("RewardModel.rewardOf", options, SHIFT_NAMES);
    const { shift = 0 } = options;
    assertFinite("RewardModel.rewardOf", "shift", shift);
    return async (answers, { signal } = {}) => {
      const ids = answers.map((answer) => ({ ids: answer.ids }));
      return (await this.rewards(ids, { signal })).map((reward) => reward + shift);
    };
  }

  /**
   * All weights as they are now, `score.weight` last and without an output projection: for `rewardModelFiles`.
   * @param dtype of those that learn. Default: that of the masters.
   */
  tensors(dtype?: OutType): ReadonlyMap<string, WeightSource> {
    const all = new Map([...this.model.tensors(dtype), [SCORE, sourceOf(this.score, dtype)]]);
    all.delete(LM_HEAD);
    return all;
  }

  #rewardOf(h: NdArray): number {
    return rewardHead(h, tensor(this.score.data, this.score.shape), [h.shape[0] - 1])[0];
  }

  #headBackward(dReward: number, h: NdArray): NdArray {
    const [score, dScore] = [this.score.data, this.score.gradient].map((data) =>
      tensor(data, this.score.shape),
    );
    const options = { precision: precisionOf(this.model), dScore };
    return rewardHeadBackward([dReward], h, score, [h.shape[0] - 1], options).dh;
  }
}

/** What is under the head: of a model whose output projection is not its table, without that one. */
function bodyOf(source: Parameters<typeof RewardModel.from>[0]): typeof source {
  if (!source?.config) return source; // whoever is given it says what is wrong
  const { tieWordEmbeddings: _, ...config } = source.config;
  const tensors = new Map(source.tensors);
  tensors.delete(SCORE);
  tensors.delete(LM_HEAD);
  return { ...source, config, tensors };
}

const precisionOf = (model: TrainableModel) =>
  precisionNamed(model.passes.parts.backend.info.precision as "float32" | "float64");

function newHead(op: string, D: number, seed: number | undefined, head: FloatArray): FloatArray {
  if (seed === undefined) return head;
  assertInteger(op, "headSeed", seed, { from: 0, to: 2 ** 32 - 1 });
  const random = xoshiro128(seed);
  return head.map(() => normal(random) / (D + 1));
}

function assertPairs(op: string, pairs: readonly RewardPair[]): void {
  const refuse = refusals(op);
  if (!Array.isArray(pairs) || pairs.length === 0) {
    const expected = "a list of pairs: { chosen: { ids }, rejected: { ids } }";
    throw refuse.argument("pairs", expected, Array.isArray(pairs) ? "none" : brief(pairs));
  }
  for (const [i, pair] of pairs.entries()) {
    for (const name of ["chosen", "rejected"] as const) {
      const { ids } = Object(Object(pair)[name]);
      if (isList(ids)) continue;
      throw refuse.argument(`pairs[${i}].${name}.ids`, "a list of token ids", brief(ids));
    }
  }
}
