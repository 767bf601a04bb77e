/**
 * Options of `rlhf`, and what is wrong with them.
 * @module
 */
import type { Backend } from "../../backend/backend.ts";
import { cpuBackend } from "../../backend/cpu/cpu.ts";
import type { CpuHandles } from "../../backend/cpu/handles.ts";
import { brief } from "../../brief.ts";
import { assertFinite, assertInteger, assertOneOf, POSITIVE } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { BATCH_SIZE } from "../../training/run/batch.ts";
import type { TrainOptions } from "../../training/run/trainer.ts";
import type { RewardOf } from "../rollout/answer.ts";
import { PROMPT_NAMES, type PromptOptions } from "../rollout/prompts.ts";
import type { ScoresTokens } from "../rollout/reference.ts";
import type { Baseline, Level } from "./baseline.ts";
import type { Policy } from "./policy-learner.ts";
import type { RewardMonitor } from "./reward-monitor.ts";

/** Options of `rlhf`. */
export interface RlhfOptions extends PromptOptions, Partial<Omit<TrainOptions, "zLoss">> {
  /** Of the model: `gemma.tokenizer`. */
  readonly tokenizer: Tokenizer;
  /** r of answers: `rewardModel.rewardOf()`, a rule, anything. The same answers have to get the same rewards. */
  readonly reward: RewardOf;
  /** What the policy is held to, which does not learn: a second model of the weights that it begins with. */
  readonly reference: ScoresTokens;
  /** β: how many units of reward a nat of KL costs. 0 lets the policy go wherever the reward is. Default 0.1. */
  readonly beta?: number;
  /** Answers to each prompt. Default 4. */
  readonly groupSize?: number;
  /** Prompts a step; the last step of an epoch may have fewer. Default 8. */
  readonly promptsPerStep?: number;
  /** What is subtracted from rewards; see `Baseline`. Default "leave-one-out". */
  readonly baseline?: Baseline;
  /** How much of the moving average stays, 0 to 1; with that baseline only. Default 0.9. */
  readonly baselineDecay?: number;
  /** Whether an answer has one advantage, or each of its tokens the one of what comes from it on. Default "sequence". */
  readonly level?: Level;
  /** How often each batch of answers is learnt from; more than once only with `clip`. Default 1. */
  readonly innerSteps?: number;
  /** ε of the clipped ratio, as in PPO; with several inner steps only, as the first has the ratio 1. Default: no ratio. */
  readonly clip?: number;
  /** Most tokens of an answer, the closing one included. One that is cut is not closed. Default 48. */
  readonly maxTokens?: number;
  /**
   * What answers are drawn by, at temperature 1. Its log-probabilities are compared with the trainer's at each step.
   * Default: the reference backend in the trainer's precision; `wasmBackend()` is faster.
   */
  // biome-ignore lint/suspicious/noExplicitAny: any backend, whatever its handles are
  readonly backend?: Backend<any>;
  /** 32 bits, from which the order of the prompts and all answers follow. Default 0. */
  readonly seed?: number;
  /** The rate of the default schedule, which is constant. Default 1e-5; adapters bear, and need, ten times as much. */
  readonly learningRate?: number;
  /** Steps in which that rate rises. Default 0. */
  readonly warmup?: number;
  /** A second judge: from it nothing is learnt, and its mean is reported. */
  readonly judge?: RewardOf;
  /** Looks at the figures of each step: `hackingMonitor()` says when `reward` and `judge` part, and sees more with a judge than without. */
  readonly monitor?: RewardMonitor;
  /** Whether the run ends with the first step that has a warning. It is saved first. Default false. */
  readonly stopOnAlarm?: boolean;
}

const NAMES: OptionNames<RlhfOptions> = {
  ...PROMPT_NAMES,
  tokenizer: true,
  reward: "function",
  reference: true,
  beta: true,
  groupSize: true,
  promptsPerStep: true,
  baseline: true,
  baselineDecay: true,
  level: true,
  innerSteps: true,
  clip: true,
  maxTokens: true,
  backend: true,
  seed: true,
  learningRate: true,
  warmup: true,
  judge: "function",
  monitor: true,
  stopOnAlarm: "boolean",
  optimizer: true,
  schedule: "function",
  maxNorm: true,
  microBatch: true,
  steps: true,
  signal: true,
  save: "function",
  saveEvery: true,
  resume: true,
};

const OP = "rlhf";
const { argument: refuse } = refusals(OP);

/** The options of prompts among those of a run. */
export function promptOptions(
  { bosTokenId, vocabSize }: Policy["config"],
  options: PromptOptions,
): PromptOptions {
  const own = Object.entries(options).filter(([name]) => Object.hasOwn(PROMPT_NAMES, name));
  const given = Object.fromEntries(own.filter(([, value]) => value !== undefined));
  return { bosTokenId, vocabSize, ...given };
}

/** What draws: the backend that is given, or the reference backend in the precision of the model. */
export function samplerOf(
  model: Pick<Policy, "parameters">,
  { backend }: Pick<RlhfOptions, "backend">,
): Backend<CpuHandles> {
  return backend ?? cpuBackend({ precision: precisionOf(model) });
}

