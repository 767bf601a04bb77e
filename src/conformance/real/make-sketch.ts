/**
 * Making a sketch of a model: the reference in float64 says the truth, and other ways to compute say how far an engine
 * of each class may be from it.
 * @module
 */
import type { Accuracy } from "../../backend/backend.ts";
import { brief } from "../../brief.ts";
import { assertInteger } from "../../check.ts";
import { eosTokenIds, type GemmaConfig } from "../../config.ts";
import { refusals } from "../../errors.ts";
import { turnOfTheEventLoop } from "../../event-loop.ts";
import { assertIds, assertSequence } from "../../model/check-ids.ts";
import { argmax } from "../../nn/log-softmax.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { RowSource } from "../../tensor/stored.ts";
import { elementsOf, type NdArray, tensor } from "../../tensor/tensor.ts";
import { ACCURACIES, accuracyNamed } from "../accuracy.ts";
import { Engine, type Parts } from "../engine/engine.ts";
import { type EngineModel, readWeights } from "../engine/weights.ts";
import { budgetsOf } from "../judge/budget.ts";
import { rms } from "../metrics.ts";
import type { SuiteModel } from "../vectors/suite.ts";
import { digestOf, digestOfSketch } from "./digest.ts";
import { streamed, waysFor } from "./model-ways.ts";
import { positionOf } from "./position.ts";
import { projected, projectionSigns, sampledTokens } from "./projection.ts";
import { type PromptSketch, type Sketch, type StreamSketch, streamTaps } from "./sketch.ts";
import { weightHashes } from "./weight-hashes.ts";

/** What a sketch is to hold. */
export interface SketchOptions {
  /** Tokens by which each prompt is continued, the most probable at each step. Default 16. */
  readonly continueBy?: number;
  /** Classes for which budgets are measured. Default all. */
  readonly accuracies?: readonly Accuracy[];
  /**
   * Whether budgets are measured on every legitimate way to compute, or on those that a model of gigabytes can be run
   * in. Default `all` below twenty million parameters, `few` above.
   */
  readonly ways?: "all" | "few";
  /** What made it, for the record. Default `gemma-reference`. */
  readonly madeBy?: string;
  readonly signal?: AbortSignal;
  /** Told of each step, as it begins. */
  readonly onStep?: (step: string) => void;
}

export const SKETCH_NAMES: OptionNames<SketchOptions> = {
  continueBy: true,
  accuracies: true,
  ways: true,
  madeBy: true,
  signal: true,
  onStep: "function",
};

/** Parameters from which on a model is a large one. */
const LARGE = 2e7;

const op = "makeSketch";

/**
 * Sketches `prompts` (token ids, with BOS) of a model, whose weights are read into memory as they are stored.
 * @throws {ArgumentError} if a prompt is empty, is too long, or has ids that the model has not.
 * @throws {FormatError} if the tensors are not those of the config.
 */
export async function makeSketch(
  { name, config, tensors }: SuiteModel,
  prompts: readonly (readonly number[])[],
  options: SketchOptions = {},
): Promise<Sketch> {
  assertOptions(op, options, SKETCH_NAMES);
  const { continueBy = 16, madeBy = "gemma-reference", signal, onStep } = options;
  const accuracies = (options.accuracies ?? ACCURACIES).map((one) => accuracyNamed(op, one));
  assertInteger(op, "continueBy", continueBy, { from: 0 });
  assertWays(options.ways);
  assertPrompts(prompts, config, continueBy);
  const step = async (what: string) => {
    onStep?.(what);
    await turnOfTheEventLoop();
    signal?.throwIfAborted();
  };
  await step("reading the weights");
  const model = await readWeights(config, tensors, name);
  const isLarge = options.ways ? options.ways === "few" : parametersOf(tensors) > LARGE;
  const tokens = sampledTokens(config.vocabSize);
  const sketches: PromptSketch[] = [];
  for (const [i, given] of prompts.entries()) {
    const id = `prompt-${i}`;
    await step(`${id}: float64`);
    const ids = continued(model, given, continueBy);
    const truth = { id, given: given.length, ...truthOf(model, ids, tokens), budgets: {} };
    const budgets: Partial<Record<Accuracy, PromptSketch["budgets"][Accuracy]>> = {};
    for (const accuracy of accuracies) {
      const ways = waysFor(accuracy, isLarge);
      await step(`${id}: ${accuracy} in ${ways.length} ways`);
      const run = (parts: Parts) =>
        digestOf(new Engine(model, parts).feed(ids, 0), truth, { tokens, config }).arrays;
      const found = budgetsOf(accuracy, run, digestOfSketch(truth, { config }), ways);
      budgets[accuracy] = { ways: ways.map((way) => way.id), budgets: Object.fromEntries(found) };
    }
    sketches.push({ ...truth, budgets });
  }
  await step("hashing the weights");
  const { vocabSize, hiddenSize, numHiddenLayers } = config;
  return {
    format: "gemma-reference-sketch",
    protocol: 1,
    name,
    madeBy,
    config: { vocabSize, hiddenSize, numHiddenLayers },
    weights: await weightHashes(tensors, signal),
    tokens,
    prompts: sketches,
  };
}

