/**
 * The vocabulary inside a GGUF file, as llama.cpp's converters put it there.
 *
 * The converters lose three things, which are restored here. They do not record which pieces are user-defined,
 * so that turn markers and runs of newlines look like ordinary pieces; tokens that were added for a chat, which are
 * found in text, become control pieces; and older files do not say that Gemma puts no space before a text.
 * @module
 */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import { type ModelProto, type Piece, PieceType } from "../../tokenizer/model-proto.ts";
import { isBytePiece, isPlaceholder } from "../../tokenizer/vocabulary.ts";
import { gemmaUserDefined } from "../gemma-vocabulary.ts";
import type { AddedToken } from "../tokenizer-file.ts";

/** The control pieces that every Gemma has. Their texts in a text are text. */
const NEVER_IN_TEXT: ReadonlySet<string> = new Set(["<bos>", "<eos>", "<pad>"]);

/**
 * The vocabulary in the metadata of a GGUF file.
 * @param metadata of the file, by key.
 * @param file its name, for error messages.
 * @returns undefined if there is no vocabulary in it.
 * @throws {FormatError} if the vocabulary is incomplete.
 * @throws {UnsupportedError} if it is not a SentencePiece vocabulary.
 */
export function ggufVocabulary(
  metadata: ReadonlyMap<string, unknown>,
  file: string,
): ModelProto | undefined {
  const refuse = refusals("ggufVocabulary", file);
  const model = metadata.get("tokenizer.ggml.model");
  if (model === undefined || model === "no_vocab" || model === "none") return undefined;
  if (model !== "llama") {
    throw refuse.unsupported("tokenizer.ggml.model", '"llama" (SentencePiece)', brief(model));
  }
  const array = (name: string, length?: number) => {
    const key = `tokenizer.ggml.${name}`;
    const value = metadata.get(key) as ArrayLike<unknown> | undefined;
    const isArray = Array.isArray(value) || ArrayBuffer.isView(value);
    if (!value || !isArray) throw refuse.format(key, "an array", brief(value));
    if (length === undefined || value.length === length) return value;
    throw refuse.format(key, `an array of ${length}, one for each token`, value.length);
  };
  const flag = (name: string) => {
    const key = `tokenizer.ggml.${name}`;
    const value = metadata.get(key);
    if (typeof value === "boolean" || value === undefined) return value === true;
    throw refuse.format(key, "a bool", brief(value));
  };
  const tokens = array("tokens");
  const scores = array("scores", tokens.length);
  const types = metadata.has("tokenizer.ggml.token_type")
    ? array("token_type", tokens.length)
    : typesByText(tokens as ArrayLike<string>, metadata);
  const isUserDefined = gemmaUserDefined(tokens as ArrayLike<string>);
  const pieces: Piece[] = [];
  for (let id = 0; id < tokens.length; id++) {
    const token = [tokens[id], scores[id], types[id]] as const;
    if (!isToken(...token)) {
      const expected = "a token with a text, a score and a type from 1 to 6";
      throw refuse.format(`tokenizer.ggml.tokens[${id}]`, expected, token.map(brief).join(", "));
    }
    const piece = tokens[id] as string;
    const isAdded = types[id] === PieceType.CONTROL && !NEVER_IN_TEXT.has(piece);
    const type = isUserDefined(id) || isAdded ? PieceType.USER_DEFINED : types[id];
    pieces.push({ piece, score: scores[id] as number, type: type as PieceType });
  }
  // Converters pad the vocabulary to the number of rows of the table.
  while (pieces.length > 0 && isPlaceholder(pieces[pieces.length - 1], pieces.length - 1)) {
    pieces.pop();
  }

  const special = (name: string, fallback: string) => {
    const id = metadata.get(`tokenizer.ggml.${name}_token_id`);
    return typeof id === "number" ? (pieces[id]?.piece ?? fallback) : fallback;
  };
  return {
    pieces,
    trainerSpec: {
      treatWhitespaceAsSuffix: false,
      byteFallback: pieces.some(({ type }) => type === PieceType.BYTE),
      bosPiece: special("bos", "<bos>"),
      eosPiece: special("eos", "<eos>"),
      padPiece: special("padding", "<pad>"),
      unkSurface: " \u2047 ",
    },
    normalizerSpec: {
      addDummyPrefix: flag("add_space_prefix"),
      removeExtraWhitespaces: flag("remove_extra_whitespaces"),
      escapeWhitespaces: true,
    },
    selfTests: [],
  };
}

/**
 * The types, in a file without them, as llama.cpp can do without. The unknown piece is the one that the metadata
 * name, or `<unk>`.
 */
function typesByText(
  tokens: ArrayLike<string>,
  metadata: ReadonlyMap<string, unknown>,
): PieceType[] {
  const unknown = metadata.get("tokenizer.ggml.unknown_token_id");
  return Array.from(tokens, (text, id) => {
    if (typeof unknown === "number" ? id === unknown : text === "<unk>") return PieceType.UNKNOWN;
    if (NEVER_IN_TEXT.has(text)) return PieceType.CONTROL;
    return isBytePiece(String(text)) ? PieceType.BYTE : PieceType.NORMAL;
  });
}

/**
 * The tokens that a file says were added: control pieces that are found in text.
 * @param model that {@link ggufVocabulary} read from the same metadata.
 */
export function ggufAddedTokens(
  metadata: ReadonlyMap<string, unknown>,
  { pieces }: ModelProto,
): AddedToken[] {
  const types = (metadata.get("tokenizer.ggml.token_type") ?? []) as ArrayLike<unknown>;
  return pieces.flatMap(({ piece: content, type }, id) => {
    const isAdded = types[id] === PieceType.CONTROL && type === PieceType.USER_DEFINED;
    return isAdded ? [{ id, content, special: true }] : [];
  });
}

function isToken(text: unknown, score: unknown, type: unknown): boolean {
  const isScored = typeof score === "number" && !Number.isNaN(score);
  const isTyped = Number.isInteger(type) && Number(type) >= 1 && Number(type) <= 6;
  return typeof text === "string" && text !== "" && isScored && isTyped;
}
