/**
 * Where the loop gets its batches from: prompts are taken, answered by the model as it is, judged, and turned into advantages.
 *
 *     prompts → answers (rollout/) → S, S_ref → r → R = r − β (S − S_ref) → A
 *
 * A batch is a pure function of the weights, the prompts and what {@link RolloutBatches.state} holds, so that a step that was
 * begun is drawn again to the bit when a run goes on.
 * @module
 */
import { refusals } from "../../errors.ts";
import { type RandomState, xoshiro128, xoshiro128From } from "../../random.ts";
import { isObject, type JsonValue } from "../../source/json.ts";
import type { BatchSource } from "../../training/run/batch.ts";
import { assertSame } from "../../training/run/same-run.ts";
import { shuffledBatches } from "../../training/run/shuffled-batches.ts";
import { judgedBy, type RewardOf } from "../rollout/answer.ts";
import {
  drawRollouts,
  type NumberedPrompt,
  type RolloutParts,
  scoredAnswer,
} from "../rollout/draw-rollouts.ts";
import {
  ON_POLICY,
  type OnPolicyEvidence,
  offPolicyAlarm,
  onPolicyEvidence,
} from "../rollout/on-policy.ts";
import type { AskedPrompt } from "../rollout/prompts.ts";
import type { RatedRollout } from "../rollout/rollout.ts";
import { type RatingOptions, rated } from "./baseline.ts";
import { figuresOf, logRatiosOf, type RolloutFigures } from "./figures.ts";
import { rolloutFromJson, rolloutToJson } from "./kept-rollouts.ts";
import type { RewardMonitor } from "./reward-monitor.ts";

/** Who has a part in a batch. */
export interface RolloutBatchesParts extends RolloutParts {
  /** What is asked. */
  readonly prompts: readonly AskedPrompt[];
  /** r. */
  readonly reward: RewardOf;
  /** A second judge, from whom nothing is learnt. */
  readonly judge?: RewardOf;
  /** Watches the figures of each step. */
  readonly monitor?: RewardMonitor;
}

/** How batches are made. */
export interface RolloutBatchesOptions extends RatingOptions {
  /** Answers to each prompt. */
  readonly groupSize: number;
  /** Prompts a step; the last step of an epoch may have fewer. */
  readonly promptsPerStep: number;
  /** Most tokens of an answer. */
  readonly maxTokens: number;
  /** Of the order of the prompts, and of the draws. */
  readonly seed: number;
  /** How often a batch is learnt from. Default 1. */
  readonly innerSteps?: number;
  /** The largest gap between sampler and trainer that says nothing, in nats. Default: any. */
  readonly tolerance?: number;
  /** What else must be the same when a run goes on. */
  readonly settings?: JsonValue;
}

/** What is told of a batch. */
export interface BatchReport {
  /** Of its rollouts. */
  readonly figures: RolloutFigures;
  /** What is wrong, in sentences. */
  readonly warnings: readonly string[];
}

interface Kept extends BatchReport {
  readonly left: number;
  readonly rollouts: readonly RatedRollout[];
}

/** Batches of rollouts. */
export class RolloutBatches implements BatchSource<RatedRollout> {
  readonly #parts: RolloutBatchesParts;
  readonly #options: RolloutBatchesOptions;
  readonly #prompts: BatchSource<NumberedPrompt>;
  #random: RandomState;
  #drawn = 0;
  #average: number | undefined;
  #evidence: OnPolicyEvidence = ON_POLICY;
  #last: Kept | undefined;

  constructor(parts: RolloutBatchesParts, options: RolloutBatchesOptions) {
    this.#parts = parts;
    this.#options = options;
    const { promptsPerStep: batchSize, seed } = options;
    const numbered = parts.prompts.map((prompt, index) => ({ ...prompt, index }));
    this.#prompts = shuffledBatches(numbered, { batchSize, seed });
    this.#random = xoshiro128(seed).state();
  }

  /** What is told of the batch that was given last. */
  get report(): BatchReport | undefined {
    return this.#last;
  }

  /**
   * The rollouts of the next step. If it fails, or is stopped, nothing has changed.
   * @throws {ArgumentError} if a judge does not give a number for each answer.
   */
  async next(signal?: AbortSignal): Promise<readonly RatedRollout[] | undefined> {
    const last = this.#last;
    if (last && last.left > 0) {
      // The answers are told of once more, but what is wrong with them only once.
      this.#last = { ...last, left: last.left - 1, warnings: [] };
      return last.rollouts;
    }
    const before = this.#prompts.state();
    try {
      return await this.#draw(signal);
    } catch (error) {
      this.#prompts.restore(before);
      throw error;
    }
  }

