/**
 * LAMBADA (Paperno et al. 2016, arXiv:1606.06031): the last word of a passage, which takes all of it to guess. Accuracy is whether greedy decoding gives
 * the word; the perplexity is that of the word alone. The report has no figure of it.
 * @module
 */
import type { TaskSpec } from "../../task/spec.ts";

/** The word is what follows the last space. */
export const LAMBADA: TaskSpec = {
  name: "lambada_openai",
  kind: "continuation",
  splits: { test: "test" },
  text: "{{text.split(' ')[:-1]|join(' ')}}",
  target: "{{' '+text.split(' ')[-1]}}",
  metrics: [{ metric: "perplexity" }, { metric: "acc" }],
  source: {
    dataset: "EleutherAI/lambada_openai",
    subset: "default",
    fields: ["text"],
    licence: "MIT, OpenAI's version; the passages are from books",
    paper: "arXiv:1606.06031",
  },
  version: 1,
};
