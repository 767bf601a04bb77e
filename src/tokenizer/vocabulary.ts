/**
 * The pieces of a model, by id and by text.
 * sentencepiece v0.1.97: src/model_interface.cc (`InitializePieces`, `PieceToId`).
 *
 * Two maps, as in the C++ library. *Mergeable* pieces (normal, user-defined, unused) can be found
 * in text. *Reserved* ones (control, unknown, byte) cannot be merged to: the text `<bos>` is five
 * or so ordinary tokens, never the token `<bos>`. The same text may stand in both maps; the reserved
 * piece then overrides the mergeable one.
 * @module
 */
import { brief } from "../brief.ts";
import { idHint, numberGot } from "../check.ts";
import { type Refusals, refusals } from "../errors.ts";
import { MAX_PIECES, type ModelProto, type Piece, PieceType } from "./model-proto.ts";

/** Receives a piece: its id, and where it lies in the text. */
export type EmitPiece = (id: number, begin: number, end: number) => void;

/** The pieces of a model, checked against each other. */
export class Vocabulary {
  /** The file it was made from. */
  readonly model: ModelProto;
  /** How many pieces there are. */
  readonly size: number;
  /** Texts that merging may produce → id. */
  readonly mergeable: ReadonlyMap<string, number>;
  /** Texts of control, unknown and byte pieces → id. */
  readonly reserved: ReadonlyMap<string, number>;
  /** Id → the id its text is looked up as: itself, or the reserved piece of the same text. */
  readonly canonical: Int32Array;
  /** Id → {@link PieceType} of the canonical piece. */
  readonly types: Uint8Array;
  /** Id → rank of its score: 0 merges first, equal scores share a rank. */
  readonly ranks: Int32Array;
  /** The piece for what no other stands for. */
  readonly unkId: number;
  /** Byte → id of its piece; undefined if the model has no byte fallback. */
  readonly byteIds: Int32Array | undefined;

  /**
   * @param file where the model was read from, for error messages.
   * @throws {FormatError} if a text occurs twice, there is not exactly one unknown piece, or the
   * byte pieces are not all 256 or none.
   * @throws {UnsupportedError} if a user-defined piece contains U+0000, where the C++ library would
   * cut it.
   */
  constructor(model: ModelProto, file = "tokenizer.model") {
    const refuse = refusals("Vocabulary", file);
    if (!Array.isArray(model?.pieces)) {
      const hint = "Tokenizer.fromBytes takes the bytes of a tokenizer.model";
      throw refuse.argument("model", "what parseModelProto gives", brief(model), hint);
    }
    const { pieces } = model;
    if (pieces.length > MAX_PIECES) {
      throw refuse.unsupported(undefined, `at most ${MAX_PIECES} pieces`, pieces.length);
    }
    this.model = model;
    this.size = pieces.length;
    this.mergeable = idsByText(model, refuse, (type) => !isReserved(type));
    this.reserved = idsByText(model, refuse, isReserved);
    this.unkId = unknownId(model, refuse);
    this.byteIds = byteIds(model, refuse);
    this.ranks = ranks(model);
    this.canonical = new Int32Array(this.size);
    this.types = new Uint8Array(this.size);
    for (let id = 0; id < this.size; id++) {
      const { piece, type } = pieces[id];
      this.canonical[id] = id;
      this.types[id] = type;
      if (type === PieceType.USER_DEFINED && piece.includes("\0")) {
        const expected = "a user-defined piece without U+0000";
        throw refuse.unsupported(`pieces[${id}]`, expected, brief(piece));
      }
    }
    for (const [piece, id] of this.reserved) {
      const twin = this.mergeable.get(piece);
      if (twin === undefined) continue;
      this.canonical[twin] = id;
      this.types[twin] = this.types[id];
    }
  }

  /** The id whose piece is exactly `text`, or undefined. */
  idOf(text: string): number | undefined {
    return this.reserved.get(text) ?? this.mergeable.get(text);
  }

