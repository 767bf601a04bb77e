/**
 * What an evaluation asks of a model. Everything is made of three kinds of request: how probable is a continuation, how
 * probable is a text, what comes after a context. The words are those of EleutherAI's lm-evaluation-harness.
 * @module
 */

/** How probable is `continuation` after `context`? The choices of a multiple-choice question are one each. */
export interface LoglikelihoodRequest {
  /** Where it is empty, BOS alone is the context. */
  readonly context: string;
  /** The delimiter (a space, as a rule) is its beginning. */
  readonly continuation: string;
}

/** What comes after `context`? */
export interface GenerateRequest {
  /** What stands before the answer. */
  readonly context: string;
  /** Texts that end it; the answer is cut where the first of them begins. */
  readonly until: readonly string[];
  /** Most tokens of an answer. */
  readonly maxTokens: number;
  /** Default 0: greedy. */
  readonly temperature?: number;
  /** Only with a temperature. Default 0, so that a run can be repeated. */
  readonly seed?: number;
}

/** How probable are the ids from `from` on, given all before them? For ids that no text gives: half of a document, say. */
export interface TokensRequest {
  /** BOS included, if there is to be one. */
  readonly ids: readonly number[];
  /** Place of the first that is predicted, from 1. */
  readonly from: number;
}

/** Which ids come after `ids`? */
export interface ContinueRequest {
  /** BOS included, if there is to be one. */
  readonly ids: readonly number[];
  /** Most ids of an answer. The model's own end may come sooner, and is part of it. */
  readonly maxTokens: number;
}

/** How probable a continuation or a text is. */
export interface Likelihood {
  /** The tokens that were predicted. */
  readonly tokens: readonly number[];
  /** log p of each given all before it, natural logarithm. */
  readonly logprobs: readonly number[];
  /** Their sum. */
  readonly logprob: number;
  /**
   * Where `topK` was asked for: log p of each among the topK most probable at its place, whose probabilities are made to
   * add up to 1, as a sampler with this setting draws; −∞ for a token outside of them. Of equals the lowest ids are inside.
   */
  readonly topLogprobs?: readonly number[];
  /** Whether each token is the most probable at its place; of equals the one with the lowest id counts. */
  readonly isGreedy: boolean;
  /** Tokens of the context, BOS counted, before anything was cut. */
  readonly contextTokens: number;
  /** Tokens that did not fit and were cut from the left. */
  readonly truncated: number;
  /**
   * Whether a token spans the end of the context and the beginning of the continuation. Then the context's tokens alone
   * are not the beginning of those of the whole, and what counts as continuation begins inside that token, or after it.
   */
  readonly joined: boolean;
}

/** How probable a text is, which may have been longer than the context. */
export interface RollingLikelihood extends Likelihood {
  /** Per window: tokens that it begins with and does not predict, tokens that it predicts, and the sum of their logprobs. */
  readonly windows: readonly {
    readonly given: number;
    readonly predicted: number;
    readonly logprob: number;
  }[];
}

/** What came after a context. */
export interface Continued {
  /** Cut where the first of `until` begins. */
  readonly text: string;
  /** Up to the token that completed a stop, included. */
  readonly tokens: readonly number[];
  /** log p of each token given all before it, natural logarithm. */
  readonly logprobs: readonly number[];
  /** The text or token id that ended it; null where `maxTokens` or the context did. */
  readonly stoppedBy: string | number | null;
  /** Tokens of the context, BOS counted, before anything was cut. */
  readonly contextTokens: number;
  /** Tokens of the context that did not fit and were cut from the left. */
  readonly truncated: number;
}

/** An answer, and which request it belongs to: they come in the order in which they are computed. */
export interface Answered<A> {
  /** Place of the request in the list that was asked. */
  readonly index: number;
  /** What was answered. */
  readonly answer: A;
}
