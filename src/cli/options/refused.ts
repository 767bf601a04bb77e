/**
 * The library's refusals of what an option gave, in the words of the terminal. What depends on the model, such as
 * its context and its vocabulary, can only be refused when it is loaded.
 * @module
 */
import { ArgumentError, UnsupportedError } from "../../errors.ts";
import { UsageError } from "../command.ts";

/** Our options by the library's names. */
const OPTIONS: Readonly<Record<string, string>> = {
  maxTokens: "--max-tokens",
  temperature: "--temperature",
  topP: "--top-p",
  topK: "--top-k",
  seed: "--seed",
  stop: "--stop",
  stopTokenIds: "--stop-ids",
  minP: "--min-p",
  minTokens: "--min-tokens",
  repetitionPenalty: "--penalty",
  logitBias: "--bias",
  topLogprobs: "--top-logprobs",
  ignoreEos: "--ignore-eos",
  contextLength: "--context",
  precision: "--precision",
  threads: "--threads",
  activations: "--activations",
  position: "--position",
  positions: "--position",
  target: "--target",
  against: "--against",
  neurons: "--neurons",
};

/** A refusal of an argument that was an option, as a usage error; anything else as it is. */
export function asUsage(error: unknown): unknown {
  if (!(error instanceof ArgumentError || error instanceof UnsupportedError)) return error;
  if (error.argument === undefined) return error;
  const [name] = error.argument.split("[");
  if (!Object.hasOwn(OPTIONS, name)) return error;
  const inOurWords = (said: string) => said.replace(/\w+/g, (word) => spelt(word));
  const hint = error.hint && `; ${inOurWords(error.hint)}`;
  const message = `${OPTIONS[name]} expects ${inOurWords(`${error.expected}`)}, got ${error.got}${hint ?? ""}`;
  return new UsageError(message, { cause: error });
}

/** A word of a message; only the library writes a capital inside. */
function spelt(word: string): string {
  return /[a-z][A-Z]/.test(word) && Object.hasOwn(OPTIONS, word) ? OPTIONS[word] : word;
}
