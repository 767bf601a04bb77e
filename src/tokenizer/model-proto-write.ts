/**
 * Writing a `tokenizer.model`: the inverse of `parseModelProto`, for a vocabulary that came inside
 * another file.
 * @module
 */
import { type ModelProto, type NormalizerSpec, type Piece, PieceType } from "./model-proto.ts";
import { tag, WireType } from "./protobuf.ts";

const { VARINT, LENGTH_DELIMITED, FIXED32 } = WireType;
const BPE = 2;

/**
 * The serialized message, as C++ SentencePiece loads it. It does not say how the model was trained,
 * which {@link ModelProto} does not know.
 */
export function writeModelProto(model: ModelProto): Uint8Array {
  const out = new ProtoWriter();
  for (const piece of model.pieces) out.message(1, pieceMessage(piece));
  out.message(2, trainerMessage(model));
  out.message(3, normalizerMessage(model.normalizerSpec));
  if (model.selfTests.length > 0) {
    const samples = new ProtoWriter();
    for (const { input, expected } of model.selfTests) {
      const sample = new ProtoWriter();
      sample.string(1, input);
      sample.string(2, expected);
      samples.message(1, sample);
    }
    out.message(4, samples);
  }
  return out.finish();
}

function pieceMessage({ piece, score, type }: Piece): ProtoWriter {
  const out = new ProtoWriter();
  out.string(1, piece);
  out.float(2, score);
  if (type !== PieceType.NORMAL) out.varint(3, type);
  return out;
}

function trainerMessage({ pieces, trainerSpec }: ModelProto): ProtoWriter {
  const { bosPiece, eosPiece, padPiece } = trainerSpec;
  const out = new ProtoWriter();
  out.varint(3, BPE);
  out.varint(4, pieces.length);
  out.varint(24, Number(trainerSpec.treatWhitespaceAsSuffix));
  out.varint(35, Number(trainerSpec.byteFallback));
  // The C++ library finds these four by their text; transformers goes by the ids.
  const unknown = pieces.findIndex(({ type }) => type === PieceType.UNKNOWN);
  const idOf = (text: string) => pieces.findIndex(({ piece }) => piece === text);
  for (const [field, id] of [
    [40, unknown],
    [41, idOf(bosPiece)],
    [42, idOf(eosPiece)],
    [43, idOf(padPiece)],
  ]) {
    if (id >= 0) out.varint(field, id);
  }
  out.string(44, trainerSpec.unkSurface);
  if (unknown >= 0) out.string(45, pieces[unknown].piece);
  out.string(46, bosPiece);
  out.string(47, eosPiece);
  out.string(48, padPiece);
  return out;
}

function normalizerMessage(spec: NormalizerSpec): ProtoWriter {
  const out = new ProtoWriter();
  out.string(1, "identity");
  out.varint(3, Number(spec.addDummyPrefix));
  out.varint(4, Number(spec.removeExtraWhitespaces));
  out.varint(5, Number(spec.escapeWhitespaces));
  return out;
}

/** One message; protobuf.ts describes the wire format. */
class ProtoWriter {
  #bytes = new Uint8Array(64);
  #length = 0;

  varint(number: number, value: number): void {
    this.#varint(tag(number, VARINT));
    this.#varint(value);
  }

  float(number: number, value: number): void {
    this.#varint(tag(number, FIXED32));
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.#append(bytes);
  }

  string(number: number, value: string): void {
    this.#delimited(number, new TextEncoder().encode(value));
  }

  message(number: number, message: ProtoWriter): void {
    this.#delimited(number, message.finish());
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #delimited(number: number, bytes: Uint8Array): void {
    this.#varint(tag(number, LENGTH_DELIMITED));
    this.#varint(bytes.length);
    this.#append(bytes);
  }

  #varint(value: number): void {
    const bytes = [];
    for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
    this.#append(Uint8Array.of(...bytes, value));
  }

  #append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#bytes.length));
      grown.set(this.finish());
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length = length;
  }
}
