/**
 * What an answer has cost: tokens and time, counted while it is computed. Time in which its reader does something else does
 * not count.
 * @module
 */

/** Tokens and times of one answer, as far as it has come. */
export interface GenerationUsage {
  /** Tokens of the prompt, those that a cache held included; 0 before it is fed. */
  readonly promptTokens: number;
  /** How many of them were in a cache already, so that they were not computed. */
  readonly reusedTokens: number;
  /** Tokens of the answer, its end included. */
  readonly generatedTokens: number;
  /** Where `promptLookup` makes drafts: their tokens, each of which was computed. */
  readonly draftedTokens?: number;
  /** How many of them were right, and so are tokens of the answer. */
  readonly acceptedTokens?: number;
  /** From the first request to the first token, in seconds; undefined before. */
  readonly secondsToFirstToken?: number;
  /** Tokens after the first, by the seconds that they took; undefined before there are any. */
  readonly tokensPerSecond?: number;
}

/** Counts for one answer. */
export class UsageMeter {
  #promptTokens = 0;
  #reusedTokens = 0;
  #generatedTokens = 0;
  #draftedTokens = 0;
  #acceptedTokens = 0;
  #secondsToFirst: number | undefined;
  #secondsAfter = 0;
  #since = 0;

  /** The work begins, or goes on after the reader has had a token. */
  resume(): void {
    this.#since = performance.now();
  }

  /** The prompt is fed. @param reused how many of its tokens were in a cache. */
  prompt(tokens: number, reused: number): void {
    [this.#promptTokens, this.#reusedTokens] = [tokens, reused];
  }

  /** It is known how many tokens of a draft were right. */
  draft(drafted: number, accepted: number): void {
    this.#draftedTokens += drafted;
    this.#acceptedTokens += accepted;
  }

  /** A token is there. */
  token(): void {
    const seconds = (performance.now() - this.#since) / 1000;
    this.#generatedTokens++;
    if (this.#secondsToFirst === undefined) this.#secondsToFirst = seconds;
    else this.#secondsAfter += seconds;
  }

  /** What has been counted. */
  get usage(): GenerationUsage {
    const after = this.#generatedTokens - 1;
    return {
      promptTokens: this.#promptTokens,
      reusedTokens: this.#reusedTokens,
      generatedTokens: this.#generatedTokens,
      ...(this.#draftedTokens > 0 && {
        draftedTokens: this.#draftedTokens,
        acceptedTokens: this.#acceptedTokens,
      }),
      ...(this.#secondsToFirst !== undefined && { secondsToFirstToken: this.#secondsToFirst }),
      ...(this.#secondsAfter > 0 && { tokensPerSecond: after / this.#secondsAfter }),
    };
  }
}
