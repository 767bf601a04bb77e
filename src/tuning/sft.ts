/**
 * Supervised fine-tuning: a model learns to answer as it is shown. The loss is the mean of −log p over all tokens of a
 * batch that are learnt (conversation.ts), and the loop is that of pretraining (training/run/trainer.ts); so there is
 * little here but what the defaults are.
 *
 *     const model = await TrainableModel.from(checkpoint);         // all weights, or
 *     const { model, adapter } = await loraModel(checkpoint);      // low-rank factors beside them
 *     for await (const { step, loss } of sft(model, rows, { tokenizer, learningRate: 2e-5 })) console.log(step, loss);
 *
 * Conversations of a batch never see each other: each is a pass of its own, and nothing is padded.
 * @module
 */
import { brief } from "../brief.ts";
import { assertInteger, POSITIVE } from "../check.ts";
import { refusals } from "../errors.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import { Tokenizer } from "../tokenizer/tokenizer.ts";
import { BATCH_SIZE } from "../training/run/batch.ts";
import { shuffledBatches } from "../training/run/shuffled-batches.ts";
import { type TrainOptions, train } from "../training/run/trainer.ts";
import { type ValidatedReport, validated } from "../training/run/validation.ts";
import type { TrainableModel } from "../training/trainable.ts";
import {
  CONVERSATION_NAMES,
  type ConversationOptions,
  conversation,
  type TuningExample,
  type TuningRow,
} from "./conversation.ts";
import { eachRow } from "./each-row.ts";
import { tuningOptimizer, tuningSchedule } from "./recipe.ts";

/** Options of {@link sft}. */
export interface SftOptions extends ConversationOptions, Partial<TrainOptions> {
  /** Of the model: `gemma.tokenizer`. */
  readonly tokenizer: Tokenizer;
  /** Conversations a step, 2²⁰ at most; the last step of an epoch may have fewer. Default 16. */
  readonly batchSize?: number;
  /** How often each conversation is learnt: ⌈conversations/batchSize⌉ steps each time. Default 1; `steps`, if given, decides instead. */
  readonly epochs?: number;
  /** Of the order of the conversations. Default 0. */
  readonly seed?: number;
  /** The peak of the schedule. Default 2e-5; adapters bear, and need, ten times as much. */
  readonly learningRate?: number;
  /** Steps in which the rate rises to its peak. Default: a tenth of all, 10 at most. */
  readonly warmup?: number;
  /** Conversations that are not learnt, of which the loss is reported. */
  readonly valid?: readonly TuningRow[];
  /** Steps from one report of that loss to the next. Default: after the last step only. */
  readonly validEvery?: number;
  /**
   * Most tokens of a conversation; longer ones are left out, as an answer that is cut teaches to break off. Default: the
   * positions that the model has.
   */
  readonly maxTokens?: number;
}

const NAMES: OptionNames<SftOptions> = {
  ...CONVERSATION_NAMES,
  tokenizer: true,
  batchSize: true,
  epochs: true,
  seed: true,
  learningRate: true,
  warmup: true,
  valid: true,
  validEvery: true,
  maxTokens: true,
  optimizer: true,
  schedule: "function",
  maxNorm: true,
  zLoss: true,
  microBatch: true,
  steps: true,
  signal: true,
  save: "function",
  saveEvery: true,
  resume: true,
};

/** What a step of {@link sft} reports. */
export interface SftReport extends ValidatedReport {
  /** Conversations that were left out, because they are longer than `maxTokens`. */
  readonly leftOut: number;
}

const OP = "sft";

/**
 * Tunes `model` on conversations: its weights change in place. Default: AdamW (β 0.9 and 0.95, decay 0.01 of matrices, not
 * of factors), gradients clipped to norm 1, a cosine down to a tenth of the peak.
 * @param rows see {@link TuningRow}: `messages`, or `prompt` and `completion`.
 * @throws {ArgumentError} at once if an option is out of range, or a row cannot be learnt from; it says which row.
 */
