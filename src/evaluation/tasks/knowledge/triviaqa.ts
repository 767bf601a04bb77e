/**
 * TriviaQA (Joshi et al. 2017, arXiv:1705.03551): questions of trivia, answered without a text to read; any alias counts.
 * @module
 */
import type { TaskSpec } from "../../task/spec.ts";

/** The question ends in two question marks where it has one itself: the harness's prompt. */
export const TRIVIAQA: TaskSpec = {
  name: "triviaqa",
  kind: "generate",
  splits: { test: "validation", shots: "train" },
  text: "Question: {{question}}?\nAnswer:",
  target: "{{answer.aliases}}",
  shots: { count: 5, leaveOut: true },
  generation: { until: ["\n", ".", ","] },
  filters: [
    {
      name: "remove_whitespace",
      filters: [{ filter: "removeWhitespace" }, { filter: "takeFirst" }],
    },
  ],
  metrics: [{ metric: "exact_match", ignore: { ignoreCase: true, ignorePunctuation: true } }],
  source: {
    dataset: "mandarjoshi/trivia_qa",
    subset: "rc.nocontext",
    fields: ["question", "answer.aliases"],
    licence: "Apache-2.0",
    paper: "arXiv:1705.03551",
  },
  report: "TriviaQA",
  differsFromReport: "5 shots as here; the harness's own default is 0. The split is not said.",
  version: 3,
};
