/**
 * CommonsenseQA (Talmor et al. 2019, arXiv:1811.00937): five words to choose from, named by letters.
 * @module
 */
import type { TaskSpec } from "../../task/spec.ts";

/** The letter of each word is scored, not the word. */
export const COMMONSENSE_QA: TaskSpec = {
  name: "commonsense_qa",
  kind: "choice",
  splits: { test: "validation", shots: "train" },
  text: "Question: {{ question.strip() }}\nA. {{choices['text'][0]}}\nB. {{choices['text'][1]}}\nC. {{choices['text'][2]}}\nD. {{choices['text'][3]}}\nE. {{choices['text'][4]}}\nAnswer:",
  choices: ["A", "B", "C", "D", "E"],
  target: "answerKey",
  shots: { count: 7, leaveOut: true },
  metrics: [{ metric: "acc" }],
  source: {
    dataset: "tau/commonsense_qa",
    fields: ["question", "choices.text", "answerKey"],
    licence: "MIT",
    paper: "arXiv:1811.00937",
  },
  report: "CQA",
  differsFromReport:
    "7 shots as here, asked as Mistral's team did; the harness's own default is 0. Whether letters or words were scored is not said.",
};
