/**
 * One line of `tokenize --json`: a question in JSON, and its answer.
 * @module
 */
import { GemmaError } from "../../errors.ts";
import { assertNames } from "../../options.ts";
import { parseJsonLine, refusalsOfLine } from "../../source/json-lines.ts";
import type { EncodeOptions, Tokenizer } from "../../tokenizer/tokenizer.ts";

const op = "tokenize";

/**
 * The answer to a line: `{"text": …}` → `{"ids": […], "pieces": […]}`, `{"ids": […]}` → `{"text": …}`.
 *
 * @param number of the line, from 1, for error messages.
 * @throws {FormatError} if it is not UTF-8, not JSON, or not such an object.
 * @throws {ArgumentError} if the object has other names, an id is not of this vocabulary, or a text cannot be encoded.
 */
export function answerLine(
  tokenizer: Tokenizer,
  line: Uint8Array,
  number: number,
  encoding: EncodeOptions = {},
): string {
  const expected = '{"text": string} or {"ids": [integers]}, not both';
  const refuse = refusalsOfLine({ op, number });
  const { text, ids, value } = parseJsonLine(line, { op, number, expected }, question);
  assertNames(refuse, value, { text: true, ids: true }, "a question");
  try {
    if (text !== undefined) return JSON.stringify(tokenizer.encodePieces(text, encoding));
    return JSON.stringify({ text: tokenizer.decode(ids) });
  } catch (error) {
    if (!(error instanceof GemmaError)) throw error;
    const { argument, expected = "", got = "", hint } = error;
    throw refuse.argument(argument, expected, got, hint, error);
  }
}

type Question = { value: object } & (
  | { text: string; ids?: undefined }
  | { text?: undefined; ids: number[] }
);

function question(value: Readonly<Record<string, unknown>>): Question | undefined {
  const { text, ids } = value;
  if (typeof text === "string" && ids === undefined) return { value, text };
  if (text === undefined && Array.isArray(ids) && ids.every(Number.isInteger))
    return { value, ids };
  return undefined;
}
