/**
 * JSON objects from files, stricter than `JSON.parse`: bytes must be UTF-8, the value must be an
 * object, and no key may come twice (RFC 8259 §4 leaves that open, and `JSON.parse` silently keeps
 * the last, so that two readers of one file would see two different tensors). A text that is nested deeper
 * than any file of a checkpoint, or has more values, is refused before it is built: a byte of it may take
 * fifty in memory.
 * @module
 */
import { refusals } from "../errors.ts";
import { fileKind } from "./file-kind.ts";

/** A value that JSON can hold. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

const [OPENING_BRACE, CLOSING_BRACE, OPENING_BRACKET, CLOSING_BRACKET, COMMA, QUOTE, BACKSLASH] =
  Array.from('{}[],"\\', (character) => character.charCodeAt(0));

/**
 * The JSON object in `bytes`.
 * @throws {FormatError} naming `op` and `file`, if the bytes are anything else.
 */
export function parseJsonObject(
  bytes: Uint8Array,
  op: string,
  file: string,
): Record<string, unknown> {
  const kind = fileKind(bytes);
  const foreign = kind?.kind === "json" ? undefined : kind;
  const hint = foreign?.hint ?? "the file is damaged; get it again";
  const refuse = (got: string, cause?: unknown, expected = "a JSON object", key?: string) =>
    refusals(op, file).format(key, expected, foreign?.title ?? got, hint, cause);

  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw refuse("bytes that are not UTF-8", cause);
  }
  let flaw: Flaw | undefined;
  let value: unknown;
  try {
    flaw = flawOf(text);
    if (!flaw) value = JSON.parse(text);
  } catch (cause) {
    throw refuse(cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (flaw) throw refuse(flaw.got, undefined, flaw.expected, flaw.key);
  if (!isObject(value)) throw refuse(kindOf(value));
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

/** Deeper than any of these files. */
const MAX_DEPTH = 64;
/** Gemma's tokenizer.json has some two million, most of them pairs to be merged and their halves. */
const MAX_VALUES = 2 ** 22;

/** A fault that `JSON.parse` would let pass. */
interface Flaw {
  readonly expected: string;
  readonly got: string;
  readonly key?: string;
}

/** The keys so far of an open object: a single key needs no set. `null` is an array. */
type Keys = undefined | string | Set<string> | null;

/**
 * The first key that comes twice in an object of `json`, or the sign that it is too large.
 * @throws {SyntaxError} if a key is not a JSON string. The rest may still not be JSON.
 */
function flawOf(json: string): Flaw | undefined {
  const open: Keys[] = [];
  let values = 1;
  let atKey = false;
  for (let i = 0; i < json.length; i++) {
    // By numbers: a tokenizer.json has 17 million characters.
    switch (json.charCodeAt(i)) {
      case OPENING_BRACE:
        open.push(undefined);
        values++;
        atKey = true;
        break;
      case OPENING_BRACKET:
        open.push(null);
        values++;
        break;
      case CLOSING_BRACE:
      case CLOSING_BRACKET:
        open.pop();
        break;
      case COMMA:
        values++;
        atKey = true;
        break;
      case QUOTE: {
        const begin = i;
        let isEscaped = false;
        for (i++; i < json.length && json.charCodeAt(i) !== QUOTE; i++) {
          if (json.charCodeAt(i) !== BACKSLASH) continue;
          isEscaped = true;
          i++;
        }
        const keys = open.at(-1);
        if (!atKey || open.length === 0 || keys === null) break;
        // "a" and "\u0061" are one key.
        const key: string = isEscaped
          ? JSON.parse(json.slice(begin, i + 1))
          : json.slice(begin + 1, i);
        if (keys === key || (keys instanceof Set && keys.has(key))) {
          return { expected: "the key once", got: "it twice", key };
        }
        open[open.length - 1] = withKey(keys, key);
        atKey = false;
      }
    }
    if (open.length > MAX_DEPTH) {
      return { expected: `values nested at most ${MAX_DEPTH} deep`, got: "deeper nesting" };
    }
    if (values > MAX_VALUES) return { expected: `at most ${MAX_VALUES} values`, got: "more" };
  }
  return undefined;
}

function withKey(keys: string | Set<string> | undefined, key: string): string | Set<string> {
  if (keys === undefined) return key;
  return typeof keys === "string" ? new Set([keys, key]) : keys.add(key);
}