  /** Where it stands: prompts, generator, baseline, what the monitors remember. */
  state(): JsonValue {
    const { monitor } = this.#parts;
    const last = this.#last;
    const isKept = last !== undefined && last.left > 0;
    return {
      settings: this.#settings(),
      prompts: this.#prompts.state(),
      random: this.#random as unknown as JsonValue,
      drawn: this.#drawn,
      average: this.#average ?? null,
      evidence: { ...this.#evidence },
      monitor: monitor?.state?.() ?? null,
      kept: isKept
        ? {
            left: last.left,
            figures: { ...last.figures } as JsonValue,
            rollouts: last.rollouts.map(rolloutToJson),
          }
        : null,
    };
  }

  /**
   * Goes to a state.
   * @throws {ArgumentError} if it is that of other prompts, or was made with other options.
   */
  restore(to: JsonValue): void {
    const refuse = refusals("RolloutBatches.restore");
    if (!isObject(to)) throw refuse.argument("state", "a state of rollouts", `${to}`);
    const state = to as unknown as State;
    assertSame(state.settings, this.#settings(), "", refuse);
    this.#prompts.restore(state.prompts);
    this.#random = xoshiro128From(state.random).state();
    this.#drawn = state.drawn;
    this.#average = state.average ?? undefined;
    this.#evidence = state.evidence;
    if (state.monitor !== null) this.#parts.monitor?.restore?.(state.monitor);
    const { kept } = state;
    this.#last = kept
      ? { ...kept, warnings: [], rollouts: kept.rollouts.map(rolloutFromJson) }
      : undefined;
  }

  async #draw(signal: AbortSignal | undefined): Promise<readonly RatedRollout[] | undefined> {
    const { groupSize, maxTokens, innerSteps = 1 } = this.#options;
    const asked = await this.#prompts.next();
    if (!asked) return undefined;
    const random = xoshiro128From(this.#random);
    const seed = random() * 2 ** 32;
    const drawing = { groupSize, maxTokens, seed, signal };
    const drawn = await drawRollouts(asked, this.#parts, drawing);
    const { prompts, reward, judge } = this.#parts;
    const answers = drawn.map((one) => scoredAnswer(one, prompts));
    const rewards = await judgedBy(reward, answers, { op: "rlhf", argument: "reward", signal });
    const second =
      judge && (await judgedBy(judge, answers, { op: "rlhf", argument: "judge", signal }));
    const { rollouts, average } = rated(drawn, rewards, this.#options, this.#average);
    const shaped = rollouts.map((one) => one.shaped);
    const figures = figuresOf(drawn, { rewards, shaped, judged: second });
    const evidence = onPolicyEvidence(this.#evidence, logRatiosOf(drawn));
    const warnings = this.#warnings(figures, evidence, this.#drawn * innerSteps + 1);
    this.#random = random.state();
    this.#drawn++;
    this.#average = average;
    this.#evidence = evidence;
    this.#last = { left: innerSteps - 1, rollouts, figures, warnings };
    return rollouts;
  }

  #warnings(figures: RolloutFigures, evidence: OnPolicyEvidence, step: number): string[] {
    const { tolerance = Number.POSITIVE_INFINITY } = this.#options;
    const { gap, reward, judge, k1: kl, distinct, closed } = figures;
    const apart = `off-policy: a log-probability of the sampler is ${gap.toExponential(1)} nats from the trainer's, ${tolerance} at most by rounding`;
    const found = [
      gap <= tolerance ? undefined : apart,
      offPolicyAlarm(evidence),
      this.#parts.monitor?.observe({ step, reward, judge, kl, distinct, closed })?.message,
    ];
    return found.filter((one) => one !== undefined);
  }

  /** What must be the same. */
  #settings(): JsonValue {
    const { groupSize, promptsPerStep, maxTokens, seed, innerSteps = 1 } = this.#options;
    const { beta, baseline, level, decay = null, settings = null } = this.#options;
    const drawn = { groupSize, promptsPerStep, maxTokens, seed, innerSteps };
    return { ...drawn, beta, baseline, level, decay, settings };
  }
}

interface State {
  readonly settings: JsonValue;
  readonly prompts: JsonValue;
  readonly random: RandomState;
  readonly drawn: number;
  readonly average: number | null;
  readonly evidence: OnPolicyEvidence;
  readonly monitor: JsonValue;
  readonly kept: {
    readonly left: number;
    readonly figures: RolloutFigures;
    readonly rollouts: readonly JsonValue[];
  } | null;
}
