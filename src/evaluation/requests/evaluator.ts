/**
 * The one door to a model for whatever is measured of it: benchmarks, safety rows, judges and audits are lists of three kinds of
 * request, and arithmetic.
 *
 *     const evaluator = new Evaluator(gemma, { store });
 *     for await (const { index, answer } of evaluator.loglikelihood(requests)) results[index] = answer.logprob;
 *
 * @module
 */
import { assertInteger, assertOneOf, POSITIVE } from "../../check.ts";
import { refusals } from "../../errors.ts";
import type { Gemma } from "../../gemma.ts";
import { encodePair } from "../../generation/likelihood/encode-pair.ts";
import { windowsOf, withBos } from "../../generation/likelihood/windows.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { answerKey, modelFingerprint } from "../answers/answer-key.ts";
import { type AnswerStore, memoryStore, type StoredAnswer } from "../answers/answer-store.ts";
import { continuedFrom, likelihoodFrom, stored } from "../answers/stored-answers.ts";
import { type Continuing, continueAll } from "../prefix/continue-all.ts";
import { type Predicting, predictAll } from "../prefix/predict-all.ts";
import type { EvaluationProgress } from "../prefix/progress.ts";
import {
  assertContinueRequest,
  assertGenerateRequest,
  assertPair,
  assertText,
  assertTokens,
} from "./check-requests.ts";
import type {
  Answered,
  Continued,
  ContinueRequest,
  GenerateRequest,
  Likelihood,
  LoglikelihoodRequest,
  RollingLikelihood,
  TokensRequest,
} from "./request.ts";
import { type Truncation, truncate } from "./truncate.ts";

/** Options of an {@link Evaluator}. */
export interface EvaluatorOptions {
  /** Where answers are kept, and looked for before anything is computed. Default: in memory. */
  readonly store?: AnswerStore;
  /** Most tokens that are fed of a request. Default: what the model was trained for. */
  readonly contextLength?: number;
  /** What is cut from a request that is longer. Default "keep-bos". */
  readonly truncate?: Truncation;
  /**
   * Of a rolling text: BOS before its first window alone ("once", the default), or before each ("every"), as a client
   * of `/v1/completions` gets it.
   */
  readonly rollingBos?: "once" | "every";
  /** Most tokens that a window of a rolling text predicts. Default: `contextLength`. */
  readonly windowLength?: number;
  /**
   * Whether `<bos>`, `<start_of_turn>` and their kin in a text are those tokens: chat templates write them. Default true,
   * as in lm-evaluation-harness.
   */
  readonly special?: boolean;
  /**
   * Requests that are under way side by side and share passes, each with a cache. Default: 1 on the backend `cpu`, which
   * gains nothing by it, else 4.
   */
  readonly atOnce?: number;
  /** Stops it. Answers that were given are kept. */
  readonly signal?: AbortSignal;
  /** Is told after each answer how far it is. */
  readonly onProgress?: (progress: EvaluationProgress) => void;
}

const NAMES: OptionNames<EvaluatorOptions> = {
  store: true,
  contextLength: true,
  truncate: true,
  rollingBos: true,
  windowLength: true,
  special: "boolean",
  atOnce: true,
  signal: true,
  onProgress: "function",
};

/** A model that answers requests: in the order in which least is computed, and none twice. */
export class Evaluator {
  /** The model that answers. */
  readonly gemma: Gemma;
  /** Most tokens that are fed of a request. */
  readonly contextLength: number;
  readonly #options: EvaluatorOptions;
  readonly #store: AnswerStore;
  #fingerprint: Promise<string> | undefined;

  /** @throws {ArgumentError} if the model has no tokenizer, or an option is out of range. */
  constructor(gemma: Gemma, options: EvaluatorOptions = {}) {
    const op = "Evaluator";
    assertOptions(op, options, NAMES);
    const limit = gemma.config.maxPositionEmbeddings;
    const { contextLength = limit, windowLength, atOnce, truncate, rollingBos, store } = options;
    const as = `an integer from 2 to ${limit} (max_position_embeddings)`;
    assertInteger(op, "contextLength", contextLength, { from: 2, to: limit, as });
    const most = { from: 1, to: contextLength, as: `an integer from 1 to ${contextLength}` };
    if (windowLength !== undefined) assertInteger(op, "windowLength", windowLength, most);
    if (atOnce !== undefined) assertInteger(op, "atOnce", atOnce, POSITIVE);
    assertOneOf(op, "truncate", truncate, ["keep-bos", "left"]);
    assertOneOf(op, "rollingBos", rollingBos, ["once", "every"]);
    if (!gemma.tokenizer) {
      const hint = "requests are texts; open a checkpoint that has its tokenizer beside it";
      throw refusals(op).argument("gemma", "a model with a tokenizer", "one without", hint);
    }
    this.gemma = gemma;
    this.contextLength = contextLength;
    this.#options = options;
    this.#store = store ?? memoryStore();
  }