  /** @throws {ArgumentError} unless `id` is a token id of this vocabulary. */
  assertId(caller: string, id: number): void {
    if (Number.isInteger(id) && id >= 0 && id < this.size) return;
    const expected = `an integer from 0 to ${this.size - 1}`;
    const hint = idHint(id, "are the ids from the tokenizer of another model?");
    throw refusals(caller).argument("id", expected, numberGot(id), hint);
  }
}

/** Whether pieces of `type` cannot be found in text. */
export function isReserved(type: PieceType): boolean {
  return type === PieceType.CONTROL || type === PieceType.UNKNOWN || type === PieceType.BYTE;
}

function idsByText(
  { pieces }: ModelProto,
  refuse: Refusals,
  belongs: (type: PieceType) => boolean,
): Map<string, number> {
  const ids = new Map<string, number>();
  let count = 0;
  for (let id = 0; id < pieces.length; id++) {
    const { piece, type } = pieces[id];
    if (!belongs(type)) continue;
    ids.set(piece, id);
    if (ids.size === ++count) continue;
    throw refuse.format(`pieces[${id}]`, "a new text", `${brief(piece)} a second time`);
  }
  return ids;
}

function unknownId({ pieces }: ModelProto, refuse: Refusals): number {
  const first = pieces.findIndex(({ type }) => type === PieceType.UNKNOWN);
  if (first < 0) throw refuse.format(undefined, "an unknown piece", "none");
  const second = pieces.findIndex(({ type }, id) => type === PieceType.UNKNOWN && id > first);
  if (second < 0) return first;
  throw refuse.format(`pieces[${second}]`, "one unknown piece", `a second one after ${first}`);
}

function byteIds({ pieces, trainerSpec }: ModelProto, refuse: Refusals): Int32Array | undefined {
  const ids = new Int32Array(256).fill(-1);
  for (let id = 0; id < pieces.length; id++) {
    const { piece, type } = pieces[id];
    if (type !== PieceType.BYTE) continue;
    const at = `pieces[${id}]`;
    if (!trainerSpec.byteFallback) {
      throw refuse.format(at, "no byte piece, as byte_fallback is false", brief(piece));
    }
    if (!isBytePiece(piece)) {
      throw refuse.format(at, "a byte, <0x00> to <0xFF>", brief(piece));
    }
    ids[byteOfPiece(piece)] = id;
  }
  if (!trainerSpec.byteFallback) return undefined;
  const missing = ids.indexOf(-1);
  if (missing < 0) return ids;
  const expected = "256 byte pieces, as byte_fallback is true";
  throw refuse.format(undefined, expected, `none for byte ${missing}`);
}

/**
 * What stands for an id that means nothing, in a vocabulary with gaps: llama.cpp's converters write it, and its text is
 * not to be read.
 */
export function placeholder(id: number): Piece {
  return { piece: `[PAD${id}]`, score: -10_000, type: PieceType.UNUSED };
}

/** Whether the piece of `id` is a {@link placeholder}. */
export function isPlaceholder({ piece, type }: Piece, id: number): boolean {
  return type === PieceType.UNUSED && piece === `[PAD${id}]`;
}

/** Whether `piece` has the form of a byte piece, `<0x00>` to `<0xFF>`. */
export function isBytePiece(piece: string): boolean {
  return /^<0x[0-9A-F]{2}>$/.test(piece);
}

/** The byte that a byte piece stands for: 10 for `<0x0A>`. */
export function byteOfPiece(piece: string): number {
  return Number.parseInt(piece.slice(3, 5), 16);
}

/** The place of each score among all scores, from high to low; equal scores share a place. */
function ranks({ pieces }: ModelProto): Int32Array {
  const order = Array.from(pieces, (_, id) => id);
  order.sort((a, b) => {
    const [x, y] = [pieces[a].score, pieces[b].score]; // not y - x, which is NaN for two infinities
    if (x === y) return 0;
    return x > y ? -1 : 1;
  });
  const result = new Int32Array(pieces.length);
  for (let i = 1; i < order.length; i++) {
    const isLower = pieces[order[i]].score < pieces[order[i - 1]].score;
    result[order[i]] = result[order[i - 1]] + (isLower ? 1 : 0);
  }
  return result;
}
