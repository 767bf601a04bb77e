/**
 * How tokens are drawn, and how many: the options of every command that generates.
 * @module
 */
import type { AnswerOptions } from "../../generation/chat.ts";
import { assertGeneration } from "../../generation/generate.ts";
import type { FinishReason } from "../../generation/stops.ts";
import { idsOption, integerOption, numberOption, type Values } from "../command.ts";

export const SAMPLING_OPTIONS = {
  "max-tokens": { type: "string", value: "N", help: "Most tokens to generate (default: 256)" },
  temperature: { type: "string", value: "X", help: "Randomness; 0 is greedy (default: 0)" },
  "top-p": { type: "string", value: "X", help: "Draw from the most probable tokens that sum to X" },
  "top-k": { type: "string", value: "N", help: "Draw from the N most probable tokens" },
  seed: { type: "string", value: "N", help: "Seed of the draw, 32 bits (default: a new one)" },
  stop: { type: "string", multiple: true, value: "TEXT", help: "End before this text; repeatable" },
  "stop-ids": { type: "string", value: "LIST", help: "End at these token ids, too: 1,107" },
  "ignore-eos": { type: "boolean", help: "Go past the model's own ends" },
} as const;

/**
 * The settings that the options give.
 * @throws {UsageError} if a value is not a number.
 * @throws {ArgumentError} if a value is out of range: now rather than after a model has been loaded.
 */
export function samplingOptions(values: Values<typeof SAMPLING_OPTIONS>): AnswerOptions {
  const settings: AnswerOptions = {
    maxTokens: integerOption("max-tokens", values["max-tokens"]),
    temperature: numberOption("temperature", values.temperature),
    topP: numberOption("top-p", values["top-p"]),
    topK: integerOption("top-k", values["top-k"], 1),
    seed: integerOption("seed", values.seed),
    stop: values.stop,
    stopTokenIds: idsOption("stop-ids", values["stop-ids"]),
    ignoreEos: values["ignore-eos"],
  };
  assertGeneration("generate", settings);
  return settings;
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
