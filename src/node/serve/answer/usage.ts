/** Tokens of an answer, counted. @module */
import type { ChoicePart } from "./choice.ts";

/** As OpenAI reports it. */
export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

/** Counts the tokens that are generated. */
export class UsageCount {
  #completion = 0;

  add({ tokens, isEcho }: ChoicePart): void {
    if (!isEcho) this.#completion += tokens.length;
  }

  /** @param prompt tokens of the prompts, each counted once; a BOS that was put in front does not count. */
  of(prompt: number): Usage {
    const completion = this.#completion;
    return {
      prompt_tokens: prompt,
      completion_tokens: completion,
      total_tokens: prompt + completion,
    };
  }
}
