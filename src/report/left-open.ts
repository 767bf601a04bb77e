/**
 * What the report does not say, and whoever builds or measures a Gemma would need.
 * @module
 */
import { BENCHMARKS } from "./benchmarks.ts";
import type { Inconsistency } from "./inconsistency.ts";
import { measuredTwice } from "./leaderboard.ts";
import { MEMORIZATION } from "./memorization.ts";
import { SAFETY } from "./safety.ts";
import { CARBON_TONNES } from "./training.ts";

const changed = SAFETY.rows.filter((row) => row.inR1).map((row) => row.benchmark);
const twice = measuredTwice("Gemma 7B")
  .filter(({ benchmark }) => benchmark === "ARC-c" || benchmark === "Winogrande")
  .map(({ benchmark, here, there }) => `${benchmark} ${here.toFixed(1)} → ${there.toFixed(1)}`);
const blank = BENCHMARKS.rows.filter((row) => row.metric === undefined);

/** Each with why it cannot be computed, or what else is known. */
export const LEFT_OPEN: readonly Inconsistency[] = [
  {
    id: "prompt-format",
    kind: "open",
    where: "Table 4, a dialogue in turns",
    says: "turns with their markers, and no BOS; an early text is said to have `<end_of_turn>model`",
    recomputed:
      "perplexity of the 7B at LAMBADA: 3.46, and 5.9 · 10⁹ without BOS (lm-evaluation-harness, PR 1465)",
    matters: "the table alone gives a prompt that the model has never seen",
    here: "BOS once, then the turns; the known bugs are `chat-no-bos` and `chat-end-opens-answer`",
  },
  {
    id: "benchmark-metrics",
    kind: "open",
    where: "Table 6, metric",
    says: `blank for ${blank.map((row) => row.benchmark).join(", ")}; no prompt is published, and LAMBADA is cited without a row`,
    recomputed: `the same 7B, asked by another harness in Table 7: ${twice.join(", ")}`,
    matters: "a figure of one's own differs by the way of asking before the model differs",
    here: "no figure here is called a reproduction",
  },
  {
    id: "safety-direction",
    kind: "open",
    where: "Tables 8 and 10",
    says: `ahead in 6 benchmarks; R1 has other figures for ${changed.join(", ")}`,
    recomputed: "cannot be counted: the direction of a row is not given",
    matters: "two readers count different wins from one table",
    here: "figures as printed, both versions, no wins",
  },
  {
    id: "attention-ablation",
    kind: "open",
    where: "Architecture, attention",
    says: "ablations speak for multi-query attention at small scale",
    recomputed: "no numbers in any version",
    matters: "the choice cannot be weighed",
    here: "any number of key-value heads",
  },
  {
    id: "rlhf-algorithm",
    kind: "open",
    where: "RLHF [R4]",
    says: "a novel algorithm, without a name",
    recomputed:
      "R1 names REINFORCE with a KL term; the paper on J-BOND (arXiv 2407.14622) says that it tuned Gemma 1.1",
    matters: "1.0 and 1.1 were probably tuned in different ways",
    here: "REINFORCE with a KL term, as R1 has it; baselines, levels and a clipped ratio to choose from",
  },
  {
    id: "memorization-figures",
    kind: "open",
    where: "Memorization, its figures",
    says: "rates as bars on a logarithmic axis",
    recomputed: `no numbers; and ${100 * MEMORIZATION.editShare} % edit distance of tokens or of letters`,
    matters: "approximate memorization depends on which",
    here: "the command `audit`: of tokens, or of letters if asked for, and it says which",
  },
  {
    id: "carbon",
    kind: "open",
    where: "Carbon footprint",
    says: `about ${CARBON_TONNES} t CO₂eq for both`,
    recomputed: "cannot be: no energy, no hours, no intensity",
    matters: "it is a statement, not a result",
    here: "quoted",
  },
];
