import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { writeNpy } from "../../../src/checkpoint/numpy/npy.ts";
import { readNpz, writeNpz } from "../../../src/checkpoint/numpy/npz.ts";
import { unzip } from "../../../src/checkpoint/zip/unzip.ts";
import { FormatError, GemmaError, UnsupportedError } from "../../../src/errors.ts";
import { zip } from "../../support/files/zip.ts";
import { damaged, RUNS } from "../../support/fuzz.ts";

const fixtures = fileURLToPath(new URL("../../../fixtures", import.meta.url));
const goldens = readdirSync(fixtures, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".npz") && name !== "mqa/model.npz") // weights: open.spec.ts
  .sort();
const golden = (name: string) => new Uint8Array(readFileSync(`${fixtures}/${name}`));

/** numpy.savez(file, a=numpy.array([1.5, 2.5]), b=numpy.array([[1], [2]], "<i4")), NumPy 2.4.6. */
const SAVEZ = new Uint8Array(
  Buffer.from(
    "UEsDBC0AAAAAAAAAIQCU3hHI//////////8FABQAYS5ucHkBABAAkAAAAAAAAACQAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJzxmOCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgyLCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAAAAAAA+D8AAAAAAAAEQFBLAwQtAAAAAAAAACEAO8m61v//////////BQAUAGIubnB5AQAQAIgAAAAAAAAAiAAAAAAAAACTTlVNUFkBAHYAeydkZXNjcic6ICc8aTQnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwgMSksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgCgEAAAACAAAAUEsBAi0DLQAAAAAAAAAhAJTeEciQAAAAkAAAAAUAAAAAAAAAAAAAAIABAAAAAGEubnB5UEsBAi0DLQAAAAAAAAAhADvJutaIAAAAiAAAAAUAAAAAAAAAAAAAAIABxwAAAGIubnB5UEsFBgAAAAACAAIAZgAAAIYBAAAAAA==",
    "base64",
  ),
);

describe("readNpz", () => {
  it.each(goldens)("reads every array of fixtures/%s", (name) => {
    const arrays = readNpz(golden(name), name);
    expect(arrays.size).toBeGreaterThan(0);
    for (const { shape, data } of arrays.values()) {
      expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
    }
  });

  it("reads the values NumPy reads from mqa/prompt-7.npz", () => {
    const arrays = readNpz(golden("mqa/prompt-7.npz"));
    // numpy.load: len(files), ids.tolist(), logits.f64[0, :2].tolist() and .sum(), logits.bf16[6, 319]
    expect(arrays.size).toBe(64);
    expect([...arrays.get("ids")!.data]).toEqual([2, 246, 235, 155, 163, 131, 56]);
    const { shape, data } = arrays.get("logits.f64")!;
    expect(shape).toEqual([7, 320]);
    expect([...data.slice(0, 2)]).toEqual([-0.1813376516429298, 0.2941798339949067]);
    expect((data as Float64Array).reduce((a, b) => a + b)).toBeCloseTo(170.94398230321187, 9);
    expect(arrays.get("logits.bf16")).toMatchObject({ descr: "<u2", shape: [7, 320] });
    expect(arrays.get("logits.bf16")!.data[7 * 320 - 1]).toBe(48929);
  });

  it("reads numpy.savez, whose members have zip64 fields before their data", () => {
    const arrays = readNpz(SAVEZ);
    expect(arrays.get("a")).toEqual({ shape: [2], data: Float64Array.of(1.5, 2.5), descr: "<f8" });
    expect(arrays.get("b")).toEqual({ shape: [2, 1], data: Int32Array.of(1, 2), descr: "<i4" });
  });

  it("skips members that are no arrays, but not an archive of nothing else", () => {
    const npy = writeNpy({ shape: [1], data: Uint8Array.of(7) });
    const junk = Uint8Array.of(1, 2);
    expect([...readNpz(zip({ ".DS_Store": junk, "x.npy": npy })).keys()]).toEqual(["x"]);
    expect(() => readNpz(zip({ "archive/data.pkl": junk }), "m.ckpt")).toThrow(
      "readNpz: m.ckpt expected members named *.npy, got archive/data.pkl",
    );
  });

  it("takes no bytes without a dtype for numbers, though they may be bfloat16", () => {
    const read = () => readNpz(golden("mqa/model.npz"), "model.npz");
    expect(read).toThrow(UnsupportedError);
    expect(read).toThrow(/model\.npz\/model\.embed_tokens\.weight\.npy: "descr".*got \|V2/);
  });

  it("names the member in which an error lies", () => {
    expect(() => readNpz(zip({ "x.npy": Uint8Array.of(1) }), "g.npz")).toThrow(
      "readNpy: g.npz/x.npy expected an .npy file",
    );
  });

  it("a changed bit is refused, wherever it changes a value", () => {
    // Names, dates and attributes are outside the checksum: a change there must not touch the data.
    const compressed = writeNpz(readNpz(SAVEZ));
    const values = (file: Uint8Array) => [...readNpz(file).values()];
    for (const file of [SAVEZ, compressed]) {
      const expected = values(file);
      fc.assert(
        fc.property(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
          const changed = file.slice();
          changed[at] ^= mask;
          try {
            // Members may be renamed or (without .npy) skipped, but may not hold other numbers.
            for (const array of values(changed)) expect(expected).toContainEqual(array);
          } catch (error) {
            if (!(error instanceof GemmaError)) throw error;
          }
        }),
        { numRuns: RUNS },
      );
    }
  });

  it("any truncation is refused", () => {
    for (let length = 0; length < SAVEZ.length; length++) {
      expect(() => readNpz(SAVEZ.subarray(0, length))).toThrow(FormatError);
    }
  });
});

