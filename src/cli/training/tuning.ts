/**
 * What tunes a model on rows, whatever their loss: the options for it, the model that learns, and how many steps it takes.
 * @module
 */
import { ArgumentError } from "../../errors.ts";
import { TrainableModel } from "../../training/trainable.ts";
import { loraModel } from "../../tuning/lora/lora.ts";
import { integerOption, numberOption, UsageError, type Values } from "../command.ts";
import type { Io } from "../io.ts";
import type { Learner } from "./learn.ts";
import { learnerOptions, type OpenedModel } from "./learner.ts";
import type { TUNING_OPTIONS } from "./options.ts";
import type { LearningSettings } from "./settings.ts";

type TuningValues = Values<typeof TUNING_OPTIONS>;

const POSITIVE_NUMBER = { as: "a number above 0", includes: (x: number) => x > 0 };

/** The settings that every such command has, besides `LearningSettings`. */
export interface TuningSettings {
  readonly lora: boolean;
  readonly epochs: number;
  readonly maxTokens: number | undefined;
  readonly r: number | undefined;
  readonly alpha: number | undefined;
  readonly targets: readonly string[] | undefined;
}

/** @throws {UsageError} if a value is out of range, or does nothing without another option. */
export function tuningSettings(values: TuningValues): TuningSettings {
  const { lora = false } = values;
  for (const name of ["rank", "alpha", "targets"] as const) {
    if (values[name] !== undefined && !lora) throw new UsageError(`--${name} needs --lora`);
  }
  return {
    lora,
    epochs: integerOption("epochs", values.epochs, 1) ?? 1,
    maxTokens: integerOption("tokens", values.tokens, 1),
    r: integerOption("rank", values.rank, 1),
    alpha: numberOption("alpha", values.alpha, POSITIVE_NUMBER),
    targets: values.targets?.split(","),
  };
}

/** @throws {UsageError} if rows may be longer than the model is. */
export function assertTokens(tokens: number | undefined, positions: number): void {
  if (tokens === undefined || tokens <= positions) return;
  throw new UsageError(
    `--tokens expects at most ${positions}, as the model has positions for, got ${tokens}`,
  );
}

/** What learns; with factors, the same weights without them are there, too. */
export interface TuningLearner extends Learner {
  readonly model: TrainableModel;
  readonly reference?: TrainableModel;
}

/**
 * What learns: the weights, or low-rank factors beside them.
 * @throws {UsageError} if a matrix of the model has no such rank.
 */
export async function learnerOf(
  { checkpoint }: OpenedModel,
  { lora, r, alpha, targets }: Omit<TuningSettings, "maxTokens">,
  settings: LearningSettings,
  recompute: boolean | undefined,
  io: Io,
): Promise<TuningLearner> {
  const options = learnerOptions(settings, recompute, io.signal);
  if (!lora) return { checkpoint, model: await TrainableModel.from(checkpoint, options) };
  const given = Object.entries({ r, alpha, targets }).filter(([, value]) => value !== undefined);
  try {
    const own = Object.fromEntries(given);
    const made = await loraModel(checkpoint, { ...options, ...own, seed: settings.seed });
    return { checkpoint, ...made };
  } catch (error) {
    if (!(error instanceof ArgumentError && error.argument === "r")) throw error;
    throw new UsageError(`--rank expects ${error.expected}, got ${error.got}`);
  }
}
