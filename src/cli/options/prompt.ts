/**
 * Where the prompt of a command comes from: the command line, standard input, or token ids.
 * @module
 */
import type { Gemma, Prompt } from "../../gemma.ts";
import { idsOption, UsageError } from "../command.ts";
import { type Io, readInput } from "../io.ts";

export const IDS_OPTION = {
  type: "string",
  value: "LIST",
  help: "Token ids instead of text, as they are: 2,7,9 (2 is the BOS)",
} as const;

export const SPECIAL_OPTION = {
  type: "boolean",
  help: "Take <bos>, <eos> and their kin in the text as tokens",
} as const;

export const LINES_OPTION = {
  type: "boolean",
  help: "Each line is a text of its own; all go side by side",
} as const;

/** The places where a prompt may be given; exactly one must be. */
export interface PromptPlaces {
  /** Name of the option for text. */
  readonly option: string;
  /** Its value. */
  readonly text: string | undefined;
  /** Value of `--ids`. */
  readonly ids: string | undefined;
  readonly positionals: readonly string[];
  /** Value of `--special`. */
  readonly special?: boolean;
  /** Value of `--lines`. */
  readonly lines?: boolean;
}

/** The prompt as the model takes it: special tokens in a text are made ids here. */
export function promptFor(gemma: Gemma, prompt: Prompt, special: boolean | undefined): Prompt {
  return special && typeof prompt === "string" ? gemma.encode(prompt, { special }) : prompt;
}

/**
 * The prompt. `-` as text, or no text at all where input is not a terminal, means standard input.
 * @throws {UsageError} unless there is exactly one prompt.
 * @throws {FormatError} if standard input is not UTF-8.
 */
export async function readPrompt(places: PromptPlaces, io: Io): Promise<Prompt> {
  const { option, positionals, special, lines } = places;
  if (lines && places.ids !== undefined) {
    throw new UsageError("--lines is about text; --ids are one prompt");
  }
  if (special && places.ids !== undefined) {
    throw new UsageError("--special is about text; ids are taken as they are");
  }
  if (positionals.length > 1) {
    throw new UsageError(`expected one text, got ${positionals.length}; put it in quotes`);
  }
  const texts = [places.text, ...positionals].filter((text) => text !== undefined);
  const ids = idsOption("ids", places.ids);
  if (texts.length + (ids ? 1 : 0) > 1) {
    throw new UsageError(`expected one of TEXT, --${option} and --ids, got more than one`);
  }
  if (ids) return ids;
  const [text] = texts;
  if (text !== undefined && text !== "-") return text;
  if (text === undefined && io.stdin.isTerminal) {
    throw new UsageError(`expected a text, as TEXT, --${option} TEXT, or on stdin`);
  }
  const read = await readInput(io);
  // An empty text on the command line is a prompt (BOS alone); an empty stdin is a mistake.
  if (read === "" && text === undefined) throw new UsageError("expected a text, got empty stdin");
  return read;
}

/**
 * The prompts: a line each with `--lines`, else the one.
 * @throws {UsageError} if a line is empty, as it would be missed in what comes out.
 */
export function linesOf(prompt: Prompt, lines: boolean | undefined): readonly Prompt[] {
  if (!lines || typeof prompt !== "string") return [prompt];
  const all = prompt.split(/\r?\n/);
  const empty = all.indexOf("");
  if (empty < 0) return all;
  throw new UsageError(`expected a text in every line, got nothing in line ${empty + 1}`);
}
