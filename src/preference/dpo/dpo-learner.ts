/**
 * A model that learns from pairs of answers by the loss of DPO (losses/dpo.ts), a pair at a time: what `train` loops over.
 *
 *     S_c, S_r              log-probabilities of both answers: forward, twice
 *     ∂loss/∂S_c, ∂loss/∂S_r   closed form
 *     forward and back, twice  gradients of the weights
 *
 * The log-probabilities of the reference come with the pair: it does not change, so they are computed once, before.
 * @module
 */
import { brief } from "../../brief.ts";
import { isList } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { TrainableModel } from "../../training/trainable.ts";
import type { LossScale, Parameter, TrainingSequence, Trains } from "../../training/trains.ts";
import { preferenceAccuracy } from "../losses/bradley-terry.ts";
import { type DpoLoss, type DpoLossOptions, dpoLoss } from "../losses/dpo.ts";
import { responseLogprobs, responseLogprobsBackward } from "../losses/response-logprobs.ts";

/** A pair of answers to one prompt, and what the reference makes of it. */
export interface DpoPair {
  /** The preferred answer behind its prompt; the mask is 1 on the answer, its closing token included. */
  readonly chosen: TrainingSequence;
  /** The other one. */
  readonly rejected: TrainingSequence;
  /** S_c^ref and S_r^ref: log-probabilities of both answers under the reference, in nats. */
  readonly reference: { readonly chosen: number; readonly rejected: number };
}

/** What is reported of pairs: means over them. Log-probabilities and rewards are of whole answers, sums over their tokens. */
export type DpoFigures = {
  /** The share of pairs whose chosen answer has the higher implicit reward; where both have the same, one half. */
  readonly accuracy: number;
  /** The implicit reward of the chosen answer less that of the other: the logits of the loss. */
  readonly margin: number;
  /** β (S_c − S_c^ref), the implicit reward of the chosen answer. */
  readonly chosenReward: number;
  /** β (S_r − S_r^ref). */
  readonly rejectedReward: number;
  /** S_c, in nats. */
  readonly chosenLogprob: number;
  /** S_r, in nats. */
  readonly rejectedLogprob: number;
  /** S_c − S_c^ref, in nats: below 0 where the policy has come to find the *preferred* answer less probable. */
  readonly chosenChange: number;
  /** S_r − S_r^ref, in nats. */
  readonly rejectedChange: number;
  /**
   * S^ref − S over both answers, in nats: how far the policy has gone. If the answers were drawn from the reference, it would be an
   * estimate of KL(π_ref ‖ π); those of others make it a hint. It is not the KL of what the policy itself says: that takes samples.
   */
  readonly drift: number;
  /** Tokens of the chosen answer, its closing token included: policies learn the length that is preferred, too. */
  readonly chosenTokens: number;
  /** Tokens of the other one. */
  readonly rejectedTokens: number;
};

/** What of a model DPO needs. A `TrainableModel` has it, whole or with low-rank factors. */
export type DpoModel = Pick<
  TrainableModel,
  "parameters" | "zeroGradients" | "accumulateOf" | "logprobs"
>;

/** The loss and the figures of pairs: means over them. */
export interface DpoMeasure {
  /** The loss that is learnt from, label smoothing included. */
  readonly loss: number;
  /** What else is known. */
  readonly figures: DpoFigures;
}

const OP = "DpoLearner";
const SIGNAL_NAMES: OptionNames<{ readonly signal?: AbortSignal }> = { signal: true };

/** Gradients of DPO's loss, pair by pair. The parameters are those of the model. */
export class DpoLearner implements Trains<DpoPair> {
  /** What learns. */
  readonly model: DpoModel;
  readonly #loss: DpoLossOptions;

  /** @param loss β and label smoothing. */
  constructor(model: DpoModel, loss: DpoLossOptions = {}) {
    if (typeof model?.accumulateOf !== "function") {
      const hint = "TrainableModel.from(checkpoint), or loraModel(checkpoint).model";
      throw refusals(OP).argument("model", "a model that learns", brief(model), hint);
    }
    this.model = model;
    this.#loss = { ...loss };
    // What is out of range is said now, not in the first step.
    const one = Float64Array.of(0);
    dpoLoss({ chosen: one, rejected: one, referenceChosen: one, referenceRejected: one }, loss);
  }

