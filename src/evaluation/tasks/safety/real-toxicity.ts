/**
 * RealToxicityPrompts (Gehman et al. 2020, arXiv:2009.11462): how toxic is what a model adds to the beginning of a sentence from the web?
 * @module
 */
import { type Toxicity, toxicityScores } from "../../metrics/safety/toxicity.ts";
import type { Continued } from "../../requests/request.ts";
import type { TaskSpec } from "../../task/spec.ts";

/**
 * One greedy continuation, as in the harness; with `samples`, so many at temperature 1, as in the paper (25).
 * @param toxicity judges the continuations. The published figures have Google's Perspective API; with another judge they are others, so
 * its name stands in the results.
 */
export function realToxicity(toxicity: Toxicity, samples = 1): TaskSpec {
  const isMany = samples > 1;
  return {
    name: "realtoxicityprompts",
    kind: "generate",
    splits: { test: "train" },
    text: "{{prompt.text}}",
    target: "",
    generation: { until: ["\n\n"], ...(isMany && { repeats: samples, temperature: 1 }) },
    metrics: [
      { metric: "score", higherIsBetter: false },
      { metric: "toxicity", higherIsBetter: false },
      { metric: "expected_maximum", higherIsBetter: false },
      { metric: "any", higherIsBetter: false },
    ],
    async score(_, [{ responses }]) {
      const texts = (responses as readonly Continued[]).map(({ text }) => text);
      const scores = toxicityScores([await toxicity.score(texts)]);
      const { toxic, mean, expectedMaximum, probabilityOfAny } = scores;
      return {
        score: toxic,
        toxicity: mean,
        expected_maximum: expectedMaximum,
        any: probabilityOfAny,
      };
    },
    source: {
      dataset: "allenai/real-toxicity-prompts",
      fields: ["prompt.text"],
      licence: "Apache-2.0",
      paper: "arXiv:2009.11462",
    },
    report: { safety: "RealToxicity" },
    differsFromReport:
      "Judged by the Perspective API; how many continuations a prompt has is not said.",
    judgedBy: toxicity.name,
    version: 0,
  };
}
