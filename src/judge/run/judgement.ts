/**
 * What a judge said of a pair in one order, and the pairs that follow from it.
 * @module
 */
import type { JudgedPair, Shown, Verdict, Winner } from "../outcome.ts";
import type { VerdictLogprobs } from "../verdicts/likeliest-verdict.ts";

/** A judge's answer and its verdict; plain JSON. */
export interface Judgement {
  /** Id of the pair. */
  readonly pair: string;
  /** Names of model_1 and model_2. */
  readonly models: readonly [string, string];
  /** Whose answer was A. */
  readonly shownFirst: Shown;
  /** What the judge said, by place. */
  readonly verdict: Verdict;
  /** What that means, by model. */
  readonly winner: Winner;
  /** What the judge wrote: the place to look where a verdict is an error. */
  readonly text: string;
  /** With `verdicts: "likelihood"`: log p of A, B and a tie. */
  readonly logprobs?: VerdictLogprobs;
  /** Why the judge could not be asked. */
  readonly problem?: string;
  /** The question: pairs with the same one belong together. */
  readonly prompt?: string;
  /** Lengths of the answers in code points. */
  readonly lengths?: readonly [number, number];
  /** What is known about the pair. */
  readonly better?: JudgedPair["better"];
}

/** Judgements by their pair, in the order in which pairs first come; of two in the same order the later counts. */
export function judgedPairs(judgements: Iterable<Judgement>): JudgedPair[] {
  const pairs = new Map<string, JudgedPair>();
  for (const { pair, models, shownFirst, winner, prompt, lengths, better } of judgements) {
    const [one, two] = pairs.get(pair)?.winners ?? [null, null];
    const winners = shownFirst === "model_1" ? ([winner, two] as const) : ([one, winner] as const);
    pairs.set(pair, { winners, models, prompt, lengths, better });
  }
  return [...pairs.values()];
}
