/**
 * How tokens are drawn, and how many: the options of every command that generates.
 * @module
 */
import type { AnswerOptions } from "../../generation/chat.ts";
import { assertGeneration } from "../../generation/generate.ts";
import type { FinishReason } from "../../generation/stops.ts";
import { idsOption, integerOption, numberOption, UsageError, type Values } from "../command.ts";
import { asUsage } from "./refused.ts";

export const SAMPLING_OPTIONS = {
  "max-tokens": { type: "string", value: "N", help: "Most tokens to generate (default: 256)" },
  temperature: { type: "string", value: "X", help: "Randomness; 0 is greedy (default: 0)" },
  "top-p": { type: "string", value: "X", help: "Draw from the most probable tokens that sum to X" },
  "top-k": { type: "string", value: "N", help: "Draw from the N most probable tokens" },
  "min-p": {
    type: "string",
    value: "X",
    help: "Draw from those at least X times as probable as the best",
  },
  seed: { type: "string", value: "N", help: "Seed of the draw, 32 bits (default: a new one)" },
  stop: { type: "string", multiple: true, value: "TEXT", help: "End before this text; repeatable" },
  "stop-ids": { type: "string", value: "LIST", help: "End at these token ids, too: 1,107" },
  "ignore-eos": { type: "boolean", help: "Go past the model's own ends" },
  "prompt-lookup": { type: "boolean", help: "Drafts from the prompt: the same text, sooner" },
  "min-tokens": { type: "string", value: "N", help: "No end before N tokens" },
  penalty: { type: "string", value: "X", help: "Above 1: tokens that have come are less probable" },
  bias: { type: "string", value: "LIST", help: "Add to logits by id: 107:-5,9:2; 7:-inf forbids" },
} as const;

const TEMPERATURES = { as: "0 or a positive number", includes: (x: number) => x >= 0 };
const POSITIVE = { as: "a positive number", includes: (x: number) => x > 0 };
const LEAST = { as: "a number from 0 to 1", includes: (x: number) => x >= 0 && x <= 1 };
const SHARES = { as: "a number above 0, at most 1", includes: (x: number) => x > 0 && x <= 1 };

/**
 * The settings that the options give, refused now rather than after a model has been loaded.
 * @throws {UsageError} if a value is no number or out of range, or does nothing without another option.
 */
export function samplingOptions(values: Values<typeof SAMPLING_OPTIONS>): AnswerOptions {
  const settings: AnswerOptions = {
    maxTokens: integerOption("max-tokens", values["max-tokens"]),
    temperature: numberOption("temperature", values.temperature, TEMPERATURES),
    topP: numberOption("top-p", values["top-p"], SHARES),
    topK: integerOption("top-k", values["top-k"], 1),
    minP: numberOption("min-p", values["min-p"], LEAST),
    seed: integerOption("seed", values.seed, 0, 2 ** 32 - 1),
    stop: values.stop,
    stopTokenIds: idsOption("stop-ids", values["stop-ids"]),
    ignoreEos: values["ignore-eos"],
    promptLookup: values["prompt-lookup"],
    minTokens: integerOption("min-tokens", values["min-tokens"]),
    repetitionPenalty: numberOption("penalty", values.penalty, POSITIVE),
    logitBias: biasOption(values.bias),
  };
  const { temperature, topP = 1, topK, minP = 0, seed } = settings;
  if (!temperature) {
    const drawing = {
      "top-p": topP < 1,
      "top-k": topK !== undefined,
      "min-p": minP > 0,
      seed: seed !== undefined,
    };
    const [idle] = Object.entries(drawing).find(([, isGiven]) => isGiven) ?? [];
    const needed = temperature === 0 ? "a --temperature above 0" : "--temperature";
    if (idle) throw new UsageError(`--${idle} needs ${needed}, as in --temperature 1`);
  }
  try {
    assertGeneration("generate", settings);
  } catch (error) {
    throw asUsage(error);
  }
  return settings;
}

/** `ID:NUMBER`, separated by commas. */
function biasOption(given: string | undefined): ReadonlyMap<number, number> | undefined {
  if (given === undefined) return undefined;
  const bias = new Map<number, number>();
  for (const pair of given.split(",")) {
    const found = /^\s*(\d+)\s*[:=]\s*(-inf(?:inity)?|[-+]?\d*\.?\d+(?:e[-+]?\d+)?)\s*$/i.exec(
      pair,
    );
    if (!found) {
      throw new UsageError(`--bias expected ID:NUMBER, as in 107:-5 or 7:-inf, got "${pair}"`);
    }
    bias.set(Number(found[1]), /inf/i.test(found[2]) ? Number.NEGATIVE_INFINITY : Number(found[2]));
  }
  return bias;
}

/** The cause of the end of a generation, in words. */
export const ENDINGS: Readonly<Record<FinishReason, string>> = {
  eos: "the model",
  end_of_turn: "the model",
  stop: "a stop",
  length: "--max-tokens",
  context: "the end of the context",
  abort: "Ctrl-C",
};