  /** The ids of a text: BOS, unless the text brings its own, and its tokens. */
  encode(text: string): number[] {
    const { special = true } = this.#options;
    return this.gemma.encode(text, special ? { special } : {});
  }

  /** Whether nothing of a request would be cut. */
  fits({ context, continuation }: LoglikelihoodRequest): boolean {
    const pair = encodePair((text) => this.encode(text), context, continuation);
    return pair.context.length + pair.continuation.length <= this.contextLength + 1;
  }

  /** How probable each continuation is after its context. */
  async *loglikelihood(
    requests: readonly LoglikelihoodRequest[],
  ): AsyncGenerator<Answered<Likelihood>, void> {
    const { truncate: how = "keep-bos" } = this.#options;
    const asked = requests.map((request, i): Predicting => {
      assertPair("loglikelihood", request, i);
      const pair = encodePair((text) => this.encode(text), request.context, request.continuation);
      const all = [...pair.context, ...pair.continuation];
      const { ids, truncated } = truncate(all, this.contextLength + 1, how);
      const from = Math.max(1, ids.length - pair.continuation.length);
      const { joined } = pair;
      return { ids, from, about: { contextTokens: pair.context.length, truncated, joined } };
    });
    yield* this.#likelihoods(asked);
  }

  /** How probable each text is; one that is longer than the context goes by windows, each token predicted once. */
  async *rolling(texts: readonly string[]): AsyncGenerator<Answered<RollingLikelihood>, void> {
    const windows: Predicting[] = [];
    const textOf: number[] = [];
    const counts = texts.map((text, i) => {
      assertText("rolling", text, i);
      const own = this.#windows(text);
      windows.push(...own);
      for (const _ of own) textOf.push(i);
      return own.length;
    });
    for (const [i, count] of counts.entries()) {
      if (count === 0) yield { index: i, answer: rollingOf([]) };
    }
    const first = counts.map((_, i) => textOf.indexOf(i));
    const done = counts.map((count) => new Array<Likelihood>(count));
    const left = [...counts];
    for await (const { index, answer } of this.#likelihoods(windows)) {
      const text = textOf[index];
      done[text][index - first[text]] = answer;
      if (--left[text] === 0) yield { index: text, answer: rollingOf(done[text]) };
    }
  }

  /** What comes after each context, until a stop text or the model's own end. */
  async *generateUntil(
    requests: readonly GenerateRequest[],
  ): AsyncGenerator<Answered<Continued>, void> {
    const { truncate: how = "keep-bos" } = this.#options;
    const asked = requests.map((request, i): Continuing => {
      assertGenerateRequest("generateUntil", request, i, this.contextLength);
      const all = this.encode(request.context);
      const { ids, truncated } = truncate(all, this.contextLength - request.maxTokens, how);
      return { ids, request, about: { contextTokens: all.length, truncated } };
    });
    yield* this.#continuations(asked);
  }