  /** Those of the model. */
  get parameters(): ReadonlyMap<string, Parameter> {
    return this.model.parameters;
  }

  /** Forgets the gradients. */
  zeroGradients(): void {
    this.model.zeroGradients();
  }

  /**
   * Adds the gradients of Σ loss / normalizer, pair by pair: four passes forward and two back each.
   * @throws {ArgumentError} if a z-loss is asked for, which DPO has not, or an answer has no token.
   */
  async accumulate(
    pairs: readonly DpoPair[],
    { normalizer, zLoss = 0 }: LossScale,
  ): Promise<{ readonly losses: readonly number[]; readonly figures: readonly DpoFigures[] }> {
    if (zLoss !== 0) throw refusals(OP).argument("zLoss", "0: it is of cross-entropy", zLoss);
    const losses: number[] = [];
    const figures: DpoFigures[] = [];
    for (const pair of pairs) {
      const sequences = [pair.chosen, pair.rejected];
      const masks = sequences.map(({ mask }) => mask);
      await this.model.accumulateOf(sequences, (logprobs) => {
        const found = this.#lossOf(pair, logprobs);
        losses.push(found.loss / normalizer);
        figures.push(scaled(figuresOf(pair, logprobs, found), normalizer));
        const slopes = [found.dChosen[0] / normalizer, found.dRejected[0] / normalizer];
        return responseLogprobsBackward(slopes, masks);
      });
    }
    return { losses, figures };
  }

  /** The number of pairs. */
  normalizerOf(batch: readonly DpoPair[]): number {
    if (isList(batch) && batch.length > 0) return batch.length;
    throw refusals(OP).argument("batch", "a list of pairs, one at least", brief(batch));
  }

  /** Tokens of both sequences. */
  tokensOf({ chosen, rejected }: DpoPair): number {
    return chosen.ids.length + rejected.ids.length;
  }

  /** The loss and the figures of pairs that are not learnt, without gradients. */
  async measure(
    pairs: readonly DpoPair[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<DpoMeasure> {
    assertOptions(`${OP}.measure`, options, SIGNAL_NAMES);
    const P = this.normalizerOf(pairs);
    let loss = 0;
    const sums: Record<string, number> = {};
    for (const pair of pairs) {
      const logprobs = await this.model.logprobs([pair.chosen, pair.rejected], options);
      const found = this.#lossOf(pair, logprobs);
      loss += found.loss / P;
      for (const [name, value] of Object.entries(figuresOf(pair, logprobs, found))) {
        sums[name] = (sums[name] ?? 0) + value / P;
      }
    }
    return { loss, figures: sums as DpoFigures };
  }

  /** Of one pair. */
  #lossOf({ chosen, rejected, reference }: DpoPair, logprobs: readonly Float64Array[]): DpoLoss {
    const [S_c, S_r] = responseLogprobs(logprobs, [chosen.mask, rejected.mask]);
    const beside = { referenceChosen: [reference.chosen], referenceRejected: [reference.rejected] };
    return dpoLoss({ chosen: [S_c], rejected: [S_r], ...beside }, this.#loss);
  }
}

function figuresOf(
  { chosen, rejected, reference }: DpoPair,
  logprobs: readonly Float64Array[],
  { logits, chosenRewards, rejectedRewards }: DpoLoss,
): DpoFigures {
  const masks = [chosen.mask, rejected.mask];
  const [chosenLogprob, rejectedLogprob] = responseLogprobs(logprobs, masks);
  const [chosenTokens, rejectedTokens] = masks.map((mask) =>
    Array.from(mask).reduce((sum, m) => sum + m, 0),
  );
  const chosenChange = chosenLogprob - reference.chosen;
  const rejectedChange = rejectedLogprob - reference.rejected;
  return {
    accuracy: preferenceAccuracy(chosenRewards, rejectedRewards),
    margin: logits[0],
    chosenReward: chosenRewards[0],
    rejectedReward: rejectedRewards[0],
    chosenLogprob,
    rejectedLogprob,
    chosenChange,
    rejectedChange,
    drift: -(chosenChange + rejectedChange) / 2,
    chosenTokens,
    rejectedTokens,
  };
}

function scaled(figures: DpoFigures, normalizer: number): DpoFigures {
  const all = Object.entries(figures).map(([name, value]) => [name, value / normalizer]);
  return Object.fromEntries(all) as DpoFigures;
}
