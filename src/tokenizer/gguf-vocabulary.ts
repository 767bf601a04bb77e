/**
 * The vocabulary inside a GGUF file, as llama.cpp's converters put it there.
 *
 * Two things are lost on that way and set right here. Converters leave out which pieces are
 * user-defined, so that turn markers and runs of newlines come as ordinary ones; and older files do not
 * say that Gemma puts no space before a text.
 * @module
 */
import { FormatError, UnsupportedError } from "../errors.ts";
import { gemmaUserDefined } from "./gemma-vocabulary.ts";
import { type ModelProto, type Piece, PieceType } from "./model-proto.ts";

const op = "ggufVocabulary";

/**
 * @param metadata of the file, by key.
 * @param file its name, for error messages.
 * @returns undefined if there is no vocabulary in it.
 * @throws {FormatError} if what is there is incomplete.
 * @throws {UnsupportedError} if it is no SentencePiece vocabulary.
 */
export function ggufVocabulary(
  metadata: ReadonlyMap<string, unknown>,
  file: string,
): ModelProto | undefined {
  const model = metadata.get("tokenizer.ggml.model");
  if (model === undefined || model === "no_vocab" || model === "none") return undefined;
  if (model !== "llama") {
    throw new UnsupportedError({
      op,
      file,
      argument: "tokenizer.ggml.model",
      expected: '"llama" (SentencePiece)',
      got: JSON.stringify(model),
    });
  }
  const array = (key: string, length?: number) => {
    const value = metadata.get(`tokenizer.ggml.${key}`) as ArrayLike<unknown> | undefined;
    const isArray = Array.isArray(value) || ArrayBuffer.isView(value);
    if (isArray && (length === undefined || value?.length === length)) return value;
    throw new FormatError({
      op,
      file,
      argument: `tokenizer.ggml.${key}`,
      expected: length === undefined ? "an array" : `an array of ${length}, one for each token`,
      got: isArray ? `${value?.length}` : value === undefined ? "nothing" : typeof value,
    });
  };
  const tokens = array("tokens") as ArrayLike<string>;
  const scores = array("scores", tokens.length) as ArrayLike<number>;
  const types = array("token_type", tokens.length) as ArrayLike<number>;
  const isUserDefined = gemmaUserDefined(tokens);
  const pieces: Piece[] = [];
  for (let id = 0; id < tokens.length; id++) {
    const type = isUserDefined(id) ? PieceType.USER_DEFINED : (types[id] as PieceType);
    const piece = { piece: tokens[id], score: scores[id], type };
    if (piece.piece === "" || Number.isNaN(piece.score) || !(type >= 1 && type <= 6)) {
      const expected = "a token with a text, a score and a type from 1 to 6";
      const got = `${JSON.stringify(piece.piece)}, ${piece.score}, ${type}`;
      throw new FormatError({ op, file, argument: `tokenizer.ggml.tokens[${id}]`, expected, got });
    }
    pieces.push(piece);
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
      addDummyPrefix: metadata.get("tokenizer.ggml.add_space_prefix") === true,
      removeExtraWhitespaces: metadata.get("tokenizer.ggml.remove_extra_whitespaces") === true,
      escapeWhitespaces: true,
    },
    selfTests: [],
  };
}

/** Converters fill the vocabulary up to the rows of the table. */
function isPadding(piece: Piece | undefined, id: number): boolean {
  return piece?.type === PieceType.UNUSED && piece.piece === `[PAD${id}]`;
}
