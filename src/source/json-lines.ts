/**
 * Lines of stdin, as text or as a JSON object each, and errors that name the line.
 * @module
 */
import { type FormatError, type Refusals, refusals } from "../errors.ts";

/** The command and the place of a line, for error messages. */
export interface Line {
  /** The command. */
  readonly op: string;
  /** The line's number, from 1. */
  readonly number: number;
  /** As in "expected a JSON object". */
  readonly expected: string;
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/** @throws {FormatError} if `line` is not UTF-8. */
export function decodeLine(line: Uint8Array, about: Line): string {
  try {
    return decoder.decode(line);
  } catch (cause) {
    throw refusal(about, "bytes that are not UTF-8", cause);
  }
}

/** The errors about a line. */
export function refusalsOfLine({ op, number }: Omit<Line, "expected">): Refusals {
  return refusals(op, `stdin, line ${number}`);
}

function refusal(about: Line, got: string, cause?: unknown): FormatError {
  return refusalsOfLine(about).format(undefined, about.expected, got, undefined, cause);
}

/**
 * What `pick` finds in the object on `line`.
 * @param pick gives undefined for an object of another kind.
 * @throws {FormatError} if it does, or if the line is not UTF-8 or not an object in JSON.
 */
export function parseJsonLine<T>(
  line: Uint8Array,
  about: Line,
  pick: (value: Readonly<Record<string, unknown>>) => T | undefined,
): T {
  const source = decodeLine(line, about).trim();
  const got = source === "" ? "an empty line" : abbreviated(source);
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (error) {
    throw refusal(about, got, error);
  }
  const isObject = typeof value === "object" && value !== null;
  const found = isObject ? pick(value as Readonly<Record<string, unknown>>) : undefined;
  if (found === undefined) throw refusal(about, got);
  return found;
}

function abbreviated(line: string): string {
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}
