/**
 * Likelihood: how probable the model finds a text, or what comes after one, token by token.
 *
 *     logprob[t] = log softmax(logits[t − 1])[ids[t]]
 *
 * @module
 */
import type { Handles } from "../../backend/backend.ts";
import { brief } from "../../brief.ts";
import { assertInteger, assertOneOf } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertIds, assertPrompts } from "../../model/check-ids.ts";
import { assertIsModel } from "../../model/check-model.ts";
import type { Model } from "../../model/model.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { type Predicted, type Prediction, predictAll } from "./predict.ts";
import { windowsOf, withBos } from "./windows.ts";

/** The likelihood of a sequence. JSON has it as it is; a log p of −∞ and a perplexity beyond 1.8e308 are null there. */
export interface Score {
  /** Those that were predicted: ids[1 …], as the first (BOS) is given; with `given` all of the continuation. */
  readonly tokens: readonly number[];
  /** log p of each of `tokens` given all before it, natural logarithm. */
  readonly logprobs: readonly number[];
  /** Whether each of `tokens` is the most probable at its place; of equals the one with the lowest id counts. */
  readonly greedy: readonly boolean[];
  /** Whether all are: greedy generation would have said just this. */
  readonly isGreedy: boolean;
  /** Sum of `logprobs`. */
  readonly total: number;
  /** exp(−total / number of tokens): Infinity where that is beyond 1.8e308. */
  readonly perplexity: number;
}

/** Windows, for texts that are longer than the context. */
export interface WindowOptions {
  /**
   * Lets a text be longer than the context: it is cut into windows, of each of which so many tokens are fed, and each token
   * is predicted once ({@link windowsOf}). Default, where there is a `stride`: what the model was trained for.
   */
  readonly window?: number;
  /**
   * How many tokens each window but the first predicts: the rest of it is what they are predicted from. Default: as many
   * as it has, so that one token alone comes before them, as in lm-evaluation-harness. Half a window takes twice the time,
   * and leaves each token at least the other half to be predicted from.
   */
  readonly stride?: number;
  /**
   * BOS before the first window alone ("once", the default: the harness's figures), or before each ("every", as llama.cpp's
   * perplexity has it: a later window then has one token more to read).
   */
  readonly rollingBos?: "once" | "every";
}

/** How sequences are scored. */
export interface ScoreOptions extends WindowOptions {
  /** Ids that come before, from BOS on; they are not predicted. Default: the first id of the sequence itself. */
  readonly given?: ArrayLike<number>;
  /** Stops it. */
  readonly signal?: AbortSignal;
}

export const WINDOW_NAMES: OptionNames<WindowOptions> = {
  window: true,
  stride: true,
  rollingBos: true,
};
const NAMES: OptionNames<ScoreOptions> = { ...WINDOW_NAMES, given: true, signal: true };

/**
 * Scores T `ids`: at least 2 from a BOS on, or with `given` the continuation, at least 1. At no time are there more logits than
 * those of one pass, maxRows · V, and given tokens cost none.
 * @throws {ArgumentError} if there is nothing to predict, or the context is too short and there is no window.
 */
export async function score<Dev extends Handles>(
  model: Model<Dev>,
  ids: ArrayLike<number>,
  options: ScoreOptions = {},
): Promise<Score> {
  assertIsModel("score", model);
  assertOptions("score", options, NAMES);
  const { given, signal, ...windows } = options;
  const [one] = await scores("score", model, [{ ids, given }], windows, signal);
  return one;
}

/**
 * Scores several sequences, as {@link score} does each, to the bit on the reference backend, in passes that they share. If
 * one fails, none goes on.
 * @throws {ArgumentError} if there is nothing to predict in one, or the context is too short for it.
 */
export async function scoreList<Dev extends Handles>(
  model: Model<Dev>,
  sequences: readonly ArrayLike<number>[],
  options: ScoreOptions = {},
): Promise<Score[]> {
  const op = "scoreList";
  assertIsModel(op, model);
  assertOptions(op, options, NAMES);
  assertPrompts(op, sequences);
  const { given, signal, ...windows } = options;
  const all = sequences.map((ids, i) => ({ ids, given, name: `prompts[${i}]` }));
  return scores(op, model, all, windows, signal);
}

/** What is scored. */
export interface Scored {
  readonly ids: ArrayLike<number>;
  readonly given?: ArrayLike<number>;
  /** What errors call it, where there are several. */
  readonly name?: string;
}

