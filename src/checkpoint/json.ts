/**
 * JSON objects from files, stricter than `JSON.parse`: bytes must be UTF-8, the value must be an
 * object, and no key may come twice (RFC 8259 §4 leaves that open, and `JSON.parse` silently keeps
 * the last, so that two readers of one file would see two different tensors).
 * @module
 */
import { FormatError } from "../errors.ts";
import { fileKind } from "./file-kind.ts";

const [OPENING_BRACE, CLOSING_BRACE, OPENING_BRACKET, CLOSING_BRACKET, COMMA, QUOTE, BACKSLASH] =
  Array.from('{}[],"\\', (character) => character.charCodeAt(0));

/**
 * The JSON object in `bytes`.
 * @throws {FormatError} naming `op` and `file` if there is none.
 */
export function parseJsonObject(
  bytes: Uint8Array,
  op: string,
  file: string,
): Record<string, unknown> {
  const refuse = (got: string, cause?: unknown, argument?: string) => {
    const kind = fileKind(bytes);
    const foreign = kind !== undefined && kind.kind !== "json";
    const [what, hint] = foreign
      ? [kind.title, kind.hint]
      : [got, "the file is damaged; get it again"];
    const expected = argument === undefined ? "a JSON object" : "the key once";
    return new FormatError({ op, file, argument, expected, got: what, hint }, { cause });
  };

  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw refuse("bytes that are not UTF-8", cause);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw refuse(cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (!isObject(value)) throw refuse(kindOf(value));
  const twice = duplicateKey(text);
  if (twice !== undefined) throw refuse("it twice", undefined, twice);
  return value;
}

/** Whether `value` is a JSON object (not an array, not null). */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A parsed JSON value in a message: "nothing", "a number", "an array". */
export function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** The first key that comes twice in an object of `json`, which must be valid JSON. */
function duplicateKey(json: string): string | undefined {
  const open: (Set<string> | undefined)[] = []; // the keys of each open object; undefined: an array
  let atKey = false;
  for (let i = 0; i < json.length; i++) {
    // By numbers: a tokenizer.json has 17 million characters.
    switch (json.charCodeAt(i)) {
      case OPENING_BRACE:
        open.push(new Set());
        atKey = true;
        break;
      case OPENING_BRACKET:
        open.push(undefined);
        break;
      case CLOSING_BRACE:
      case CLOSING_BRACKET:
        open.pop();
        break;
      case COMMA:
        atKey = true;
        break;
      case QUOTE: {
        const begin = i;
        let isEscaped = false;
        for (i++; json.charCodeAt(i) !== QUOTE; i++) {
          if (json.charCodeAt(i) !== BACKSLASH) continue;
          isEscaped = true;
          i++;
        }
        const keys = open.at(-1);
        if (!atKey || !keys) break;
        // "a" and "\u0061" are one key.
        const key: string = isEscaped
          ? JSON.parse(json.slice(begin, i + 1))
          : json.slice(begin + 1, i);
        if (keys.has(key)) return key;
        keys.add(key);
        atKey = false;
      }
    }
  }
  return undefined;
}
