/**
 * Prompt-lookup decoding: the loop of steps.ts, in which a pass may feed a draft behind the token that was chosen.
 *
 *     fed        token, d1, d2, d3        one pass of four rows
 *     choose     from the row of `token`: d1, so its own row is right, too
 *                from the row of d1: d2,  and so on
 *                from the row of d2: something else; the cache forgets d3
 *
 * Each choice is made from the row that a pass of its own would have given, in the same order and with the same random
 * numbers. So the answer is the same, as far as a row does not depend on the rows beside it (docs/performance.md). At its end the
 * cache holds all tokens but the last one; in between it may hold a draft.
 *
 * Speculative decoding without a second model: Saxena 2023, https://github.com/apoorvumang/prompt-lookup-decoding.
 * @module
 */
import { DraftPace } from "./draft-pace.ts";
import { NgramIndex } from "./ngram-index.ts";
import type { PromptLookup } from "./options.ts";

/** A sequence as this loop needs it. */
export interface HeldTokens {
  readonly length: number;
  readonly contextLength: number;
  readonly tokens: readonly number[];
  readonly isDisposed: boolean;
  rewind(length: number): void;
}

/** Hears how many tokens a draft had, and how many of them were right, when that is known. */
export type OnDraft = (drafted: number, accepted: number) => void;

/** What the loop is made of. */
export interface LookupSteps<Next, Step> {
  readonly lookup: Required<PromptLookup>;
  readonly cache: HeldTokens;
  /** What the first token is chosen by. */
  readonly first: Next;
  /** Tokens of the answer at most. */
  readonly maxTokens: number;
  /** Chooses the next token; called once for each, in order. */
  choose(next: Next): Step | undefined;
  /** Feeds tokens to the cache → what the token after each of them is chosen by. */
  feed(ids: readonly number[]): Promise<readonly Next[]>;
  readonly onDraft?: OnDraft;
  /** How long drafts are. Default: as it pays, see draft-pace.ts. */
  readonly pace?: Pick<DraftPace, "length" | "passed">;
  readonly signal?: AbortSignal;
}

/** The tokens of one answer. */
export async function* lookupSteps<
  Next,
  Step extends { readonly token: number; readonly end?: unknown },
>(parts: LookupSteps<Next, Step>): AsyncGenerator<Step, void> {
  const { lookup, cache, first, maxTokens, choose, feed, onDraft, signal } = parts;
  const index = new NgramIndex(lookup.ngram, cache.tokens);
  let pace: LookupSteps<Next, Step>["pace"] = parts.pace ?? new DraftPace(lookup.tokens);
  let nexts: readonly Next[] = [first];
  let draft: readonly number[] = [];
  let generated = 0;
  let milliseconds = 0;
  /** Tokens of the cache that are right: all before the one that was chosen last. */
  let right = cache.length;
  const forget = () => {
    if (!cache.isDisposed && cache.length > right) cache.rewind(right);
  };
  try {
    for (;;) {
      let accepted = 0;
      let token: number;
      for (;;) {
        const step = choose(nexts[accepted]);
        if (!step) return;
        ({ token } = step);
        generated++;
        index.push(token);
        const isRight = accepted < draft.length && token === draft[accepted];
        if (draft.length > 0 && (!isRight || step.end)) {
          onDraft?.(draft.length, accepted + Number(isRight));
        }
        yield step;
        if (step.end) return;
        signal?.throwIfAborted();
        if (!isRight) break;
        accepted++;
        right++;
      }
      forget();
      if (generated > 1) pace?.passed(milliseconds, draft.length, accepted);

      const room = Math.min(cache.contextLength - right, maxTokens - generated) - 1;
      draft = index.draft(Math.min(pace?.length ?? 0, room));
      const begin = performance.now();
      try {
        nexts = await feed([token, ...draft]);
      } catch (error) {
        if (draft.length === 0 || signal?.aborted || cache.isDisposed) throw error;
        // Whatever it was, a token that nobody has chosen may be at fault: so the chosen one goes by itself.
        forget();
        pace = undefined;
        draft = [];
        nexts = await feed([token]);
      }
      milliseconds = performance.now() - begin;
      right++;
    }
  } finally {
    forget();
  }
}
