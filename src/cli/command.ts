/**
 * What a command is, and how its options are declared: one table serves `parseArgs`, the types of
 * the values, and the help.
 * @module
 */
import { parseArgs } from "node:util";
import type { Io } from "./io.ts";

export interface Option {
  readonly type: "string" | "boolean";
  readonly short?: string;
  /** May be given several times. */
  readonly multiple?: boolean;
  /** What stands for the value in the help: `DIR`. */
  readonly value?: string;
  /** One line of help, without a full stop. */
  readonly help: string;
}

export type Options = Readonly<Record<string, Option>>;

export interface Command {
  readonly name: string;
  /** One line for the list of commands, without a full stop. */
  readonly summary: string;
  /** What may follow the name, one line a form. */
  readonly usage: readonly string[];
  /** What the summary leaves out, in lines of at most 80 characters. */
  readonly description: readonly string[];
  readonly options: Options;
  /** What follows the name of the program in each example. */
  readonly examples: readonly string[];
  /**
   * @param argv what followed the name of the command.
   * @returns the exit code, 0 if nothing else is said.
   */
  run(argv: readonly string[], io: Io): Promise<number | undefined>;
}

/** Options of every command. */
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

export interface Arguments<T extends Options> {
  readonly values: Values<T & typeof COMMON_OPTIONS>;
  readonly positionals: readonly string[];
}

/** The command line is not one this program understands: exit code 2. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}

/** @throws {UsageError} if an option is unknown, or lacks its value. */
export function parse<const T extends Options>(options: T, argv: readonly string[]): Arguments<T> {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: { ...COMMON_OPTIONS, ...options } as Options,
      allowPositionals: true,
    });
    return { values: values as Values<T & typeof COMMON_OPTIONS>, positionals };
  } catch (error) {
    throw new UsageError(usageMessage(error as Error), { cause: error });
  }
}

/** Node's sentence, without its advice on positionals, which has nothing to do with a mistyped flag. */
function usageMessage({ message }: Error): string {
  const [sentence] = message.split(". To specify a positional argument");
  const text = sentence.replaceAll("\n", " ").replace(/\.$/, "");
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** The value of an option that is a number. @throws {UsageError} if it is none. */
export function numberOption(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value)) return value;
  throw new UsageError(`--${name} expects a number, got ${JSON.stringify(text)}`);
}

/** The value of an option that is an integer of at least `least`. @throws {UsageError} if it is not. */
export function integerOption(
  name: string,
  text: string | undefined,
  least = 0,
): number | undefined {
  const value = numberOption(name, text);
  if (value === undefined || (Number.isSafeInteger(value) && value >= least)) return value;
  throw new UsageError(`--${name} expects an integer of ${least} or more, got ${text}`);
}

/** The value of an option that is one of a few words. @throws {UsageError} if it is another. */
export function choiceOption<T extends string>(
  name: string,
  text: string | undefined,
  choices: readonly T[],
): T | undefined {
  if (text === undefined || (choices as readonly string[]).includes(text)) return text as T;
  throw new UsageError(`--${name} expects ${choices.join(" | ")}, got ${JSON.stringify(text)}`);
}

/** Token ids in a list: `2,7,9`. @throws {UsageError} if one is no id. */
export function idsOption(name: string, text: string | undefined): number[] | undefined {
  if (text === undefined) return undefined;
  const parts = text.split(/[\s,]+/).filter((part) => part !== "");
  if (parts.length > 0 && parts.every((part) => /^\d+$/.test(part))) return parts.map(Number);
  throw new UsageError(`--${name} expects token ids such as 2,7,9, got ${JSON.stringify(text)}`);
}
