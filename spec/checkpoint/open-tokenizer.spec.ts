import { describe, expect, it } from "vitest";
import { bytesSource } from "../../src/checkpoint/byte-source.ts";
import { filesFolder } from "../../src/checkpoint/folder.ts";
import { writeGguf } from "../../src/checkpoint/gguf-write.ts";
import { openTokenizer } from "../../src/checkpoint/open-tokenizer.ts";
import { FormatError } from "../../src/errors.ts";
import { checkpoint, readFixture } from "../support/goldens.ts";
import { goldens } from "../tokenizer/fixture.ts";
import { whole } from "./whole.ts";

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
