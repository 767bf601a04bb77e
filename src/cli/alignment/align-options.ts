/**
 * The options of `align`, and what each stage of the chain is told.
 * @module
 */

import { tinyModelPath } from "../../node/tiny-model.ts";
import { talesPath } from "../../node/training/demo-tales.ts";
import { choiceOption, integerOption, numberOption, UsageError, type Values } from "../command.ts";
import { LEARNING_OPTIONS } from "../training/options.ts";
import { RULE } from "./judges.ts";
import { RLHF_OPTIONS } from "./rlhf-options.ts";

const { seed, clip, precision, backend, type, "save-every": saveEvery } = LEARNING_OPTIONS;
const { judge, monitor, beta, group, samples, "max-tokens": maxTokens } = RLHF_OPTIONS;

/** Those that no stage has. */
export const CHAIN_OPTIONS = {
  sft: { type: "string", value: "FILE", help: "Conversations to tune on, as of sft" },
  pairs: { type: "string", value: "FILE", help: "Pairs of answers, the better one chosen" },
  prompts: { type: "string", value: "FILE", help: "Questions to be reinforced on" },
  questions: { type: "string", value: "FILE", help: "Others, for the comparison in the end" },
  model: { type: "string", value: "MODEL", help: "What it begins with (default: the tiny one)" },
  out: { type: "string", value: "DIR", help: "Folder for the stages and the report" },
  resume: { type: "boolean", help: "Go on with the chain in --out, or begin it" },
  "sft-steps": { type: "string", value: "N", help: "Steps of that stage (default: all once)" },
  "sft-lr": { type: "string", value: "X", help: "Its highest rate (default: 2e-5)" },
  "reward-steps": { type: "string", value: "N", help: "Steps of that stage (default: all once)" },
  "reward-lr": { type: "string", value: "X", help: "Its highest rate (default: 1e-5)" },
  "rlhf-steps": { type: "string", value: "N", help: "Steps of that stage (default: all once)" },
  "rlhf-lr": { type: "string", value: "X", help: "Its highest rate (default: 1e-5)" },
  batch: { type: "string", value: "N", help: "Rows a step of sft and reward (default: 16)" },
  "prompts-per-step": { type: "string", value: "N", help: "Of rlhf (default: 8)" },
  answers: { type: "string", value: "N", help: "To each of --questions, in the end (default: 4)" },
} as const;

type OfRlhf = "group" | "beta" | "judge" | "monitor" | "samples" | "max-tokens";
type OfAll = "seed" | "clip" | "save-every" | "precision" | "backend" | "type";

/** All of them. */
export const ALIGN_OPTIONS: typeof CHAIN_OPTIONS &
  Pick<typeof RLHF_OPTIONS, OfRlhf> &
  Pick<typeof LEARNING_OPTIONS, OfAll> = {
  ...CHAIN_OPTIONS,
  ...{ group, beta, judge, monitor, samples, "max-tokens": maxTokens },
  ...{ seed, clip, "save-every": saveEvery, precision, backend, type },
};

type AlignValues = Values<typeof ALIGN_OPTIONS>;

/** Words of a command line. */
type Words = readonly string[];

/** The chain, as the options and the data have it. */
export interface ChainPlan {
  /** What the chain begins with. */
  readonly model: string;
  /** The options of the first three commands, those of all left out. */
  readonly sft: Words;
  readonly reward: Words;
  readonly rlhf: Words;
  /** Options that each of them takes. */
  readonly all: Words;
  /** Questions for the comparison; the same file as `prompts` if there are no others. */
  readonly questions: string;
  /** Rows whose last answers are known, to see whether what was known is known still: sums, in the tales. */
  readonly known: string | undefined;
  /** Pairs of which the first is shown with its rewards. */
  readonly pairs: string;
  /** Who compares in the end, and watches: undefined is the reward model alone. */
  readonly judge: string | undefined;
  readonly answers: number;
  readonly maxTokens: number;
  readonly beta: number;
  readonly seed: number;
  readonly precision: "float32" | "float64";
  readonly backend: "cpu" | "wasm" | undefined;
}