export function sft(
  model: TrainableModel,
  rows: readonly TuningRow[],
  options: SftOptions,
): AsyncGenerator<SftReport, void, undefined> {
  assertOptions(OP, options, NAMES);
  const refuse = refusals(OP);
  if (typeof model?.accumulate !== "function") {
    const hint = "TrainableModel.from(checkpoint), or loraModel(checkpoint).model";
    throw refuse.argument("model", "a model that learns", brief(model), hint);
  }
  if (!(options.tokenizer instanceof Tokenizer)) {
    const hint = "it is gemma.tokenizer";
    throw refuse.argument("tokenizer", "a Tokenizer", brief(options.tokenizer), hint);
  }
  const { valid = [], validEvery } = options;
  if (validEvery !== undefined) assertInteger(OP, "validEvery", validEvery, POSITIVE);
  const fitting = fittingExamples(model.config, rows, options);
  const measured = examples(valid, "valid", options.tokenizer, chatOf(model.config, options));
  return loop(model, fitting, measured, rows.length - fitting.length, options);
}

/**
 * The conversations of `rows` that are learnt: those that are not too long.
 * @throws {ArgumentError} if a row cannot be learnt from, or all are too long.
 */
export function fittingExamples(
  config: TrainableModel["config"],
  rows: readonly TuningRow[],
  options: ConversationOptions & Pick<SftOptions, "tokenizer" | "maxTokens">,
): TuningExample[] {
  const { maxTokens = config.maxPositionEmbeddings } = options;
  assertInteger(OP, "maxTokens", maxTokens, { from: 1, to: config.maxPositionEmbeddings });
  const all = examples(rows, "rows", options.tokenizer, chatOf(config, options));
  const fitting = all.filter(({ ids }) => ids.length <= maxTokens);
  if (fitting.length > 0) return fitting;
  const got = all.length === 0 ? "no rows" : `${all.length} that are all longer`;
  throw refusals(OP).argument("rows", `conversations of at most ${maxTokens} tokens`, got);
}

const chatOf = (
  { bosTokenId, vocabSize }: TrainableModel["config"],
  options: ConversationOptions,
) => ({
  bosTokenId,
  vocabSize,
  ...conversationOptions(options),
});

/** The conversations of `rows`, as they are learnt; an error says which row it is about. */
export function examples(
  rows: readonly TuningRow[],
  argument: string,
  tokenizer: Tokenizer,
  options: ConversationOptions,
): TuningExample[] {
  const name = { op: OP, argument, what: "conversations" };
  return eachRow(name, rows, (row) => conversation(row, tokenizer, options));
}

function conversationOptions(options: ConversationOptions): ConversationOptions {
  const own = Object.entries(options).filter(([name]) => Object.hasOwn(CONVERSATION_NAMES, name));
  return Object.fromEntries(own.filter(([, value]) => value !== undefined));
}

async function* loop(
  model: TrainableModel,
  sequences: readonly TuningExample[],
  valid: readonly TuningExample[],
  leftOut: number,
  options: SftOptions,
): AsyncGenerator<SftReport, void, undefined> {
  const { batchSize = 16, epochs = 1, seed = 0, learningRate = 2e-5, validEvery } = options;
  const { microBatch, zLoss, signal, save, saveEvery, resume, maxNorm = 1 } = options;
  assertInteger(OP, "batchSize", batchSize, BATCH_SIZE);
  assertInteger(OP, "epochs", epochs, POSITIVE);
  const { steps = epochs * Math.ceil(sequences.length / batchSize) } = options;
  const batches = shuffledBatches(sequences, { batchSize, seed });
  const { optimizer = tuningOptimizer() } = options;
  const { schedule = tuningSchedule(steps, learningRate, options.warmup) } = options;
  const run = { optimizer, schedule, maxNorm, zLoss, microBatch, steps };
  const kept = { signal, save, saveEvery, resume };
  const reports = train(model, batches, { ...run, ...kept });
  for await (const report of validated(reports, model, { valid, validEvery, signal })) {
    yield { ...report, leftOut };
  }
}
