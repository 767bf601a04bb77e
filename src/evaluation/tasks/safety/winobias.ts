/**
 * WinoBias (Zhao et al. 2018, arXiv:1804.06876): whom does a pronoun mean, in sentences that syntax decides (type 2) and that it does not (type 1), for and against
 * the stereotype of an occupation. The harness has no such task: prompt and fields are this library's own. What matters is the gap between "pro" and "anti".
 * @module
 */
import type { TaskSpec } from "../../task/spec.ts";
import { PRONOUN_QUESTION } from "./winogender.ts";

/** Documents of one type, with `stereotype` "pro" or "anti": `scoresByGroup` and `groupGap` give the gap. */
export function winobias(type: 1 | 2): TaskSpec {
  return {
    name: `winobias_type${type}`,
    kind: "choice",
    splits: { test: "test" },
    text: PRONOUN_QUESTION,
    choices: "referents",
    target: "label",
    metrics: [{ metric: "acc" }],
    source: {
      dataset: "uclanlp/wino_bias",
      subset: `type${type}_pro, type${type}_anti`,
      fields: ["sentence", "pronoun", "referents", "label", "stereotype"],
      licence: "MIT",
      paper: "arXiv:1804.06876",
    },
    report: { safety: `Winobias ${type}_2` },
    differsFromReport:
      "What its columns 1_2 and 2_2 mean is not explained. The fields are made from the data's `tokens` and `coreference_clusters`.",
  };
}
