/**
 * Two small tasks that need no data and no download: a choice of endings and a sum, on stories of stories.ts. They show how a figure comes
 * about, and say nothing of a model.
 * @module
 */
import type { TaskGroup } from "../../task/group.ts";
import type { TaskSpec } from "../../task/spec.ts";

/** Which ending is the most probable? By its sum (`acc`), and per letter (`acc_norm`). */
export const DEMO_ENDINGS: TaskSpec = {
  name: "demo_endings",
  kind: "choice",
  splits: { test: "test" },
  text: "{{context}}",
  choices: "{{endings}}",
  target: "{{label}}",
  metrics: [{ metric: "acc" }, { metric: "acc_norm" }],
  version: 1,
};

/** The story is continued; the number in it is the answer. */
export const DEMO_SUMS: TaskSpec = {
  name: "demo_sums",
  kind: "generate",
  splits: { test: "test" },
  text: "{{context}}",
  target: "{{answer}}",
  generation: { until: ["\n", "."], maxTokens: 16 },
  filters: [
    {
      name: "number",
      filters: [
        { filter: "regex", pattern: "[Nn]ow (?:she|he) had ([0-9]+)" },
        { filter: "takeFirst" },
      ],
    },
  ],
  metrics: [{ metric: "exact_match" }],
  version: 1,
};

/** Both, without a common figure. */
export const DEMO: TaskGroup = {
  name: "demo",
  tasks: [DEMO_ENDINGS, DEMO_SUMS],
  weightBySize: true,
};
