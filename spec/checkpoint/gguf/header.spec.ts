import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readGgufHeader } from "../../../src/checkpoint/gguf/header.ts";
import { readGguf } from "../../../src/checkpoint/gguf/read.ts";
import { FormatError, GemmaError, UnsupportedError } from "../../../src/errors.ts";
import { type ByteSource, bytesSource } from "../../../src/source/byte-source.ts";
import { type Entry, ggufFile, type TensorRow } from "../../support/files/gguf-file.ts";
import { RUNS } from "../../support/fuzz.ts";

const META: Record<string, Entry> = {
  "general.architecture": [8, "gemma"],
  u32: [4, 7],
  i32: [5, -7],
  f32: [6, 0.5],
  yes: [7, 1],
  u64: [10, 2 ** 40],
  f64: [12, 1e-300],
  ints: [9, 5, [1, -2]],
  words: [9, 8, ["", "▁the", "<0x0A>"]],
};
const A: TensorRow = { name: "a", dimensions: [4, 2], type: 0, bytes: new Uint8Array(32).fill(1) };
const B: TensorRow = { name: "b", dimensions: [32], type: 8, bytes: new Uint8Array(34).fill(2) };
const GOOD = ggufFile(META, [A, B]);
const source = (bytes: Uint8Array) => bytesSource(bytes, "x.gguf");
const open = (bytes: Uint8Array) => readGguf(source(bytes));

async function refusal(bytes: Uint8Array): Promise<GemmaError> {
  const error = await open(bytes).then(
    () => "no error",
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(GemmaError);
  return error;
}

describe("readGguf", () => {
  it("reads metadata of every kind", async () => {
    const { metadata } = await readGgufHeader(source(GOOD));
    expect(Object.fromEntries(metadata)).toEqual({
      "general.architecture": "gemma",
      u32: 7,
      i32: -7,
      f32: 0.5,
      yes: true,
      u64: 2 ** 40,
      f64: 1e-300,
      ints: Int32Array.of(1, -2),
      words: ["", "▁the", "<0x0A>"],
    });
  });

  it("gives each tensor's rows, the slowest axis first", async () => {
    const { tensors } = await open(GOOD);
    const a = tensors.get("a")!;
    expect([a.shape, a.dtype]).toEqual([[2, 4], "float32"]);
    expect(await a.rows(1, 2)).toEqual(A.bytes.subarray(16));
    const b = tensors.get("b")!;
    expect([b.shape, b.dtype]).toEqual([[32], "q8_0"]);
  });

  it("reads version 2, an alignment of its own, and a header longer than one read", async () => {
    expect((await open(ggufFile(META, [A], { version: 2 }))).tensors.size).toBe(1);
    const words = Array.from({ length: 90_000 }, (_, i) => `▁word${i}`);
    const long = ggufFile({ ...META, words: [9, 8, words] }, [A]);
    expect(long.length).toBeGreaterThan(2 ** 20);
    const { metadata, tensors } = await open(long);
    expect(metadata.get("words")).toEqual(words);
    expect(await tensors.get("a")!.rows(0, 2)).toEqual(A.bytes);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ["another file", new TextEncoder().encode("PK\x03\x04 and more"), /got a zip archive/],
    ["an empty file", new Uint8Array(), /which begins with "GGUF", got an empty file/],
    [
      "version 1",
      ggufFile(META, [], { version: 1 }),
      /"version" expected GGUF version 2 or 3.*got 1/,
    ],
    ["a big-endian file", ggufFile(META, [], { version: 0x3000000 }), /got a big-endian file/],
    ["too many tensors", ggufFile(META, [], { tensorCount: 2 ** 40 }), /at most 65536, got 1099/],
    [
      "more entries than there are",
      ggufFile(META, [], { entryCount: 99 }),
      /the key once, got it tw/,
    ],
    [
      "a key twice",
      ggufFile([
        ["k", [4, 1]],
        ["k", [4, 2]],
      ]),
      /"k" expected the key once, got it twice/,
    ],
    ["a tensor twice", ggufFile(META, [A, A]), /"a" expected one tensor of that name, got two/],
    ["an odd alignment", ggufFile({ "general.alignment": [4, 24] }), /a power of two, got 24/],
    ["five dimensions", ggufFile({}, [{ ...A, dimensions: [1, 1, 1, 1, 8] }]), /at most 4 dim/],
    ["2⁵⁴ elements", ggufFile({}, [{ ...A, dimensions: [2 ** 27, 2 ** 27] }]), /fewer than 2⁵³/],
    [
      "a type not read",
      ggufFile({}, [{ ...A, type: 21 }]),
      /got IQ3_S; get a file of this model that is called Q8_0, /,
    ],
    ["an unknown type", ggufFile({}, [{ ...A, type: 99 }]), /got type 99/],
    ["half a block", ggufFile({}, [{ ...B, dimensions: [16] }]), /whole blocks of 32 for Q8_0/],
    ["an unaligned tensor", ggufFile({}, [{ ...A, offset: 4 }]), /an offset on 32 bytes, got 4/],
    ["a tensor past the end", ggufFile({}, [{ ...A, offset: 32 }]), /32 bytes at \d+.*truncated/],
    ["tensors in one place", ggufFile({}, [A, { ...B, offset: 0 }]), /bytes that belong to/],
    ["a cut file", GOOD.subarray(0, GOOD.length - 64), /truncated/],
  ])("refuses %s", async (_, bytes, message) => {
    const error = await refusal(bytes);
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^readGguf: x\.gguf/);
  });

  it("is typed about every truncation", async () => {
    for (let length = 0; length < GOOD.length - 64; length++) {
      expect(await refusal(GOOD.slice(0, length))).toBeInstanceOf(FormatError);
    }
  });

  it("is right or typed about any damage, and never reads beyond the file (fuzz)", async () => {
    const damage = fc.array(
      fc.record({ at: fc.nat(GOOD.length - 1), byte: fc.integer({ min: 0, max: 255 }) }),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(damage, fc.nat(GOOD.length), async (changes, cut) => {
        const bytes = GOOD.slice(0, changes.length > 2 ? cut : GOOD.length);
        for (const { at, byte } of changes) if (at < bytes.length) bytes[at] = byte;
        let read = 0;
        const whole = source(bytes);
        const counting: ByteSource = {
          ...whole,
          read(begin, end, signal) {
            read += end - begin;
            return whole.read(begin, end, signal);
          },
        };
        try {
          const { tensors } = await readGguf(counting);
          for (const { shape, rows } of tensors.values()) await rows(0, shape[0] ?? 1);
        } catch (error) {
          const isTyped = error instanceof FormatError || error instanceof UnsupportedError;
          if (!isTyped) throw error;
        }
        expect(read).toBeLessThanOrEqual(2 * bytes.length); // the header once, and rows
      }),
      { numRuns: RUNS },
    );
  });
});
