/**
 * ARC (Clark et al. 2018, arXiv:1803.05457): questions of school science, an easy set and one that simple methods fail.
 * @module
 */
import type { BenchmarkName } from "../../../report/benchmarks.ts";
import type { TaskSpec } from "../../task/spec.ts";

function arc(name: string, subset: string, report: BenchmarkName): TaskSpec {
  return {
    name,
    kind: "choice",
    splits: { test: "test", shots: "train" },
    text: "Question: {{question}}\nAnswer:",
    choices: "{{choices.text}}",
    target: "{{choices.label.index(answerKey)}}",
    shots: { count: 0 },
    metrics: [{ metric: "acc" }, { metric: "acc_norm" }],
    source: {
      dataset: "allenai/ai2_arc",
      subset,
      fields: ["question", "choices.text", "choices.label", "answerKey"],
      licence: "CC BY-SA 4.0",
      paper: "arXiv:1803.05457",
    },
    report,
    differsFromReport:
      "Asked as Mistral's team did, whose prompt is not public; shots are not said. Leaderboards ask ARC-c with 25 shots.",
    version: 1,
  };
}

/** Questions that simple methods answer. */
export const ARC_EASY: TaskSpec = arc("arc_easy", "ARC-Easy", "ARC-e");
/** Questions that simple methods fail. */
export const ARC_CHALLENGE: TaskSpec = arc("arc_challenge", "ARC-Challenge", "ARC-c");