/** `given`, and the most probable tokens behind it, up to one that ends a text. */
function continued(model: EngineModel, given: readonly number[], count: number): number[] {
  const ids = [...given];
  const engine = new Engine(model, streamed({}));
  const ends = eosTokenIds(model.config);
  let fed = 0;
  for (let i = 0; i < count; i++) {
    const logits = engine.feed(ids.slice(fed), fed).get("logits") as NdArray;
    fed = ids.length;
    ids.push(argmax(logits.pick(logits.shape[0] - 1, null)));
    if (ends.includes(ids[ids.length - 1])) break;
  }
  return ids;
}

/** What float64 says of every position. */
function truthOf(
  model: EngineModel,
  ids: readonly number[],
  tokens: readonly number[],
): Pick<PromptSketch, "ids" | "positions" | "sampled" | "logProbs" | "stream"> {
  const { config } = model;
  const taps = new Engine(model, streamed({})).feed(ids, 0) as ReadonlyMap<string, NdArray>;
  const logits = taps.get("logits") as NdArray;
  const V = config.vocabSize;
  const rows = ids.map((_, t) =>
    logits.data.subarray(logits.offset + t * V, logits.offset + (t + 1) * V),
  );
  const positions = rows.map(positionOf);
  const signs = projectionSigns(config.hiddenSize);
  const stream = streamTaps(config).map((tap) => {
    return [tap, streamOf(taps.get(tap) as NdArray, signs)] as const;
  });
  return {
    ids,
    positions,
    sampled: rows.map((row) => tokens.map((id) => row[id])),
    logProbs: ids.slice(1).map((id, t) => rows[t][id] - positions[t].logSumExp),
    stream: Object.fromEntries(stream),
  };
}

function streamOf(x: NdArray, signs: Int8Array): StreamSketch {
  const [T, D] = x.shape;
  const positions = Array.from({ length: T }, (_, t) => t);
  const row = (t: number) => tensor(x.data, [1, D], x.offset + t * D);
  return {
    rms: positions.map((t) => rms(x.data.subarray(x.offset + t * D, x.offset + (t + 1) * D))),
    projections: positions.map((t) => Array.from(projected(row(t), signs).data)),
  };
}

function parametersOf(tensors: ReadonlyMap<string, RowSource>): number {
  return [...tensors.values()].reduce((sum, { shape }) => sum + elementsOf(shape), 0);
}

function assertWays(ways: SketchOptions["ways"]): void {
  if (ways === undefined || ways === "all" || ways === "few") return;
  throw refusals(op).argument("ways", "all | few", brief(ways));
}

function assertPrompts(
  prompts: readonly (readonly number[])[],
  config: GemmaConfig,
  continueBy: number,
): void {
  if (!Array.isArray(prompts) || prompts.length === 0) {
    throw refusals(op).argument("prompts", "a list of prompts, each a list of ids", brief(prompts));
  }
  for (const prompt of prompts) {
    assertIds(op, prompt, config);
    assertSequence(op, prompt, config);
    const room = config.maxPositionEmbeddings - prompt.length;
    assertInteger(op, "continueBy", continueBy, { from: 0, to: room });
  }
}
