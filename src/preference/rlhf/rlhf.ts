/**
 * Reinforcement learning from feedback: a model answers prompts, a judge rewards the answers, and the model makes those more probable
 * that were better than its others. What it may not leave for nothing is the reference. Per step:
 *
 *     prompts → answers at temperature 1 → r → R = r − β (S − S_ref) → A = R − baseline → loss = −mean A S → clip → AdamW
 *
 * The report of Gemma 1 has "a variant of REINFORCE" (Williams 1992) with "KL regularization towards the initially tuned model"; here
 * the baseline is by default the mean of the other answers to the same prompt (RLOO, Ahmadian et al. 2024, arXiv:2402.14740).
 *
 *     const model = await TrainableModel.from(checkpoint, { matmuls: simdMatmuls() });
 *     const reference = await TrainableModel.from(checkpoint, { trains: () => false });
 *     for await (const { step, reward, k1 } of rlhf(model, prompts, { tokenizer, reward: judge, reference })) console.log(step, reward, k1);
 *
 * @module
 */
import { refusals } from "../../errors.ts";
import { adamW } from "../../training/optimizer/adamw.ts";
import { constant } from "../../training/optimizer/schedule.ts";
import { type StepReport, train } from "../../training/run/trainer.ts";
import { type AskedPrompt, askedPrompts, type PromptRow } from "../rollout/prompts.ts";
import { drawsFrom } from "../rollout/sample.ts";
import type { RolloutFigures } from "./figures.ts";
import { assertRlhf, precisionOf, promptOptions, type RlhfOptions, samplerOf } from "./options.ts";
import { type Policy, PolicyLearner } from "./policy-learner.ts";
import { type BatchReport, RolloutBatches } from "./rollout-batches.ts";

/** What a step of {@link rlhf} reports; `targets` are its answers, and the loss says nothing. */
export interface RlhfReport extends Omit<StepReport, "figures">, RolloutFigures {
  /** The share of answers, or of their tokens, whose ratio was cut; with `clip` only. */
  readonly clipped?: number;
  /** What is wrong, in sentences: answers that are not the policy's own, judges that part. */
  readonly warnings: readonly string[];
}

const OP = "rlhf";

/** The largest gap of log-probabilities that is rounding: of float64 on both sides, and of anything narrower. */
const ROUNDING = { float64: 1e-9, float32: 1e-2 };

/**
 * Tunes `model` on what `reward` says of its answers: its weights change in place. Default: AdamW (β 0.9 and 0.95, no decay, as the
 * reference is what holds the weights), gradients clipped to norm 1, a constant rate, each prompt once.
 * @param prompts see {@link PromptRow}: conversations up to the user's turn.
 * @throws {ArgumentError} at once if an option is out of range, or a row is no prompt; it says which.
 */
export function rlhf(
  model: Policy,
  prompts: readonly PromptRow[],
  options: RlhfOptions,
): AsyncGenerator<RlhfReport, void, undefined> {
  assertRlhf(model, options);
  const chat = promptOptions(model.config, options);
  const asked = askedPrompts(prompts, options.tokenizer, chat, OP);
  assertRoom(model, asked);
  return loop(model, asked, options);
}

async function* loop(
  model: Policy,
  prompts: readonly AskedPrompt[],
  options: RlhfOptions,
): AsyncGenerator<RlhfReport, void, undefined> {
  const { level = "sequence", clip, innerSteps = 1, promptsPerStep = 8 } = options;
  const { learningRate = 1e-5, warmup, maxNorm = 1, microBatch } = options;
  const { steps = innerSteps * Math.ceil(prompts.length / promptsPerStep) } = options;
  const { signal, save, saveEvery, resume, stopOnAlarm = false } = options;
  const batches = batchesOf(model, prompts, options);
  const learner = new PolicyLearner(model, { level, clip });
  const {
    optimizer = adamW({ beta1: 0.9, beta2: 0.95, weightDecay: 0 }),
    schedule = constant(learningRate, { warmup }),
  } = options;
  const run = { optimizer, schedule, maxNorm, microBatch, steps };
  const kept = { signal, save, saveEvery, resume };
  for await (const { figures: own, ...report } of train(learner, batches, { ...run, ...kept })) {
    const { figures, warnings } = batches.report as BatchReport;
    yield { ...report, ...figures, ...own, warnings };
    if (stopOnAlarm && warnings.length > 0) return;
  }
}

function batchesOf(
  model: Policy,
  prompts: readonly AskedPrompt[],
  options: RlhfOptions,
): RolloutBatches {
  const { tokenizer, reference, reward, judge, monitor, level = "sequence", clip } = options;
  const { beta = 0.1, groupSize = 4, promptsPerStep = 8, maxTokens = 48, seed = 0 } = options;
  const { baseline = "leave-one-out", baselineDecay: decay, innerSteps = 1 } = options;
  const backend = samplerOf(model, options);
  const isWide = precisionOf(model) === "float64" && backend.info.precision === "float64";
  const draw = drawsFrom(model, tokenizer, backend);
  const parts = { prompts, draw, policy: model, reference, reward, judge, monitor };
  const rating = { beta, baseline, decay, level };
  const drawing = { groupSize, promptsPerStep, maxTokens, seed, innerSteps };
  const tolerance = isWide ? ROUNDING.float64 : ROUNDING.float32;
  const settings = { clip: clip ?? null };
  return new RolloutBatches(parts, { ...rating, ...drawing, tolerance, settings });
}

/** @throws {ArgumentError} if a prompt leaves no room for a token. */
function assertRoom({ config }: Policy, prompts: readonly AskedPrompt[]): void {
  const most = config.maxPositionEmbeddings - 1;
  const at = prompts.findIndex(({ ids }) => ids.length > most);
  if (at < 0) return;
  const expected = `at most ${most} tokens, to leave room for an answer`;
  throw refusals(OP).argument(`prompts[${at}]`, expected, prompts[at].ids.length);
}
