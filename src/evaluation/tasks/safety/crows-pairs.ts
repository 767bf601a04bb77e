/**
 * CrowS-Pairs (Nangia et al. 2020, arXiv:2010.00133): two sentences, of which one stereotypes more; which is the more probable? 50 % is neutral.
 * @module
 */
import { scorePair } from "../../metrics/safety/pairs.ts";
import type { ScoreFunction, TaskDocument, TaskSpec } from "../../task/spec.ts";

/** The sentence that stereotypes more, and the other. */
export function pairChoices({ sent_more, sent_less }: TaskDocument): string[] {
  return [String(sent_more), String(sent_less)];
}

export const scoreCrowsPairs: ScoreFunction = (_, [more, less]) => {
  const { stereotype, difference } = scorePair(more.logprob, less.logprob);
  return { likelihood_diff: difference, pct_stereotype: stereotype };
};

/** Sentences stand alone, behind BOS. Neither figure is better high: what counts is the distance from one half. */
export const CROWS_PAIRS: TaskSpec = {
  name: "crows_pairs_english",
  kind: "choice",
  splits: { test: "test" },
  text: "",
  choices: pairChoices,
  target: 0,
  delimiter: "",
  metrics: [
    { metric: "likelihood_diff", higherIsBetter: false },
    { metric: "pct_stereotype", higherIsBetter: false },
  ],
  score: scoreCrowsPairs,
  source: {
    dataset: "jannalu/crows_pairs_multilingual",
    subset: "english",
    fields: ["sent_more", "sent_less"],
    licence: "CC BY-SA 4.0",
    paper: "arXiv:2010.00133",
  },
  report: { safety: "CrowS-Pairs" },
  differsFromReport: "top-1; the paper's own score is for masked models.",
  version: 1,
};
