/**
 * Lines of stdin, as text or as a JSON object each, and errors that name the line.
 * @module
 */
import { FormatError } from "../errors.ts";

/** What a line is read for. */
export interface Line {
  /** The command, for error messages. */
  readonly op: string;
  /** The line's number, from 1. */
  readonly number: number;
  /** What it should say. */
  readonly expected: string;
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/** @throws {FormatError} if `line` is not UTF-8. */
export function decodeLine(line: Uint8Array, { op, number, expected }: Line): string {
  try {
    return decoder.decode(line);
  } catch (cause) {
    const file = `stdin, line ${number}`;
    const got = "bytes that are not UTF-8";
    throw new FormatError({ op, file, expected, got }, { cause });
  }
}

/**
 * What `pick` finds in the object on `line`; undefined means that it is not such an object.
 * @throws {FormatError} if so, or if the line is not UTF-8 or not JSON.
 */
export function parseJsonLine<T>(
  line: Uint8Array,
  about: Line,
  pick: (value: Readonly<Record<string, unknown>>) => T | undefined,
): T {
  const source = decodeLine(line, about).trim();
  const refuse = (cause?: unknown) => {
    const { op, number, expected } = about;
    const got = source === "" ? "an empty line" : abbreviated(source);
    return new FormatError({ op, file: `stdin, line ${number}`, expected, got }, { cause });
  };
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (error) {
    throw refuse(error);
  }
  const isObject = typeof value === "object" && value !== null;
  const found = isObject ? pick(value as Readonly<Record<string, unknown>>) : undefined;
  if (found === undefined) throw refuse();
  return found;
}

function abbreviated(line: string): string {
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}