/**
 * What the tales take: fixtures/learning/README.md has the figures of each run. The reward model has
 * three epochs at twice that rate: which of two untied answers is better by the rule is then right in 0.957 to 0.991 of the pairs, on three
 * seeds; after two epochs at 3e-4 in 0.930 to 0.939.
 */
const TALES: AlignValues = {
  sft: talesPath("sft-train"),
  pairs: talesPath("pairs-train"),
  prompts: talesPath("prompts-train"),
  questions: talesPath("prompts-valid"),
  judge: RULE,
  "sft-steps": "150",
  "sft-lr": "1e-3",
  "reward-steps": "195",
  "reward-lr": "6e-4",
  "rlhf-steps": "60",
  "rlhf-lr": "1e-4",
};
const TALES_WARMUP: Words = ["--warmup", "10"];

const POSITIVE_NUMBER = { as: "0 or a positive number", includes: (x: number) => x >= 0 };

/** @throws {UsageError} if a file is missing, or a value out of range. */
export function chainPlan(given: AlignValues, isDemo: boolean): ChainPlan {
  for (const name of ["sft", "pairs", "prompts"] as const) {
    if (isDemo && given[name] !== undefined) {
      throw new UsageError(`demo has --${name} of its own`);
    }
    if (isDemo || given[name] !== undefined) continue;
    throw new UsageError(`expected demo, or --sft, --pairs and --prompts FILE, got no --${name}`);
  }
  if (given.out === undefined) throw new UsageError("expected --out DIR, a folder for the chain");
  const values: AlignValues = isDemo ? { ...TALES, ...given } : given;
  const { sft = "", pairs = "", prompts = "" } = values;
  const option = (name: keyof AlignValues, as: string = name) =>
    values[name] === undefined ? [] : [`--${as}`, `${values[name]}`];
  const warmup = (name: "sft-steps" | "reward-steps") =>
    isDemo && given[name] === undefined ? TALES_WARMUP : [];
  const valid = (file: "sft-valid" | "pairs-valid") => (isDemo ? ["--valid", talesPath(file)] : []);
  const of = (stage: "sft" | "reward" | "rlhf") => [
    ...option(`${stage}-steps`, "steps"),
    ...option(`${stage}-lr`, "lr"),
  ];
  return {
    model: values.model ?? tinyModelPath(),
    sft: [sft, ...of("sft"), ...option("batch"), ...warmup("sft-steps"), ...valid("sft-valid")],
    reward: [
      ...[pairs, ...of("reward"), ...option("batch")],
      ...[...warmup("reward-steps"), ...valid("pairs-valid")],
    ],
    rlhf: [
      ...[prompts, ...of("rlhf"), ...option("prompts-per-step", "batch"), ...option("group")],
      ...[...option("beta"), ...option("judge"), ...option("monitor"), ...option("samples")],
      ...option("max-tokens"),
    ],
    all: [
      ...[...option("seed"), ...option("clip"), ...option("save-every")],
      ...[...option("precision"), ...option("backend"), ...option("type")],
    ],
    ...{ pairs, questions: values.questions ?? prompts },
    known: isDemo ? talesPath("sft-valid") : undefined,
    judge: values.judge,
    answers: integerOption("answers", values.answers, 1) ?? 4,
    maxTokens: integerOption("max-tokens", values["max-tokens"], 1) ?? 48,
    beta: numberOption("beta", values.beta, POSITIVE_NUMBER) ?? 0.1,
    seed: integerOption("seed", values.seed, 0, 2 ** 32 - 1) ?? 0,
    precision: choiceOption("precision", values.precision, ["float32", "float64"]) ?? "float32",
    backend: choiceOption("backend", values.backend, ["cpu", "wasm"]),
  };
}