  /**
   * How probable ids are, as they are given: no BOS is put before them, and nothing is cut.
   * @throws {ArgumentError} if they are longer than `contextLength` + 1.
   */
  async *predictTokens(
    requests: readonly TokensRequest[],
    options: { readonly topK?: number } = {},
  ): AsyncGenerator<Answered<Likelihood>, void> {
    const op = "predictTokens";
    assertOptions(op, options, { topK: true });
    const { topK } = options;
    if (topK !== undefined) assertInteger(op, "topK", topK, POSITIVE);
    const asked = requests.map((request, i): Predicting => {
      assertTokens(op, request, i, this.#sizes);
      const { ids, from } = request;
      return { ids, from, about: { contextTokens: from, truncated: 0, joined: false } };
    });
    yield* this.#likelihoods(asked, topK);
  }

  /**
   * What comes after ids, as they are given, greedily until the model's own end.
   * @throws {ArgumentError} if they and `maxTokens` are more than `contextLength`.
   */
  async *continueTokens(
    requests: readonly ContinueRequest[],
  ): AsyncGenerator<Answered<Continued>, void> {
    const asked = requests.map((given, i): Continuing => {
      assertContinueRequest("continueTokens", given, i, this.#sizes);
      const { ids, maxTokens } = given;
      const request = { context: "", until: [], maxTokens };
      return { ids, request, about: { contextTokens: ids.length, truncated: 0 } };
    });
    yield* this.#continuations(asked);
  }

  /**
   * An answer of another kind: that of the store, if it has one to `what` by this model, else what `make` computes.
   * @param what plain JSON that says all the answer depends on.
   */
  async remembered<T extends StoredAnswer>(what: unknown, make: () => Promise<T>): Promise<T> {
    const [key] = await this.#keys([what], (one) => one);
    const known = await this.#store.get(key);
    if (known) return known as T;
    const answer = await make();
    await this.#store.put(key, answer);
    return answer;
  }

  async *#continuations(asked: readonly Continuing[]): AsyncGenerator<Answered<Continued>, void> {
    const keys = await this.#keys(asked, ({ ids, request }) => {
      const { until, maxTokens, temperature = 0, seed = 0 } = request;
      return { kind: "generate", ids, until, maxTokens, temperature, seed: temperature ? seed : 0 };
    });
    const missing: number[] = [];
    for (const [index, key] of keys.entries()) {
      const known = continuedFrom(await this.#store.get(key));
      if (known) yield { index, answer: { ...known, ...asked[index].about } };
      else missing.push(index);
    }
    const some = missing.map((i) => asked[i]);
    for await (const { index, answer } of continueAll(this.gemma, some, this.#running)) {
      const own = missing[index];
      await this.#store.put(keys[own], stored(answer));
      yield { index: own, answer: { ...answer, ...asked[own].about } };
    }
  }

  async *#likelihoods(
    asked: readonly Predicting[],
    topK?: number,
  ): AsyncGenerator<Answered<Likelihood>, void> {
    const keys = await this.#keys(asked, ({ ids, from }) => ({ kind: "predict", ids, from, topK }));
    const missing: number[] = [];
    for (const [index, key] of keys.entries()) {
      const { ids, from, about } = asked[index];
      const known = likelihoodFrom(await this.#store.get(key), ids.slice(from), topK);
      if (known) yield { index, answer: { ...known, ...about } };
      else missing.push(index);
    }
    const some = missing.map((i) => asked[i]);
    const running = { ...this.#running, topK };
    for await (const { index, answer } of predictAll(this.gemma.model, some, running)) {
      const own = missing[index];
      await this.#store.put(keys[own], stored(answer));
      yield { index: own, answer: { ...answer, ...asked[own].about } };
    }
  }

  get #sizes() {
    return { contextLength: this.contextLength, vocabSize: this.gemma.config.vocabSize };
  }

  get #running() {
    const { signal, onProgress, atOnce } = this.#options;
    const isReference = this.gemma.backend.info.name === "cpu";
    const { contextLength } = this;
    return { contextLength, signal, onProgress, atOnce: atOnce ?? (isReference ? 1 : 4) };
  }

  async #keys<T>(asked: readonly T[], what: (one: T) => unknown): Promise<string[]> {
    this.#fingerprint ??= modelFingerprint(this.gemma.model, this.#options.signal);
    const model = await this.#fingerprint;
    return asked.map((one) => answerKey(model, what(one)));
  }

  #windows(text: string): Predicting[] {
    const { windowLength = this.contextLength, rollingBos = "once" } = this.#options;
    const [bos, ...tokens] = this.encode(text);
    const windows = windowsOf(tokens, bos, windowLength);
    const asked = rollingBos === "once" ? windows : withBos(windows, bos);
    return asked.map(({ given, predicted }) => ({
      ids: [...given, ...predicted],
      from: given.length,
      about: { contextTokens: given.length, truncated: 0, joined: false },
    }));
  }
}

/** The windows of one text as one answer. */
function rollingOf(windows: readonly Likelihood[]): RollingLikelihood {
  return {
    tokens: windows.flatMap(({ tokens }) => tokens),
    logprobs: windows.flatMap(({ logprobs }) => logprobs),
    logprob: windows.reduce((sum, { logprob }) => sum + logprob, 0),
    isGreedy: windows.every(({ isGreedy }) => isGreedy),
    contextTokens: 1,
    truncated: 0,
    joined: false,
    windows: windows.map(({ contextTokens, tokens, logprob }) => {
      return { given: contextTokens, predicted: tokens.length, logprob };
    }),
  };
}
