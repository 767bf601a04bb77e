/**
 * One line of `tokenize --json`: a question in JSON, and its answer.
 * @module
 */
import { ArgumentError, FormatError, GemmaError } from "../errors.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";

const op = "tokenize";

/**
 * The answer to a line: `{"text": …}` → `{"ids": […], "pieces": […]}`, `{"ids": […]}` → `{"text": …}`.
 * Other keys of the question are ignored.
 *
 * @param number of the line, from 1, for error messages.
 * @throws {FormatError} if it is not UTF-8, not JSON, or not such an object.
 * @throws {ArgumentError} if an id is not of this vocabulary, or a text cannot be encoded.
 */
export function answerLine(tokenizer: Tokenizer, line: Uint8Array, number: number): string {
  const file = `stdin, line ${number}`;
  const { text, ids } = parseLine(line, file);
  try {
    if (text !== undefined) return JSON.stringify(tokenizer.encodePieces(text));
    return JSON.stringify({ text: tokenizer.decode(ids) });
  } catch (error) {
    if (!(error instanceof GemmaError)) throw error;
    const { argument, expected, got, hint } = error;
    throw new ArgumentError({ op, file, argument, expected, got, hint }, { cause: error });
  }
}

type Question = { text: string; ids?: undefined } | { text?: undefined; ids: number[] };

const decoder = new TextDecoder("utf-8", { fatal: true });

function parseLine(line: Uint8Array, file: string): Question {
  const refuse = (got: string, cause?: unknown) => {
    const expected = '{"text": string} or {"ids": [integers]}';
    return new FormatError({ op, file, expected, got }, { cause });
  };
  let source: string;
  let value: unknown;
  try {
    source = decoder.decode(line);
  } catch (error) {
    throw refuse("bytes that are not UTF-8", error);
  }
  const shown = source.trim() === "" ? "an empty line" : abbreviated(source);
  try {
    value = JSON.parse(source);
  } catch (error) {
    throw refuse(shown, error);
  }
  if (typeof value !== "object" || value === null) throw refuse(shown);
  const { text, ids } = value as { text?: unknown; ids?: unknown };
  if (typeof text === "string" && ids === undefined) return { text };
  if (text === undefined && Array.isArray(ids) && ids.every(Number.isInteger)) return { ids };
  throw refuse(text !== undefined && ids !== undefined ? "both" : shown);
}

function abbreviated(source: string): string {
  const line = source.trim();
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}
