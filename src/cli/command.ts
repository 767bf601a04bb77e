/**
 * What a command is, and how its options are declared: one table serves `parseArgs`, the types of
 * the values, and the help.
 * @module
 */
import { parseArgs } from "node:util";
import { brief } from "../brief.ts";
import { nearest } from "../option-hints.ts";
import type { Io } from "./io.ts";

/** How an option is declared. */
export interface Option {
  readonly type: "string" | "boolean";
  readonly short?: string;
  /** May be given several times. */
  readonly multiple?: boolean;
  /** How the help calls the value: `DIR`. */
  readonly value?: string;
  /** One line of help, without a full stop. */
  readonly help: string;
}

/** Options by name, without the dashes. */
export type Options = Readonly<Record<string, Option>>;

/** A command, and what its help says. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands, without a full stop. */
  readonly summary: string;
  /** What may follow the name, one line a form. */
  readonly usage: readonly string[];
  /** What the summary leaves out. Lines are made by the help, which keeps empty lines only. */
  readonly description: string;
  readonly options: Options;
  /** What follows the name of the program in each example. */
  readonly examples: readonly string[];
  /**
   * @param argv what followed the name of the command.
   * @returns the exit code; undefined is 0.
   */
  run(argv: readonly string[], io: Io): Promise<number | undefined>;
}

/** The options that every command has. */
export const COMMON_OPTIONS = {
  json: { type: "boolean", help: "Write JSON to stdout, for programs" },
  debug: { type: "boolean", help: "Show the stack of an error" },
  help: { type: "boolean", short: "h", help: "Show this help" },
} as const;

/** The values of options, typed by their table. */
export type Values<T extends Options> = {
  readonly [Name in keyof T]?: T[Name] extends { readonly multiple: true }
    ? readonly string[]
    : T[Name] extends { readonly type: "boolean" }
      ? boolean
      : string;
};

/** A command line, taken apart. */
export interface Arguments<T extends Options> {
  readonly values: Values<T & typeof COMMON_OPTIONS>;
  readonly positionals: readonly string[];
}

/** This program does not understand the command line: exit code 2. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}

/** The command does not have this option. What was meant, `hints/options.ts` knows. */
export class UnknownOption extends UsageError {
  /** As it was written, without a value behind `=`. */
  readonly written: string;

  constructor(arg: string) {
    const written = arg.replace(/^(-[\w-]+)=.*$/s, "$1");
    super(`unknown option ${brief(written)}`);
    this.written = written;
  }
}

/**
 * Takes a command line apart.
 * @throws {UsageError} if an option is unknown, or lacks its value.
 */
export function parse<const T extends Options>(options: T, argv: readonly string[]): Arguments<T> {
  const all: Options = { ...COMMON_OPTIONS, ...options };
  const args = joinValues(argv, all);
  try {
    const { values, positionals } = parseArgs({ args, options: all, allowPositionals: true });
    return { values: values as Values<T & typeof COMMON_OPTIONS>, positionals };
  } catch (error) {
    throw new UsageError(usageMessage(error as Error), { cause: error });
  }
}

/**
 * Joins options and their values, `--seed -5` to `--seed=-5`: Node takes every value that begins with a dash
 * for an option. Here a negative number is a value, which the option may then refuse.
 * @throws {UsageError} if an option is unknown, or its value is missing or looks like an option.
 */
function joinValues(argv: readonly string[], options: Options): string[] {
  const args: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const [arg, value] = [argv[i], argv[i + 1]];
    if (arg === "--") return [...args, ...argv.slice(i)];
    const name = Object.keys(options).find((name) => arg === `--${name}`);
    const option = name === undefined ? undefined : options[name];
    if (isUnknown(arg, options)) throw new UnknownOption(arg);
    if (option?.type !== "string") {
      args.push(arg);
    } else if (value !== undefined && /^(?!-)|^-$|^-\.?\d/.test(value)) {
      args.push(`${arg}=${value}`);
      i++;
    } else {
      const kind = option.value ?? "a value";
      const way = `; if that is the value, write ${arg}=${kind}`;
      const got = value === undefined ? "nothing" : JSON.stringify(value) + way;
      throw new UsageError(`${arg} expects ${kind}, got ${got}`);
    }
  }
  return args;
}

/** Node would name the first letter of `-sys`, and advise on positionals. */
function isUnknown(arg: string, options: Options): boolean {
  if (!arg.startsWith("-") || arg === "-") return false;
  return !Object.entries(options).some(
    ([name, { short }]) => arg.split("=")[0] === `--${name}` || (short && arg === `-${short}`),
  );
}

/** Node's sentence, as all of ours begin. */
function usageMessage({ message }: Error): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}

function refusal(name: string, expected: string, text: string, hint?: string): UsageError {
  const next = hint === undefined ? "" : `; ${hint}`;
  return new UsageError(`--${name} expects ${expected}, got ${brief(text)}${next}`);
}

/** Which numbers an option takes, and what a message calls them. */
export interface NumberRange {
  readonly as: string;
  includes(value: number): boolean;
}

/** The number that an option is given. @throws {UsageError} if it is not a number of the range. */
export function numberOption(
  name: string,
  text: string | undefined,
  range: NumberRange,
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && range.includes(value)) return value;
  throw refusal(name, range.as, text);
}

/** The integer that an option is given. @throws {UsageError} unless it is one from `least` to `most`. */
export function integerOption(
  name: string,
  text: string | undefined,
  least = 0,
  most: number = Number.MAX_SAFE_INTEGER,
): number | undefined {
  const isOpen = most === Number.MAX_SAFE_INTEGER;
  return numberOption(name, text, {
    as: `an integer ${isOpen ? `of ${least} or more` : `from ${least} to ${most}`}`,
    includes: (value) => Number.isSafeInteger(value) && value >= least && value <= most,
  });
}

/** What is meant by words that are no choice. */
export interface Meanings<T extends string> {
  /** The choice that other words stand for. */
  readonly words?: Readonly<Partial<Record<T, string>>>;
  /** What is to be said of words that no choice stands for. */
  readonly sentences?: readonly (readonly [words: RegExp, sentence: string])[];
}

/**
 * The word that an option is given, in capitals or not.
 * @throws {UsageError} unless it is one of `choices`, with the one that was meant if there is one.
 */
export function choiceOption<T extends string>(
  name: string,
  text: string | undefined,
  choices: readonly T[],
  meanings: Meanings<T> = {},
): T | undefined {
  if (text === undefined) return undefined;
  const word = text.toLowerCase();
  const found = choices.find((choice) => choice.toLowerCase() === word);
  if (found !== undefined) return found;
  const isMeant = (choice: T) => meanings.words?.[choice]?.split(" ").includes(word);
  const said = meanings.sentences?.find(([pattern]) => pattern.test(word))?.[1];
  const meant = choices.find(isMeant) ?? (said === undefined ? nearest(text, choices) : undefined);
  const hint = meant === undefined ? said : `did you mean ${meant}?`;
  throw refusal(name, choices.join(" | "), text, hint);
}

/** The token ids that an option is given: `2,7,9`. @throws {UsageError} unless all are ids. */
export function idsOption(name: string, text: string | undefined): number[] | undefined {
  if (text === undefined) return undefined;
  const parts = text.split(/[\s,]+/).filter((part) => part !== "");
  if (parts.length > 0 && parts.every((part) => /^\d+$/.test(part))) return parts.map(Number);
  throw refusal(name, "token ids such as 2,7,9", text);
}
