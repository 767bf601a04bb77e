/**
 * The options of `rlhf`, and the settings that they make.
 * @module
 */
import {
  choiceOption,
  integerOption,
  type Meanings,
  numberOption,
  UsageError,
  type Values,
} from "../command.ts";
import { LEARNING_OPTIONS, TUNING_OPTIONS } from "../training/options.ts";

const {
  valid: _,
  "valid-every": __,
  batch: ___,
  steps: ____,
  decay: _____,
  html: ______,
  ...LEARNING
} = LEARNING_OPTIONS;
const { lora, rank, alpha, targets } = TUNING_OPTIONS;

/** Those that are its own, or mean something else here. */
export const OWN_OPTIONS = {
  model: { type: "string", value: "MODEL", help: "The tuned model that it begins with" },
  reward: { type: "string", value: "MODEL", help: "Who rewards: a reward model, or rule" },
  judge: { type: "string", value: "MODEL", help: "A second judge, to watch the first by" },
  monitor: { type: "string", value: "WHAT", help: "Where hacking shows: warn (default), stop" },
  beta: { type: "string", value: "X", help: "Price of a nat of KL (default: 0.1)" },
  batch: { type: "string", value: "N", help: "Prompts a step (default: 8)" },
  group: { type: "string", value: "N", help: "Answers to each prompt (default: 4)" },
  baseline: { type: "string", value: "NAME", help: "leave-one-out (default), moving-average" },
  level: { type: "string", value: "NAME", help: "One advantage a sequence (default) or token" },
  "clip-ratio": { type: "string", value: "X", help: "As PPO does, with --inner; 0.2 is usual" },
  inner: { type: "string", value: "N", help: "Steps from the same answers (default: 1)" },
  "max-tokens": { type: "string", value: "N", help: "Most tokens of an answer (default: 48)" },
  samples: { type: "string", value: "N", help: "Answers that foretell the best (default: 960)" },
  steps: { type: "string", value: "N", help: "Steps in all (default: all prompts once)" },
  decay: { type: "string", value: "X", help: "Weight decay of matrices (default: 0)" },
  html: { type: "string", value: "FILE", help: "Write a page with the curves" },
} as const;

/** All of them. */
export const RLHF_OPTIONS: typeof OWN_OPTIONS &
  Omit<typeof LEARNING_OPTIONS, "valid" | "valid-every" | "batch" | "steps" | "decay" | "html"> &
  Pick<typeof TUNING_OPTIONS, "lora" | "rank" | "alpha" | "targets"> = {
  ...OWN_OPTIONS,
  ...LEARNING,
  ...{ lora, rank, alpha, targets },
};

/** The values of the options of `rlhf`. */
export type RlhfValues = Values<typeof RLHF_OPTIONS>;

const NATURAL_NUMBER = { as: "0 or a positive number", includes: (x: number) => x >= 0 };
const POSITIVE_NUMBER = { as: "a number above 0", includes: (x: number) => x > 0 };

const BASELINES: Meanings<"leave-one-out" | "moving-average"> = {
  words: { "leave-one-out": "rloo loo", "moving-average": "average reinforce mean ema" },
};

/** The settings that only `rlhf` has. */
export interface RlhfSettings {
  readonly beta: number;
  readonly groupSize: number;
  readonly baseline: "leave-one-out" | "moving-average";
  readonly level: "sequence" | "token";
  readonly clip: number | undefined;
  readonly innerSteps: number;
  readonly maxTokens: number;
  /** Answers of the reference that the optimum is estimated from; 0 leaves it out. */
  readonly samples: number;
  readonly monitor: "warn" | "stop";
  readonly lora: boolean;
  readonly r: number | undefined;
  readonly alpha: number | undefined;
  readonly targets: readonly string[] | undefined;
}

/** @throws {UsageError} if a value is out of range, or does nothing beside the others. */
export function rlhfSettings(values: RlhfValues): RlhfSettings {
  const { lora = false } = values;
  for (const name of ["rank", "alpha", "targets"] as const) {
    if (values[name] !== undefined && !lora) throw new UsageError(`--${name} needs --lora`);
  }
  const innerSteps = integerOption("inner", values.inner, 1) ?? 1;
  const clip = numberOption("clip-ratio", values["clip-ratio"], POSITIVE_NUMBER);
  if (innerSteps > 1 && clip === undefined) {
    const why = "after the first step the answers are those of an older policy; 0.2 is usual";
    throw new UsageError(`--inner above 1 needs --clip-ratio X: ${why}`);
  }
  if (innerSteps === 1 && clip !== undefined) {
    throw new UsageError("--clip-ratio needs --inner 2 or more: the ratio of a first step is 1");
  }
  const bases = ["leave-one-out", "moving-average"] as const;
  const baseline = choiceOption("baseline", values.baseline, bases, BASELINES) ?? "leave-one-out";
  const groupSize = integerOption("group", values.group, 1) ?? 4;
  if (groupSize === 1 && baseline === "leave-one-out") {
    throw new UsageError("--group 1 needs --baseline moving-average: there is none to leave out");
  }
  return {
    beta: numberOption("beta", values.beta, NATURAL_NUMBER) ?? 0.1,
    ...{ groupSize, baseline, clip, innerSteps, lora },
    level: choiceOption("level", values.level, ["sequence", "token"]) ?? "sequence",
    maxTokens: integerOption("max-tokens", values["max-tokens"], 1) ?? 48,
    samples: integerOption("samples", values.samples) ?? 960,
    monitor: choiceOption("monitor", values.monitor, ["warn", "stop"]) ?? "warn",
    r: integerOption("rank", values.rank, 1),
    alpha: numberOption("alpha", values.alpha, POSITIVE_NUMBER),
    targets: values.targets?.split(","),
  };
}
