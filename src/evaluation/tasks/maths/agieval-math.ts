/**
 * The problems in mathematics of AGIEval (Zhong et al. 2023, arXiv:2304.06364): an answer of at most 32 tokens, compared as text once its
 * spelling is the same.
 * @module
 */
import { agievalEquivalent } from "../../math/agieval.ts";
import type { ScoreFunction, TaskSpec } from "../../task/spec.ts";

export const scoreAgievalMath: ScoreFunction = ({ answer }, [{ filtered }]) => {
  return { acc: Number(agievalEquivalent(String(filtered), String(answer))) };
};

/** Asked without examples. */
export const AGIEVAL_MATH: TaskSpec = {
  name: "agieval_math",
  kind: "generate",
  splits: { test: "test", shots: "test" },
  text: "{{query}}",
  target: "{{answer}}",
  shots: { count: 0, leaveOut: true },
  generation: { until: ["Q:"], maxTokens: 32 },
  metrics: [{ metric: "acc" }],
  score: scoreAgievalMath,
  source: {
    dataset: "hails/agieval-math",
    fields: ["query", "answer"],
    licence: "MIT; each examination has its own owner",
    paper: "arXiv:2304.06364",
  },
  report: "AGIEval",
  differsFromReport: "A part of its English part, asked as Mistral's team did.",
  version: 1,
};
