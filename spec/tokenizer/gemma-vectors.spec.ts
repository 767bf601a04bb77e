/** Needs Gemma's tokenizer: GEMMA_TOKENIZER=/path/to/tokenizer.model npx vitest run spec/tokenizer */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Tokenizer } from "../../src/tokenizer/tokenizer.ts";
import { DECODE, ENCODE, PIECES } from "../support/gemma-vectors.ts";

const file = process.env.GEMMA_TOKENIZER;

describe.skipIf(!file)("Gemma's own tokenizer.model (GEMMA_TOKENIZER)", () => {
  const tokenizer = file ? Tokenizer.fromBytes(readFileSync(file), file) : undefined!;

  it("has 256,000 pieces and the special ids of the report's models", () => {
    const { vocabSize, padId, eosId, bosId, unkId, startOfTurnId, endOfTurnId } = tokenizer;
    expect(vocabSize).toBe(256000);
    expect([padId, eosId, bosId, unkId]).toEqual([0, 1, 2, 3]);
    expect([startOfTurnId, endOfTurnId]).toEqual([106, 107]);
  });

  it.each(PIECES)("has piece %i: %j", (id, piece) => {
    expect(tokenizer.piece(id)).toBe(piece);
  });

  it.each(ENCODE)("encodes %j", (text, ids) => {
    expect(tokenizer.encode(text)).toEqual(ids);
    if (!text.includes("▁")) expect(tokenizer.decode(ids)).toBe(text);
  });

  it("makes of <s>> the piece <s> and the piece >", () => {
    expect(tokenizer.encodePieces("<s>>").pieces).toEqual(["<s>", ">"]);
  });

  it.each(DECODE)("decodes %j", (ids, text) => {
    expect(tokenizer.decode(ids)).toBe(text);
  });

  it("writes a user's turn with the ids of the published prompt format", () => {
    const ids = tokenizer.encode("<start_of_turn>user\nhello<end_of_turn>\n<start_of_turn>model\n");
    expect(ids).toEqual([106, 1645, 108, 17534, 107, 108, 106, 2516, 108]);
  });
});
