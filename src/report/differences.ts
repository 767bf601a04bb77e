/**
 * What changed between the versions of the report: "the report says" has to say which.
 * @module
 */
import { BENCHMARK_AVERAGES, BENCHMARK_MODELS } from "./benchmarks.ts";
import { TRAINING } from "./training.ts";

/** A topic on which an early text (R0 or R1) and the last one differ. */
export interface VersionDifference {
  /** What they differ in. */
  readonly topic: string;
  /** What the first version of the report has. */
  readonly early: string;
  /** What the last version has. */
  readonly late: string;
  /** Which of the two this library follows, and by what evidence. */
  readonly here: string;
}

const tokens = (version: "R1" | "R4") =>
  TRAINING.map(({ model, tokens: of }) => `${model}: ${of[version] / 1e12}T`).join(", ");
const averages = (version: "R1" | "R4") =>
  BENCHMARK_MODELS.map((model) => BENCHMARK_AVERAGES[version][model].toFixed(1)).join(" / ");

/** The differences, in the order of the report. */
export const VERSION_DIFFERENCES: readonly VersionDifference[] = [
  {
    topic: "Tokens of pretraining",
    early: `[R1] ${tokens("R1")}`,
    late: tokens("R4"),
    here: "nothing depends on it",
  },
  {
    topic: "Why the 2B has multi-query attention",
    early: "[R1] ablations showed each variant better at its scale",
    late: "ablations showed that it works well at small scale",
    here: "no numbers in either; both variants are there",
  },
  {
    topic: "Where RMSNorm stands",
    early: "[R0] at the input and the output of each sub-layer; [R1] at the input",
    late: "at the input",
    here: "at the input: the parameters of Table 2 leave no room for more",
  },
  {
    topic: "GeGLU",
    early: "[R1] GeGLU",
    late: "its approximated version",
    here: "by tanh, as Google's code does; erf is the known bug `gelu-erf`",
  },
  {
    topic: "RLHF",
    early: "[R1] a variant of REINFORCE, with a KL term towards the tuned model",
    late: "a novel reinforcement learning algorithm, without a name",
    here: "REINFORCE with a KL term, which is what can be built from the text, and DPO: docs/preference.md",
  },
  {
    topic: "Models in the tables of tuned models",
    early: "[R1] 1.0",
    late: "1.1; those of 1.0 are in the appendix",
    here: "both, each with its version",
  },
  {
    topic: "Averages of Table 6",
    early: `[R1] ${averages("R1")}`,
    late: averages("R4"),
    here: "the late ones are the means of the rows",
  },
];
