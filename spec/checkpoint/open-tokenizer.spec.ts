import { describe, expect, it } from "vitest";
import { writeGguf } from "../../src/checkpoint/gguf/write.ts";
import { openTokenizer } from "../../src/checkpoint/open-tokenizer.ts";
import { FormatError } from "../../src/errors.ts";
import { bytesSource } from "../../src/source/byte-source.ts";
import { filesFolder } from "../../src/source/folder.ts";
import { PieceType, parseModelProto } from "../../src/tokenizer/model-proto.ts";
import { writeModelProto } from "../../src/tokenizer/model-proto-write.ts";
import { checkpoint, readFixture } from "../support/goldens.ts";
import { goldens } from "../support/tokenizer-fixture.ts";
import { whole } from "../support/whole.ts";

const MODEL = readFixture("tiny-stories/tokenizer.model");
const JSON_FILE = readFixture("tokenizer/tokenizer.json");
const GGUF = await whole(writeGguf(await checkpoint("tiny-stories")));

describe("openTokenizer", () => {
  it.each([
    ["tokenizer.model", bytesSource(MODEL)],
    ["tokenizer.json", bytesSource(JSON_FILE)],
    ["a GGUF file", bytesSource(GGUF)],
    ["a folder with tokenizer.model", filesFolder({ "tokenizer.model": MODEL })],
    ["a folder with tokenizer.json", filesFolder({ "tokenizer.json": JSON_FILE })],
    ["a folder with a GGUF file", filesFolder({ "m.gguf": GGUF })],
  ])("from %s: the ids of the C++ library", async (_, source) => {
    const tokenizer = await openTokenizer(source);
    for (const { text, ids } of goldens().encode) expect(tokenizer.encode(text)).toEqual(ids);
  });

  const text = (content: string) => new TextEncoder().encode(content);
  it.each([
    ["a pointer", text("version https://git-lfs.github.com/spec/v1\n"), /Git LFS.*git lfs pull/],
    ["a page", text("\n<!DOCTYPE html>"), /got a web page.*download it again/],
    ["zeros", new Uint8Array(20), /got zeros/],
  ])("says that it is given %s, as a file and in a folder", async (_, bytes, message) => {
    for (const source of [
      bytesSource(bytes, "tokenizer.model"),
      filesFolder({ "tokenizer.model": bytes }),
    ]) {
      const expected = /^\w+: tokenizer\.model expected a SentencePiece model, got/;
      await expect(openTokenizer(source)).rejects.toThrow(expected);
      await expect(openTokenizer(source)).rejects.toThrow(message);
    }
  });

  it("says that a tokenizer.model is JSON, but takes a first piece as long as { is", async () => {
    const open = (bytes: Uint8Array) => openTokenizer(filesFolder({ "tokenizer.model": bytes }));
    await expect(open(text('{"error": "x"}'))).rejects.toThrow(/got a JSON text/);
    const long = { piece: "x".repeat(0x7b - 7), score: 0, type: PieceType.NORMAL };
    const model = parseModelProto(MODEL);
    const bytes = writeModelProto({ ...model, pieces: [long, ...model.pieces] });
    expect(Array.from(bytes.subarray(0, 2))).toEqual([0x0a, 0x7b]);
    expect((await open(bytes)).decode([0])).toBe(long.piece);
  });

  it("closes what it was given, also when it is refused", async () => {
    for (const [bytes, error] of [
      [MODEL, undefined],
      [readFixture("gguf/model.Q4_0.gguf"), FormatError], // without a vocabulary
      [new TextEncoder().encode("{}"), FormatError],
      [readFixture("mqa/prompt-1.npz"), FormatError],
    ] as const) {
      let closed = 0;
      const close = async () => void closed++;
      const opening = openTokenizer({ ...bytesSource(bytes), close });
      if (error) await expect(opening).rejects.toThrow(error);
      else await opening;
      expect(closed).toBeGreaterThan(0);
    }
  });
});
