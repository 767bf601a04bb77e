import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ModelProto, type Piece, parseModelProto } from "../../src/tokenizer/model-proto.ts";
import { writeModelProto } from "../../src/tokenizer/model-proto-write.ts";
import { Tokenizer } from "../../src/tokenizer/tokenizer.ts";
import { anyCharacter } from "../support/fuzz.ts";
import { FIXTURE_BYTES, goldens } from "../support/tokenizer-fixture.ts";

const anyText = fc.string({ unit: anyCharacter, minLength: 1, maxLength: 8 });
const anyPiece: fc.Arbitrary<Piece> = fc.record({
  piece: anyText,
  score: fc.float({ noNaN: true }),
  type: fc.constantFrom(1, 2, 3, 4, 5, 6),
});
const anyModel: fc.Arbitrary<ModelProto> = fc.record({
  pieces: fc.array(anyPiece, { minLength: 1, maxLength: 200 }),
  trainerSpec: fc.record({
    treatWhitespaceAsSuffix: fc.boolean(),
    byteFallback: fc.boolean(),
    bosPiece: anyText,
    eosPiece: anyText,
    padPiece: anyText,
    unkSurface: anyText,
  }),
  normalizerSpec: fc.record({
    addDummyPrefix: fc.boolean(),
    removeExtraWhitespaces: fc.boolean(),
    escapeWhitespaces: fc.boolean(),
  }),
  selfTests: fc.array(fc.record({ input: anyText, expected: anyText }), { maxLength: 3 }),
});

describe("writeModelProto", () => {
  it("is read back as it was", () => {
    fc.assert(
      fc.property(anyModel, (model) => {
        expect(parseModelProto(writeModelProto(model))).toEqual(model);
      }),
      { numRuns: 200 },
    );
  });

  it("keeps the fixture's vocabulary: the ids of the C++ library", () => {
    const tokenizer = Tokenizer.fromBytes(writeModelProto(parseModelProto(FIXTURE_BYTES)));
    for (const { text, ids } of goldens().encode) expect(tokenizer.encode(text)).toEqual(ids);
    for (const { ids, decoded } of goldens().decode) expect(tokenizer.decode(ids)).toBe(decoded);
  });
});
