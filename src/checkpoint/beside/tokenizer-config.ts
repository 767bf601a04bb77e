/**
 * `tokenizer_config.json`, which says what SentencePiece's file does not: the token that begins a text and the
 * one that ends it, the tokens that were added, and the template of a chat.
 * transformers 5: src/transformers/tokenization_utils_base.py (`from_pretrained`).
 * @module
 */
import { brief } from "../../brief.ts";
import type { Refusals } from "../../errors.ts";
import { isObject } from "../../source/json.ts";
import type { AddedToken } from "../tokenizer-file.ts";
import { readAddedTokens } from "./added-tokens.ts";

/** What the file says. */
export interface TokenizerConfig {
  /** The text of the piece that begins a text, if it is named. */
  readonly bos?: string;
  /** The text of the piece that ends it. */
  readonly eos?: string;
  /** Whether transformers puts BOS before a text. */
  readonly addsBos?: boolean;
  readonly added: readonly AddedToken[];
  /** Jinja. */
  readonly chatTemplate?: string;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads the parsed file, or a `special_tokens_map.json`, which is a part of it.
 * @throws {FormatError} if a field is of another type.
 */
export function readTokenizerConfig(
  json: Readonly<Record<string, unknown>>,
  refuse: Refusals,
): TokenizerConfig {
  const { add_bos_token: addsBos } = json;
  return {
    bos: tokenText(json, "bos_token", refuse),
    eos: tokenText(json, "eos_token", refuse),
    ...(typeof addsBos === "boolean" && { addsBos }),
    added: readAddedTokens(json.added_tokens_decoder, "added_tokens_decoder", refuse),
    chatTemplate: chatTemplateOf(json.chat_template, refuse),
  };
}

/** A token is given by its text, or as an object with its text and how it is found. */
function tokenText(json: Json, key: string, refuse: Refusals): string | undefined {
  const value = json[key] ?? undefined;
  if (value === undefined || typeof value === "string") return value;
  const { content } = isObject(value) ? value : {};
  if (typeof content === "string") return content;
  throw refuse.format(key, "the text of a token", brief(value));
}

/** One template, or a list of templates by name, of which one is called "default". */
function chatTemplateOf(value: unknown, refuse: Refusals): string | undefined {
  if (typeof value === "string") return value === "" ? undefined : value;
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value) && value.length === 0) return undefined;
  const byName = Array.isArray(value)
    ? Object.fromEntries(
        value.map((entry) => (isObject(entry) ? [entry.name, entry.template] : [])),
      )
    : value;
  const text = isObject(byName) ? byName.default : undefined;
  if (typeof text === "string") return text;
  if (isObject(byName)) return `{# none of ${brief(Object.keys(byName))} is the default #}`;
  const expected = "a template, or a list of templates by name";
  throw refuse.format("chat_template", expected, brief(value));
}
