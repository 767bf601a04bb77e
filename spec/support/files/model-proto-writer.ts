/**
 * Writes ModelProtos for specs, so that a spec can show the whole model it is about. Only writes:
 * the reader under test has no part in it.
 */
import type { NormalizerSpec, PieceType, TrainerSpec } from "../../../src/tokenizer/model-proto.ts";

/** Text, score, type (normal if left out). */
export type PieceRow = readonly [piece: string, score?: number, type?: PieceType];

export interface Options extends Partial<TrainerSpec>, Partial<NormalizerSpec> {
  readonly modelType?: number;
  readonly selfTests?: readonly (readonly [input: string, expected: string])[];
}

/** The three pieces that every SentencePiece vocabulary starts with unless told otherwise. */
export const BASE: readonly PieceRow[] = [
  ["<unk>", 0, 2],
  ["<s>", 0, 3],
  ["</s>", 0, 3],
];

/** The settings of Gemma's normaliser. */
export const AS_GEMMA = { addDummyPrefix: false, removeExtraWhitespaces: false } as const;

export const BYTE_PIECES: readonly PieceRow[] = Array.from(
  { length: 256 },
  (_, byte) => [`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`, 0, 6] as const,
);

/** A model as bytes. Options left out are absent from the file; byte pieces are the caller's. */
export function modelProto(pieces: readonly PieceRow[], options: Options = {}): Uint8Array {
  const { modelType = 2, selfTests = [] } = options;
  const trainerSpec = [
    ...varintField(3, modelType),
    ...flag(24, options.treatWhitespaceAsSuffix),
    ...flag(35, options.byteFallback),
    ...text(44, options.unkSurface),
    ...text(46, options.bosPiece),
    ...text(47, options.eosPiece),
    ...text(48, options.padPiece),
  ];
  const normalizerSpec = [
    ...text(1, "identity"),
    ...flag(3, options.addDummyPrefix),
    ...flag(4, options.removeExtraWhitespaces),
    ...flag(5, options.escapeWhitespaces),
  ];
  return Uint8Array.from([
    ...pieces.flatMap((row) => field(1, pieceMessage(row))),
    ...field(2, trainerSpec),
    ...field(3, normalizerSpec),
    ...selfTests.flatMap(([input, expected]) =>
      field(4, field(1, [...text(1, input), ...text(2, expected)])),
    ),
  ]);
}

function pieceMessage([piece, score = 0, type = 1]: PieceRow): number[] {
  const float = new Uint8Array(new Float32Array([score]).buffer);
  return [...text(1, piece), (2 << 3) | 5, ...float, ...varintField(3, type)];
}

/** Field `number` of wire type 2, holding `bytes`. */
export function field(number: number, bytes: readonly number[]): number[] {
  return [...varint(number * 8 + 2), ...varint(bytes.length), ...bytes];
}

/** Field `number` of wire type 0. */
export function varintField(number: number, value: number): number[] {
  return [...varint(number * 8), ...varint(value)];
}

function flag(number: number, value: boolean | undefined): number[] {
  return value === undefined ? [] : varintField(number, value ? 1 : 0);
}

export function text(number: number, value: string | undefined): number[] {
  return value === undefined ? [] : field(number, [...new TextEncoder().encode(value)]);
}

export function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))];
}
