/**
 * The settings that the options of `train` and `sft` make.
 * @module
 */
import { adafactor } from "../../training/optimizer/adafactor.ts";
import { adamW } from "../../training/optimizer/adamw.ts";
import { isMatrix, type Optimizer } from "../../training/optimizer/optimizer.ts";
import { type Schedule, warmupCosine } from "../../training/optimizer/schedule.ts";
import { BATCH_SIZE } from "../../training/run/batch.ts";
import {
  choiceOption,
  integerOption,
  type Meanings,
  numberOption,
  UsageError,
  type Values,
} from "../command.ts";
import type { LEARNING_OPTIONS } from "./options.ts";

type LearningValues = Values<typeof LEARNING_OPTIONS>;

const POSITIVE_NUMBER = { as: "a number above 0", includes: (x: number) => x > 0 };
const NATURAL_NUMBER = { as: "0 or a positive number", includes: (x: number) => x >= 0 };

const OPTIMIZERS: Meanings<"adamw" | "adafactor"> = {
  words: { adamw: "adam adam_w" },
  sentences: [[/^(sgd|lion|muon|rmsprop)/, "one of one's own is an Optimizer: docs/training.md"]],
};
const BACKENDS: Meanings<"wasm" | "cpu"> = {
  words: { wasm: "simd webassembly" },
  sentences: [[/^(webgpu|gpu|cuda|auto)/, "training is computed by wasm or cpu"]],
};
const PRECISIONS: Meanings<"float32" | "float64"> = {
  words: { float32: "f32 fp32 float", float64: "f64 fp64 double" },
  sentences: [
    [
      /^(bf|bfloat|fp?|float)16/,
      "a step below 2⁻⁹ of such a weight changes nothing; --type BF16 is how it is written",
    ],
  ],
};
const TYPES: Meanings<"BF16" | "F32"> = { words: { BF16: "bfloat16", F32: "float32 fp32" } };

/** What is the same for both commands, refused before anything is opened. */
export interface LearningSettings {
  readonly steps: number | undefined;
  readonly batch: number | undefined;
  readonly lr: number | undefined;
  readonly warmup: number | undefined;
  readonly optimizer: "adamw" | "adafactor";
  readonly decay: number | undefined;
  readonly clip: number;
  readonly seed: number;
  readonly validEvery: number | undefined;
  readonly saveEvery: number;
  readonly precision: "float32" | "float64";
  readonly backend: "wasm" | "cpu" | undefined;
  readonly type: "BF16" | "F32";
}

/** @throws {UsageError} if a value is out of range, or does nothing without another option. */
export function learningSettings(values: LearningValues): LearningSettings {
  const precision = choiceOption("precision", values.precision, ["float32", "float64"], PRECISIONS);
  const backend = choiceOption("backend", values.backend, ["wasm", "cpu"], BACKENDS);
  const optimizer = choiceOption("optimizer", values.optimizer, ["adamw", "adafactor"], OPTIMIZERS);
  if (precision === "float64" && backend === "wasm") {
    throw new UsageError("--backend wasm computes in float32; float64 is computed by cpu");
  }
  if (values.decay !== undefined && optimizer === "adafactor") {
    throw new UsageError("--decay is of adamw; adafactor has none here");
  }
  if (values["valid-every"] !== undefined && values.valid === undefined) {
    throw new UsageError("--valid-every needs --valid FILE");
  }
  return {
    steps: integerOption("steps", values.steps, 1),
    batch: integerOption("batch", values.batch, 1, BATCH_SIZE.to),
    lr: numberOption("lr", values.lr, POSITIVE_NUMBER),
    warmup: integerOption("warmup", values.warmup),
    optimizer: optimizer ?? "adamw",
    decay: numberOption("decay", values.decay, NATURAL_NUMBER),
    clip: numberOption("clip", values.clip, POSITIVE_NUMBER) ?? 1,
    seed: integerOption("seed", values.seed, 0, 2 ** 32 - 1) ?? 0,
    validEvery: integerOption("valid-every", values["valid-every"], 1),
    saveEvery: integerOption("save-every", values["save-every"], 1) ?? 50,
    precision: precision ?? "float32",
    backend,
    type: choiceOption("type", values.type, ["BF16", "F32"], TYPES) ?? "BF16",
  };
}

/** Settings with the numbers that depend on the command and its data. */
export interface Plan {
  readonly steps: number;
  readonly batch: number;
  readonly lr: number;
  readonly warmup: number;
  readonly decay: number;
}

/**
 * @param usual what holds where an option is left out. Adafactor's rates are shares of a weight's size, so it has a usual one of
 * its own.
 * @throws {UsageError} if the warm-up is longer than the run. */
export function planned(
  settings: LearningSettings,
  usual: {
    readonly steps: number;
    readonly batch: number;
    readonly lr: number;
    readonly decay: number;
  },
): Plan {
  const { steps = usual.steps, batch = usual.batch, decay = usual.decay } = settings;
  const { lr = settings.optimizer === "adafactor" ? 1e-3 : usual.lr } = settings;
  const { warmup = Math.min(100, Math.floor(steps / 10)) } = settings;
  if (warmup <= steps) return { steps, batch, lr, warmup, decay };
  throw new UsageError(`--warmup expects at most the ${steps} steps of the run, got ${warmup}`);
}

/** What updates the weights: β 0.9 and 0.95; norms and low-rank factors do not decay. */
export function optimizerOf({ optimizer }: LearningSettings, { decay }: Plan): Optimizer {
  const decays = (name: string, shape: readonly number[]) =>
    isMatrix(name, shape) && !/\.lora_[AB]\.weight$/.test(name);
  if (optimizer === "adafactor") return adafactor({ weightDecay: 0 });
  return adamW({ beta1: 0.9, beta2: 0.95, weightDecay: decay, decays });
}

/** Up in a line, down to a tenth along half a cosine. */
export function scheduleOf({ steps, warmup, lr }: Plan): Schedule {
  return warmupCosine({ steps, warmup, peak: lr, floor: 0.1 });
}