describe("writeNpz", () => {
  const arrays = {
    "logits.f64": { shape: [2, 2], data: Float64Array.of(1, 2, 3, 4) },
    ids: { shape: [3], data: Int32Array.of(2, 5, 7) },
  };

  it("is inverted by readNpz, in order", () => {
    const read = readNpz(writeNpz(arrays));
    expect([...read.keys()]).toEqual(["logits.f64", "ids"]);
    expect(read.get("ids")).toEqual({ ...arrays.ids, descr: "<i4" });
    expect(read.get("logits.f64")).toEqual({ ...arrays["logits.f64"], descr: "<f8" });
    expect(readNpz(writeNpz(new Map()))).toEqual(new Map());
  });

  it("writes the same bytes today and tomorrow, from a record and from a map", () => {
    const bytes = Buffer.from(writeNpz(arrays));
    expect(bytes.equals(writeNpz(new Map(Object.entries(arrays))))).toBe(true);
    // DOS date and time of the first member: 0x0021 is 1980-01-01, 0 is midnight (APPNOTE 4.4.6).
    expect([bytes.readUInt16LE(10), bytes.readUInt16LE(12)]).toEqual([0, 0x21]);
  });
});

describe("unzip", () => {
  const file = Uint8Array.of(1, 2, 3);

  it("takes an archive with a comment, and one without members", () => {
    const plain = zip({ x: file });
    const commented = new Uint8Array(plain.length + 5);
    commented.set(plain);
    commented[plain.length - 2] = 5;
    expect(unzip(commented, "z").get("x")).toEqual(file);
    expect(unzip(zip({}), "z").size).toBe(0);
  });

  it("unpacks a member that grows a thousandfold, the most deflate can", () => {
    const zeros = new Uint8Array(1e6);
    const unpacked = unzip(zip({ zeros }, { level: 9 }), "z").get("zeros")!;
    expect(Buffer.compare(unpacked, zeros)).toBe(0);
  });

  it.each<[string, number, number, typeof GemmaError, string]>([
    ["an encrypted member", 8, 1, UnsupportedError, "encrypted"],
    ["another compression", 10, 12, UnsupportedError, "compression method 12"],
    ["a size that its data cannot have", 27, 0x7f, FormatError, "a size its data can have"],
    ["a size it has not", 24, 4, FormatError, "a size its data can have"],
    ["another checksum", 16, 0, FormatError, "the size and checksum"],
    ["an offset outside the file", 44, 1, FormatError, "offsets within it"],
    ["an offset to no member", 42, 1, FormatError, "a member's header"],
    ["a wrong signature", 0, 0, FormatError, "a directory"],
    ["sizes in a zip64 field that is not there", 24, -1, FormatError, "a zip64 field"],
  ])("refuses %s", (_, at, value, kind, message) => {
    const bytes = zip({ x: [file, { level: 0 }] });
    const view = new DataView(bytes.buffer);
    const directory = view.getUint32(bytes.length - 22 + 16, true);
    if (value < 0) view.setInt32(directory + at, value, true);
    else bytes[directory + at] = value;
    expect(() => unzip(bytes, "z")).toThrow(kind);
    expect(() => unzip(bytes, "z")).toThrow(message);
  });

  /** The same archive of one member, as it would be written if it were beyond 4 GiB. */
  function zip64(bytes: Uint8Array): Uint8Array {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const end = bytes.length - 22;
    const begin = view.getUint32(end + 16, true);
    const entry = bytes.slice(begin, end);
    const of = new DataView(entry.buffer);
    const extra = new DataView(new ArrayBuffer(28));
    extra.setUint16(0, 1, true);
    extra.setUint16(2, 24, true);
    for (const [i, at] of [24, 20, 42].entries()) {
      extra.setBigUint64(4 + 8 * i, BigInt(of.getUint32(at, true)), true);
      of.setUint32(at, 0xffffffff, true);
    }
    of.setUint16(30, 28, true);
    const tail = new DataView(new ArrayBuffer(56 + 20 + 22));
    tail.setUint32(0, 0x06064b50, true);
    tail.setBigUint64(4, 44n, true);
    tail.setBigUint64(24, 1n, true);
    tail.setBigUint64(32, 1n, true);
    tail.setBigUint64(40, BigInt(entry.length + 28), true);
    tail.setBigUint64(48, BigInt(begin), true);
    tail.setUint32(56, 0x07064b50, true);
    tail.setBigUint64(64, BigInt(begin + entry.length + 28), true);
    tail.setUint32(76, 0x06054b50, true);
    for (const at of [84, 86]) tail.setUint16(at, 0xffff, true);
    for (const at of [88, 92]) tail.setUint32(at, 0xffffffff, true);
    const parts = [bytes.slice(0, begin), entry, extra.buffer, tail.buffer];
    return new Uint8Array(Buffer.concat(parts.map((part) => new Uint8Array(part))));
  }

  it("reads a directory in zip64, and is typed about damage to it", () => {
    const whole = zip64(zip({ x: file }));
    expect(unzip(whole, "z").get("x")).toEqual(file);
    fc.assert(
      fc.property(damaged(whole), (bytes) => {
        try {
          for (const data of unzip(bytes, "z").values()) expect(data).toEqual(file);
        } catch (error) {
          if (!(error instanceof GemmaError)) throw error;
        }
      }),
      { numRuns: RUNS },
    );
  });

  it("refuses many entries for one member: kilobytes that would unpack to gigabytes", () => {
    const archive = zip({ x: new Uint8Array(1e6) }, { level: 9 });
    const begin = new DataView(archive.buffer).getUint32(archive.length - 22 + 16, true);
    const entry = archive.subarray(begin, archive.length - 22);
    const entries = Array.from({ length: 50 }, (_, i) => {
      const copy = entry.slice();
      copy[46] = 0x41 + i; // the name, of one letter
      return copy;
    });
    const end = archive.slice(-22);
    const view = new DataView(end.buffer);
    for (const at of [8, 10]) view.setUint16(at, entries.length, true);
    view.setUint32(12, entries.length * entry.length, true);
    const bomb = new Uint8Array(Buffer.concat([archive.subarray(0, begin), ...entries, end]));
    expect(() => unzip(bomb, "z")).toThrow(FormatError);
    expect(() => unzip(bomb, "z")).toThrow("expected a place of its own");
  });

  it("refuses a directory that says it has fewer members than it has", () => {
    const archive = zip({ x: file, y: file });
    archive[archive.length - 22 + 10] = 1;
    expect(() => unzip(archive, "z")).toThrow("expected a directory as long as it says");
  });

  it("does not read beyond the bytes it was given, though their buffer goes on", () => {
    const archive = zip({ x: [file, { level: 0 }] });
    archive[new DataView(archive.buffer).getUint32(archive.length - 22 + 16, true) + 21] = 1; // 256 bytes more
    const inside = new Uint8Array(10_000).subarray(0, archive.length);
    inside.set(archive);
    expect(() => unzip(inside, "z")).toThrow("expected offsets within it");
  });

  it("is not misled by a comment that looks like the end of an archive", () => {
    const plain = zip({ x: file });
    const comment = new Uint8Array(60);
    comment.set([0x50, 0x4b, 5, 6], 10);
    const archive = new Uint8Array(plain.length + comment.length);
    archive.set(plain);
    archive.set(comment, plain.length);
    archive[plain.length - 2] = comment.length;
    expect(unzip(archive, "z").get("x")).toEqual(file);
  });

  it("refuses two members of one name", () => {
    const archive = zip({ x: file, y: file });
    const renamed = archive.map((byte) => (byte === "y".charCodeAt(0) ? "x".charCodeAt(0) : byte));
    expect(() => unzip(renamed, "z")).toThrow('unzip: z: "x" expected one member of that name');
  });

  it("says what another file is", () => {
    const pointer = new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\n");
    expect(() => unzip(pointer, "g.npz")).toThrow("got a Git LFS pointer");
  });
});
