/**
 * One line of `tokenize --json`: a question in JSON, and its answer.
 * @module
 */
import { GemmaError, refusals } from "../../errors.ts";
import { parseJsonLine } from "../../source/json-lines.ts";
import type { EncodeOptions, Tokenizer } from "../../tokenizer/tokenizer.ts";

const op = "tokenize";

/**
 * The answer to a line: `{"text": …}` → `{"ids": […], "pieces": […]}`, `{"ids": […]}` → `{"text": …}`.
 * Other keys of the question are ignored.
 *
 * @param number of the line, from 1, for error messages.
 * @throws {FormatError} if it is not UTF-8, not JSON, or not such an object.
 * @throws {ArgumentError} if an id is not of this vocabulary, or a text cannot be encoded.
 */
export function answerLine(
  tokenizer: Tokenizer,
  line: Uint8Array,
  number: number,
  encoding: EncodeOptions = {},
): string {
  const expected = '{"text": string} or {"ids": [integers]}, not both';
  const { text, ids } = parseJsonLine(line, { op, number, expected }, question);
  try {
    if (text !== undefined) return JSON.stringify(tokenizer.encodePieces(text, encoding));
    return JSON.stringify({ text: tokenizer.decode(ids) });
  } catch (error) {
    if (!(error instanceof GemmaError)) throw error;
    const { argument, expected = "", got = "", hint } = error;
    throw refusals(op, `stdin, line ${number}`).argument(argument, expected, got, hint, error);
  }
}

type Question = { text: string; ids?: undefined } | { text?: undefined; ids: number[] };

function question({ text, ids }: Readonly<Record<string, unknown>>): Question | undefined {
  if (typeof text === "string" && ids === undefined) return { text };
  if (text === undefined && Array.isArray(ids) && ids.every(Number.isInteger)) return { ids };
  return undefined;
}
