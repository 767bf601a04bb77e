/** Models unlike Gemma's, against the C++ library: provenance in cpp-variants.json. */
import { describe, expect, it } from "vitest";
import { Tokenizer } from "../../src/tokenizer/tokenizer.ts";
import {
  BYTE_PIECES,
  modelProto,
  type Options,
  type PieceRow,
} from "../support/files/model-proto-writer.ts";
import { readFile } from "../support/files.ts";
import type { DecodeCase, EncodeCase } from "../support/tokenizer-fixture.ts";

interface Variant {
  readonly name: string;
  readonly pieces: readonly PieceRow[];
  readonly options: Options;
  readonly encode: readonly EncodeCase[];
  readonly decode: readonly DecodeCase[];
}

const json = readFile("fixtures/tokenizer/cpp-variants.json");
const { models } = JSON.parse(new TextDecoder().decode(json)) as { models: Variant[] };

describe.each(models)("SentencePiece: $name", ({ pieces, options, encode, decode }) => {
  const bytes = options.byteFallback ? BYTE_PIECES : [];
  const tokenizer = Tokenizer.fromBytes(modelProto([...pieces, ...bytes], options));

  it.each(encode)("encodes $text", ({ text, ids, pieces, decoded }) => {
    expect(tokenizer.encodePieces(text)).toEqual({ ids, pieces });
    expect(tokenizer.encode(text)).toEqual(ids);
    expect(tokenizer.decode(ids)).toBe(decoded);
  });

  it.each(decode)("decodes $ids", ({ ids, decoded }) => {
    expect(tokenizer.decode(ids)).toBe(decoded);
  });
});