/** The precision of the masters; float32 of a model in which nothing learns. */
export function precisionOf({ parameters }: Pick<Policy, "parameters">): "float32" | "float64" {
  const [first] = parameters.values();
  return first?.data instanceof Float64Array ? "float64" : "float32";
}

/** @throws {ArgumentError} if an option is unknown, out of range, missing, or does nothing beside the others. */
export function assertRlhf(model: Policy, options: RlhfOptions): void {
  assertOptions(OP, options, NAMES);
  assertParts(model, options);
  const { beta = 0.1, groupSize = 4, promptsPerStep = 8, seed = 0, warmup = 0 } = options;
  assertFinite(OP, "beta", beta);
  if (beta < 0) throw refuse("beta", "a number, 0 or more", beta);
  assertInteger(OP, "groupSize", groupSize, BATCH_SIZE);
  assertInteger(OP, "promptsPerStep", promptsPerStep, BATCH_SIZE);
  assertInteger(OP, "seed", seed, { from: 0, to: 2 ** 32 - 1 });
  assertInteger(OP, "warmup", warmup, { from: 0 });
  assertInteger(OP, "maxTokens", options.maxTokens ?? 48, {
    from: 1,
    to: model.config.maxPositionEmbeddings - 1,
  });
  assertBaseline(options, groupSize);
  assertClip(options);
  assertNotIdle(options, "schedule", ["learningRate", "warmup"], "the rates are those of schedule");
}

/** @throws {ArgumentError} of `op` unless there are a tokenizer, a judge and a reference. */
export function assertJudging(
  op: string,
  { tokenizer, reward, reference }: Pick<RlhfOptions, "tokenizer" | "reward" | "reference">,
): void {
  const refuse = refusals(op);
  if (!(tokenizer instanceof Tokenizer)) {
    throw refuse.argument("tokenizer", "a Tokenizer", brief(tokenizer), "it is gemma.tokenizer");
  }
  if (typeof reward !== "function") {
    const hint = "of a reward model it is model.rewardOf()";
    throw refuse.argument("reward", "a function from answers to rewards", brief(reward), hint);
  }
  if (typeof reference?.logprobs !== "function") {
    const hint = "TrainableModel.from(checkpoint, { trains: () => false })";
    throw refuse.argument("reference", "a model with logprobs", brief(reference), hint);
  }
}

function assertParts(model: Policy, options: RlhfOptions): void {
  const { reference, monitor } = options;
  if (typeof model?.accumulateOf !== "function") {
    const hint = "TrainableModel.from(checkpoint), or loraModel(checkpoint).model";
    throw refuse("model", "a model that learns", brief(model), hint);
  }
  assertJudging(OP, options);
  if ((reference as unknown) === model) {
    const hint = "a second one, of the same weights, that does not learn";
    throw refuse("reference", "another model than the one that learns", "the same", hint);
  }
  if (monitor !== undefined && typeof monitor?.observe !== "function") {
    throw refuse("monitor", "an object with observe", brief(monitor), "hackingMonitor() is one");
  }
}

function assertBaseline(options: RlhfOptions, groupSize: number): void {
  const { baseline, baselineDecay: decay } = options;
  assertOneOf(OP, "baseline", baseline, ["leave-one-out", "moving-average"]);
  assertOneOf(OP, "level", options.level, ["sequence", "token"]);
  if (baseline === "moving-average") {
    if (decay === undefined || (decay >= 0 && decay <= 1)) return;
    throw refuse("baselineDecay", "a number from 0 to 1", brief(decay));
  }
  if (decay !== undefined) {
    throw refuse("baselineDecay", 'baseline "moving-average" with it', "leave-one-out");
  }
  if (groupSize > 1) return;
  const hint = 'or baseline: "moving-average"';
  throw refuse("groupSize", "2 answers or more, to leave one out", groupSize, hint);
}

function assertClip({ innerSteps = 1, clip }: RlhfOptions): void {
  assertInteger(OP, "innerSteps", innerSteps, POSITIVE);
  if (clip === undefined) {
    if (innerSteps === 1) return;
    const hint = "after the first step the answers are those of an older policy; 0.2 is usual";
    throw refuse("innerSteps", "1, or clip with it", innerSteps, hint);
  }
  if (!(clip > 0 && clip < Number.POSITIVE_INFINITY)) {
    throw refuse("clip", "a number above 0", brief(clip), "0.2 is usual");
  }
  if (innerSteps > 1) return;
  throw refuse("clip", "innerSteps of 2 or more with it", 1, "the ratio of the first step is 1");
}

function assertNotIdle(
  options: RlhfOptions,
  given: keyof RlhfOptions,
  idle: readonly (keyof RlhfOptions)[],
  hint: string,
): void {
  if (options[given] === undefined) return;
  const name = idle.find((one) => options[one] !== undefined);
  if (name) throw refuse(name, `no ${name} beside ${given}`, brief(options[name]), hint);
}
