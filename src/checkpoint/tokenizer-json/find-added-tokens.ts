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
  for (const { 0: token, index } of json.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gs)) {
    if (token === "[" || token === "{") {
      depth++;
    } else if (token === "]" || token === "}") {
      depth--;
      if (begin >= 0 && depth === 1) return json.slice(begin, index + 1);
    } else if (depth === 1 && token === '"added_tokens"') {
      const value = /^\s*:\s*\[/.exec(json.slice(index + token.length, index + token.length + 64));
      if (value) begin = index + token.length + value[0].length - 1;
    }
  }
  return undefined;
}
