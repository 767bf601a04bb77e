/**
 * The vocabulary inside a GGUF file, as llama.cpp's converters put it there.
 *
 * Two things are lost on that way and set right here. Converters leave out which pieces are
 * user-defined, so that turn markers and runs of newlines come as ordinary ones; and older files do not
 * say that Gemma puts no space before a text.
 * @module
 */
import { brief } from "../../brief.ts";
import { FormatError, UnsupportedError } from "../../errors.ts";
import { type ModelProto, type Piece, PieceType } from "../../tokenizer/model-proto.ts";
import { gemmaUserDefined } from "../gemma-vocabulary.ts";

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
      got: brief(model),
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
      got: isArray ? `${value?.length}` : brief(value),
    });
  };
  const flag = (key: string) => {
    const argument = `tokenizer.ggml.${key}`;
    const value = metadata.get(argument);
    if (typeof value === "boolean" || value === undefined) return value === true;
    throw new FormatError({ op, file, argument, expected: "a bool", got: brief(value) });
  };
  const tokens = array("tokens");
  const scores = array("scores", tokens.length);
  const types = array("token_type", tokens.length);
  const isUserDefined = gemmaUserDefined(tokens as ArrayLike<string>);
  const pieces: Piece[] = [];
  for (let id = 0; id < tokens.length; id++) {
    if (!isToken(tokens[id], scores[id], types[id])) {
      const expected = "a token with a text, a score and a type from 1 to 6";
      const got = [tokens[id], scores[id], types[id]].map(brief).join(", ");
      throw new FormatError({ op, file, argument: `tokenizer.ggml.tokens[${id}]`, expected, got });
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

/** Converters fill the vocabulary up to the rows of the table. */
function isPadding(piece: Piece | undefined, id: number): boolean {
  return piece?.type === PieceType.UNUSED && piece.piece === `[PAD${id}]`;
}
