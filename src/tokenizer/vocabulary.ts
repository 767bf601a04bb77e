/**
 * The pieces of a model, by id and by text.
 * sentencepiece v0.1.97: src/model_interface.cc (`InitializePieces`, `PieceToId`).
 *
 * Two maps, as in the C++ library. *Mergeable* pieces (normal, user-defined, unused) can be found
 * in text. *Reserved* ones (control, unknown, byte) cannot be merged to: the text `<bos>` is five
 * or so ordinary tokens, never the token `<bos>`. One text may stand in both maps, and the reserved
 * piece then takes over whatever is said about either.
 * @module
 */
import { brief } from "../brief.ts";
import { ArgumentError, FormatError, UnsupportedError } from "../errors.ts";
import { MAX_PIECES, type ModelProto, PieceType } from "./model-proto.ts";

const op = "Vocabulary";

/** The pieces of a model, checked against each other. */
export class Vocabulary {
  readonly model: ModelProto;
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
    const { pieces } = model;
    if (pieces.length > MAX_PIECES) {
      const expected = `at most ${MAX_PIECES} pieces`;
      throw new UnsupportedError({ op, file, expected, got: `${pieces.length}` });
    }
    this.model = model;
    this.size = pieces.length;
    this.mergeable = idsByText(model, file, (type) => !isReserved(type));
    this.reserved = idsByText(model, file, isReserved);
    this.unkId = unknownId(model, file);
    this.byteIds = byteIds(model, file);
    this.ranks = ranks(model);
    this.canonical = new Int32Array(this.size);
    this.types = new Uint8Array(this.size);
    for (let id = 0; id < this.size; id++) {
      const { piece, type } = pieces[id];
      this.canonical[id] = id;
      this.types[id] = type;
      if (type === PieceType.USER_DEFINED && piece.includes("\0")) {
        const expected = "a user-defined piece without U+0000";
        const got = brief(piece);
        throw new UnsupportedError({ op, file, argument: `pieces[${id}]`, expected, got });
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
    throw new ArgumentError({
      op: caller,
      argument: "id",
      expected: `an integer from 0 to ${this.size - 1}`,
      got: typeof id === "number" ? `${id}` : typeof id,
      hint: "are the ids from the tokenizer of another model?",
    });
  }
}

/** Whether pieces of `type` cannot be found in text. */
export function isReserved(type: PieceType): boolean {
  return type === PieceType.CONTROL || type === PieceType.UNKNOWN || type === PieceType.BYTE;
}

function idsByText(
  { pieces }: ModelProto,
  file: string,
  belongs: (type: PieceType) => boolean,
): Map<string, number> {
  const ids = new Map<string, number>();
  let count = 0;
  for (let id = 0; id < pieces.length; id++) {
    const { piece, type } = pieces[id];
    if (!belongs(type)) continue;
    ids.set(piece, id);
    if (ids.size === ++count) continue;
    const got = `${brief(piece)} a second time`;
    throw refusal(file, id, "a piece of its own", got);
  }
  return ids;
}

function unknownId({ pieces }: ModelProto, file: string): number {
  const first = pieces.findIndex(({ type }) => type === PieceType.UNKNOWN);
  if (first < 0) throw new FormatError({ op, file, expected: "an unknown piece", got: "none" });
  const second = pieces.findIndex(({ type }, id) => type === PieceType.UNKNOWN && id > first);
  if (second >= 0) throw refusal(file, second, "one unknown piece", `a second one after ${first}`);
  return first;
}

function byteIds({ pieces, trainerSpec }: ModelProto, file: string): Int32Array | undefined {
  const ids = new Int32Array(256).fill(-1);
  for (let id = 0; id < pieces.length; id++) {
    const { piece, type } = pieces[id];
    if (type !== PieceType.BYTE) continue;
    if (!trainerSpec.byteFallback) {
      throw refusal(file, id, "no byte piece, as byte_fallback is false", brief(piece));
    }
    if (!/^<0x[0-9A-F]{2}>$/.test(piece)) {
      throw refusal(file, id, "a byte, <0x00> to <0xFF>", brief(piece));
    }
    ids[byteOfPiece(piece)] = id;
  }
  if (!trainerSpec.byteFallback) return undefined;
  const missing = ids.indexOf(-1);
  if (missing < 0) return ids;
  const got = `none for byte ${missing}`;
  throw new FormatError({ op, file, expected: "256 byte pieces, as byte_fallback is true", got });
}

/** The byte that a byte piece stands for: 10 for `<0x0A>`. */
export function byteOfPiece(piece: string): number {
  return Number.parseInt(piece.slice(3, 5), 16);
}

/** The place of each score among all, from high to low; equal scores share one. */
function ranks({ pieces }: ModelProto): Int32Array {
  const order = Array.from(pieces, (_, id) => id);
  order.sort((a, b) => compare(pieces[b].score, pieces[a].score));
  const result = new Int32Array(pieces.length);
  for (let i = 1; i < order.length; i++) {
    const isLower = pieces[order[i]].score < pieces[order[i - 1]].score;
    result[order[i]] = result[order[i - 1]] + (isLower ? 1 : 0);
  }
  return result;
}

/** Not `a - b`, which is NaN for two infinities. */
function compare(a: number, b: number): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function refusal(file: string, id: number, expected: string, got: string): FormatError {
  return new FormatError({ op, file, argument: `pieces[${id}]`, expected, got });
}
