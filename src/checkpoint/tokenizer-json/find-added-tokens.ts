/**
 * `added_tokens` of a `tokenizer.json` that lies beside a `tokenizer.model`. The file has 17 MB for Gemma, nearly
 * all of it a vocabulary that the other file has too, and this list stands at its beginning.
 * @module
 */
import { type ByteSource, readAll, readExactly } from "../../source/byte-source.ts";
import { parseJsonObject } from "../../source/json.ts";

/** Gemma's own list of 249 takes 50 KB. */
const BEGINNING = 2 ** 20;

/**
 * The list as parsed JSON; undefined if there is none.
 * @param op for error messages, as is `file`.
 * @throws {FormatError} if the file is not JSON as far as it is read.
 */
export async function findAddedTokens(
  source: ByteSource,
  op: string,
  file: string,
  signal?: AbortSignal,
): Promise<unknown> {
  const end = Math.min(source.size, BEGINNING);
  const begin = await readExactly(op, source, 0, end, signal);
  const list = listIn(new TextDecoder().decode(begin));
  // Parsed as the whole of a file, so that it is held to the same rules.
  if (list !== undefined) {
    const bytes = new TextEncoder().encode(`{"added_tokens":${list}}`);
    return parseJsonObject(bytes, op, file).added_tokens;
  }
  const whole = end === source.size ? begin : await readAll(source, signal);
  return parseJsonObject(whole, op, file).added_tokens;
}

/** The text of the array behind the key, if both are whole and the key is one of the outermost object. */
function listIn(json: string): string | undefined {
  let depth = 0;
  let begin = -1;
  let isKey = false; // whether the last string was the key
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (character === '"') {
      const end = endOfString(json, at);
      if (end < 0) return undefined;
      isKey = depth === 1 && json.slice(at, end + 1) === '"added_tokens"';
      at = end;
    } else if (character === "[" || character === "{") {
      if (isKey && character === "[" && begin < 0) begin = at;
      isKey = false;
      depth++;
    } else if (character === "]" || character === "}") {
      depth--;
      if (begin >= 0 && depth === 1) return json.slice(begin, at + 1);
    } else if (!/[\s:]/.test(character)) {
      isKey = false;
    }
  }
  return undefined;
}

/** Where the string that begins at `at` ends, or -1. */
function endOfString(json: string, at: number): number {
  for (let i = at + 1; i < json.length; i++) {
    if (json[i] === "\\") i++;
    else if (json[i] === '"') return i;
  }
  return -1;
}
