/**
 * Tokens that were added to a vocabulary after SentencePiece made it, such as `<|im_start|>`. Fine-tunes name
 * them in JSON files, while the `tokenizer.model` beside often stays as it was.
 * transformers 5: src/transformers/tokenization_utils_base.py (`added_tokens_decoder`).
 *
 * Like `tokenizers`, we find every added token in text, special or not. `<bos>`, `<eos>` and `<pad>` are the
 * exception, as everywhere in this library.
 * @module
 */
import { brief } from "../../brief.ts";
import { type Refusals, refusals } from "../../errors.ts";
import { isObject } from "../../source/json.ts";
import { MAX_PIECES, type ModelProto, type Piece, PieceType } from "../../tokenizer/model-proto.ts";
import { SPACE_SYMBOL } from "../../tokenizer/normalizer.ts";
import { isReserved, placeholder } from "../../tokenizer/vocabulary.ts";
import type { AddedToken } from "../tokenizer-file.ts";

/** Control pieces, which are never found in text. */
const NEVER_IN_TEXT: ReadonlySet<string> = new Set(["<bos>", "<eos>", "<pad>", "<unk>"]);

/** Most ids in a row that mean nothing: tables are filled up to multiples of as much. */
const MAX_GAP = 1024;

/** What one file says of added tokens. */
export interface AddedTokens {
  /** The file's name. */
  readonly file: string;
  readonly tokens: readonly FoundToken[];
}

/** An added token, and how `tokenizers` would find it. */
export interface FoundToken extends AddedToken {
  /** Those of its options that are not done here. */
  readonly options?: readonly string[];
}

/**
 * `added_tokens` of a `tokenizer.json`, or the values of `added_tokens_decoder` with their ids.
 * @throws {FormatError} if an entry is not a token.
 */
export function readAddedTokens(value: unknown, key: string, refuse: Refusals): FoundToken[] {
  const entries: [string, unknown][] = Array.isArray(value)
    ? value.map((entry, i) => [`${key}[${i}]`, entry])
    : Object.entries(isObject(value) ? value : {}).map(([id, entry]) => [
        `${key}.${id}`,
        isObject(entry) ? { ...entry, id: Number(id) } : entry,
      ]);
  return entries.map(([at, entry]) => {
    const fields: Readonly<Record<string, unknown>> = isObject(entry) ? entry : {};
    const { id, content, special } = fields;
    if (isId(id) && typeof content === "string" && content !== "") {
      const options = ["lstrip", "rstrip", "single_word"].filter((name) => fields[name] === true);
      return { id, content, special: special === true, options };
    }
    throw refuse.format(at, "a token with an id and a content", brief(entry));
  });
}

/**
 * The old form, `added_tokens.json`: ids by text. It does not say which are special.
 * @throws {FormatError} if an id is not one.
 */
export function readIdsByText(
  json: Readonly<Record<string, unknown>>,
  refuse: Refusals,
): AddedToken[] {
  return Object.entries(json).map(([content, id]) => {
    if (isId(id) && content !== "") return { id, content, special: false };
    throw refuse.format(brief(content), "a token id", brief(id));
  });
}

function isId(id: unknown): id is number {
  return Number.isInteger(id) && Number(id) >= 0 && Number(id) < MAX_PIECES;
}

/**
 * What several files say, together. Where two disagree, the first holds.
 * @param warn hears of each disagreement.
 */
export function mergeAddedTokens(
  files: readonly AddedTokens[],
  warn: (message: string) => void,
): AddedToken[] {
  const byId = new Map<number, AddedToken & { readonly file: string }>();
  const byText = new Map<string, AddedToken & { readonly file: string }>();
  for (const { file, tokens } of files) {
    for (const token of tokens) {
      const { id, content } = token;
      const known = byId.get(id) ?? byText.get(content);
      const { options = [] } = token;
      if (!known && options.length > 0 && !NEVER_IN_TEXT.has(content)) {
        const said = `${file} gives token ${id}, ${brief(content)}, ${options.join(" and ")}`;
        warn(
          `${said}, which SentencePiece does not have: the spaces beside it stay, and it is found within words`,
        );
      }
      if (!known) {
        byId.set(id, { ...token, file });
        byText.set(content, { ...token, file });
      } else if (known.id !== id || known.content !== content) {
        const calls = `${known.file} calls token ${known.id} ${brief(known.content)}`;
        warn(`${calls}, ${file} calls token ${id} ${brief(content)}; the former is taken`);
      }
    }
  }
  return [...byId.values()]
    .sort((a, b) => a.id - b.id)
    .map(({ id, content, special }) => ({ id, content, special }));
}

/**
 * A vocabulary with `added` in it: new pieces behind its own, and pieces of its own under a new name. Where ids
 * are left out between them, unused pieces stand.
 * @param file the vocabulary's name, for error messages.
 * @param warn hears of each piece that gets another name.
 * @throws {FormatError} if the tokens were added to another vocabulary.
 */
export function withAddedTokens(
  model: ModelProto,
  added: readonly AddedToken[],
  file: string,
  warn: (message: string) => void = () => {},
): ModelProto {
  const fresh = added.filter((token) => !isPiece(token, model.pieces[token.id]));
  if (fresh.length === 0) return model; // as for Gemma's own list: nothing of a large vocabulary is copied
  const refuse = refusals("addedTokens", file);
  const pieces = [...model.pieces];
  const ids = new Map(pieces.map(({ piece }, id) => [piece, id]));
  for (const { id, content } of fresh) {
    const text = content.replaceAll(" ", SPACE_SYMBOL);
    const known: Piece | undefined = pieces[id];
    const isSame = known?.piece === text;
    const isLearnt =
      known && !isSame && (known.type === PieceType.NORMAL || known.type === PieceType.BYTE);
    const most = pieces.length + MAX_GAP;
    if (isLearnt || id >= most) {
      const hint = "the added tokens belong to another vocabulary; get all files from one place";
      const got = `added token ${id}, ${brief(content)}`;
      const expected = known
        ? `${brief(known.piece)} as token ${id}`
        : `an added token below ${most}`;
      throw refuse.format("added_tokens", expected, got, hint);
    }
    const twin = ids.get(text);
    if (twin !== undefined && twin !== id) {
      const got = `${brief(content)}, which is token ${twin} already`;
      throw refuse.format("added_tokens", `a new text for token ${id}`, got);
    }
    if (known && !isSame && known.type !== PieceType.UNUSED) {
      warn(
        `token ${id} is ${brief(known.piece)} in ${file} and was renamed to ${brief(content)}; the new name is taken`,
      );
    }
    while (pieces.length < id) pieces.push(placeholder(pieces.length));
    pieces[id] = { piece: text, score: known?.score ?? 0, type: PieceType.USER_DEFINED };
  }
  return { ...model, pieces, selfTests: [] };
}

/** Whether an added token is a piece already, of a type that is not made by merging. */
function isPiece({ content }: AddedToken, known: Piece | undefined): boolean {
  if (!known) return false;
  const isTab = known.type === PieceType.BYTE && content === "\t"; // the converter writes it for <0x09>
  const isSame = isTab || known.piece === content.replaceAll(" ", SPACE_SYMBOL);
  return isSame && (isReserved(known.type) || known.type === PieceType.USER_DEFINED);
}