/**
 * The scores of all, whatever call asked for them.
 * @throws {ArgumentError} as {@link score}.
 */
export async function scores<Dev extends Handles>(
  op: string,
  model: Model<Dev>,
  all: readonly Scored[],
  windows: WindowOptions,
  signal?: AbortSignal,
): Promise<Score[]> {
  assertWindows(op, model, windows);
  const cut = all.map((one) => partsOf(op, model, one, windows));
  const found = (await predictAll(model, cut.flat(), signal)).values();
  return cut.map((parts) => {
    const tokens = parts.flatMap(({ ids, from }) => ids.slice(from));
    return scoreOf(
      tokens,
      Array.from({ length: parts.length }, () => found.next().value),
    );
  });
}

function scoreOf(tokens: readonly number[], parts: readonly (Prediction | undefined)[]): Score {
  const logprobs = parts.flatMap((part) => part?.logprobs ?? []);
  const greedy = parts.flatMap((part) => part?.greedy ?? []);
  const total = logprobs.reduce((a, b) => a + b, 0);
  const perplexity = Math.exp(-total / tokens.length);
  return { tokens, logprobs, greedy, isGreedy: !greedy.includes(false), total, perplexity };
}

/** @throws {ArgumentError} unless windows fit into the context, and move on. */
function assertWindows<Dev extends Handles>(
  op: string,
  { config: { maxPositionEmbeddings: limit } }: Model<Dev>,
  { window, stride, rollingBos }: WindowOptions,
): void {
  const within = (to: number, what: string) => ({
    from: 1,
    to,
    as: `an integer from 1 to ${to} (${what})`,
  });
  const limits = within(limit, "max_position_embeddings");
  if (window !== undefined) assertInteger(op, "window", window, limits);
  const most = window === undefined ? limits : within(window, "the window");
  if (stride !== undefined) assertInteger(op, "stride", stride, most);
  assertOneOf(op, "rollingBos", rollingBos, ["once", "every"]);
  if (rollingBos === undefined || window !== undefined || stride !== undefined) return;
  const hint = "without window or stride a text is one piece";
  throw refusals(op).argument("rollingBos", "a window or a stride beside it", rollingBos, hint);
}

/** What is fed and predicted of one: the whole, or its windows. */
function partsOf<Dev extends Handles>(
  op: string,
  { config }: Model<Dev>,
  { ids, given, name }: Scored,
  { window, stride, rollingBos }: WindowOptions,
): Predicted[] {
  const refuse = refusals(op);
  const argument = name ?? "ids";
  const limit = config.maxPositionEmbeddings;
  assertIds(op, ids, config, argument);
  const own = Array.from(ids);
  if (given !== undefined) {
    if (window !== undefined || stride !== undefined) {
      const hint = "windows are cut from whole texts; a continuation is scored in one piece";
      throw refuse.argument("given", "nothing beside window or stride", brief(given), hint);
    }
    assertIds(op, given, config, "given");
    if (given.length === 0) {
      const hint = "BOS alone is the context of a text that begins";
      throw refuse.argument("given", "at least one token", 0, hint);
    }
    if (own.length === 0) {
      throw refuse.argument(argument, "at least one token to predict", 0);
    }
    const all = [...Array.from(given), ...own];
    if (all.length > limit + 1) {
      const expected = `at most ${limit + 1} tokens with what is given (max_position_embeddings; the last is not fed)`;
      throw refuse.argument(argument, expected, all.length, "shorten what is given");
    }
    return [{ ids: all, from: given.length, name }];
  }
  if (own.length < 2) {
    const expected = "at least two tokens, the first of which is given";
    throw refuse.argument(argument, expected, own.length, "score a longer text");
  }
  if (window === undefined && stride === undefined) {
    if (own.length <= limit + 1) return [{ ids: own, from: 1, name }];
    const expected = `2 to ${limit + 1} tokens (max_position_embeddings; the last is not fed)`;
    const hint = `shorten the text, or cut it into windows: { window: ${limit} }`;
    throw refuse.argument(argument, expected, own.length, hint);
  }
  const [bos, ...tokens] = own;
  // A BOS before each takes a place of its own.
  const every = rollingBos === "every" && tokens.length > (window ?? limit);
  const length = Math.max(1, (window ?? limit) - (every ? 1 : 0));
  const windows = windowsOf(tokens, bos, length, Math.min(length, stride ?? length));
  return (every ? withBos(windows, bos) : windows).map(({ given, predicted }) => ({
    ids: [...given, ...predicted],
    from: given.length,
    name,
  }));
}
