/**
 * The vocabulary inside a GGUF file, as llama.cpp's converters put it there.
 *
 * The converters lose two things, which are restored here. They do not record which pieces are user-defined,
 * so that turn markers and runs of newlines look like ordinary pieces; and older files do not say that Gemma
 * puts no space before a text.
 * @module
 */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import { type ModelProto, type Piece, PieceType } from "../../tokenizer/model-proto.ts";
import { gemmaUserDefined } from "../gemma-vocabulary.ts";

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
  const types = array("token_type", tokens.length);
  const isUserDefined = gemmaUserDefined(tokens as ArrayLike<string>);
  const pieces: Piece[] = [];
  for (let id = 0; id < tokens.length; id++) {
    const token = [tokens[id], scores[id], types[id]] as const;
    if (!isToken(...token)) {
      const expected = "a token with a text, a score and a type from 1 to 6";
      throw refuse.format(`tokenizer.ggml.tokens[${id}]`, expected, token.map(brief).join(", "));
    }
    const type = (isUserDefined(id) ? PieceType.USER_DEFINED : types[id]) as PieceType;
    pieces.push({ piece: tokens[id] as string, score: scores[id] as number, type });
  }
  while (isPadding(pieces.at(-1), pieces.length - 1)) pieces.pop();

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

function isToken(text: unknown, score: unknown, type: unknown): boolean {
  const isScored = typeof score === "number" && !Number.isNaN(score);
  const isTyped = Number.isInteger(type) && Number(type) >= 1 && Number(type) <= 6;
  return typeof text === "string" && text !== "" && isScored && isTyped;
}

/** Converters pad the vocabulary to the number of rows of the table. */
function isPadding(piece: Piece | undefined, id: number): boolean {
  return piece?.type === PieceType.UNUSED && piece.piece === `[PAD${id}]`;
}
