/**
 * Read back by fflate, which has nothing of this library in it, and by our own reader. Python's zipfile
 * (testzip), numpy.load and Info-ZIP's `unzip -t` read the same archives, and one of 6.6 GB with a member of
 * 6.3 GB: by hand, for they are not here.
 */
import fc from "fast-check";
import { unzipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { readZipDirectory } from "../../../src/checkpoint/zip/directory.ts";
import { unzip } from "../../../src/checkpoint/zip/unzip.ts";
import { type NewZipMember, writeZip } from "../../../src/checkpoint/zip/write.ts";
import { ArgumentError, FormatError } from "../../../src/errors.ts";
import { bytesSource } from "../../../src/source/byte-source.ts";
import { ramp, rejection } from "../../support/files/safetensors-file.ts";
import { whole } from "../../support/whole.ts";

/** A member of `bytes`, in pieces of at most `step`. */
function member(name: string, bytes: Uint8Array, step = bytes.length || 1): NewZipMember {
  return {
    name,
    size: bytes.length,
    async *chunks() {
      for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
    },
  };
}

/** A member that is never written. */
function claimed(name: string, size: number): NewZipMember {
  return { ...member(name, new Uint8Array(0)), size };
}

describe("writeZip", () => {
  const files = { "config.json": ramp(10), "größe.npy": ramp(300), empty: ramp(0), last: ramp(77) };
  const members = Object.entries(files).map(([name, bytes]) => member(name, bytes, 9));

  // 0: all sizes and offsets in 64 bits; 100: one size, and offsets; 350: only offsets; 2000: nothing.
  it.each([0, 100, 350, 2000])("is read with sizes in 64 bits from %i on", async (zip64From) => {
    const bytes = await whole(writeZip(members, { zip64From }));
    expect(unzipSync(bytes)).toEqual(files);
    expect(Object.fromEntries(unzip(bytes, "z"))).toEqual(files);
    const read = await readZipDirectory(bytesSource(bytes));
    expect(read.map(({ name, method }) => [name, method])).toEqual(
      Object.keys(files).map((name) => [name, 0]),
    );
  });

  it("is read whatever is in it", async () => {
    const some = fc.uniqueArray(
      fc.record({ name: fc.string({ unit: "grapheme" }), bytes: fc.uint8Array() }),
      { selector: ({ name }) => new TextDecoder().decode(new TextEncoder().encode(name)) },
    );
    await fc.assert(
      fc.asyncProperty(some, fc.nat(100), async (all, zip64From) => {
        const stream = writeZip(
          all.map(({ name, bytes }) => member(name, bytes, 7)),
          { zip64From },
        );
        const read = unzip(await whole(stream), "z");
        expect([...read]).toEqual(all.map(({ name, bytes }) => [name, bytes]));
      }),
    );
  });

  it("takes 64 bits where 32 do not suffice, and nowhere else", () => {
    const overhead = (...sizes: number[]) => {
      const total = sizes.reduce((sum, size) => sum + size, 0);
      return writeZip(sizes.map((size, i) => claimed(`${i}`, size))).size - total;
    };
    // A header of 30, a descriptor of 16, an entry of 46, the name twice; and the end, of 22.
    const [each, end] = [30 + 16 + 46 + 2, 22];
    const end64 = 56 + 20;
    expect(overhead(1000)).toBe(each + end);
    // The directory begins where it begins: at 0xfffffffe, and at 0xffffffff, which says "elsewhere".
    expect(overhead(0xfffffffe - 47)).toBe(each + end);
    expect(overhead(0xffffffff - 47)).toBe(each + end + end64);
    // The size itself: a field of 20 in the header and in the entry, and two sizes behind the data.
    const size64 = 20 + 20 + 8;
    expect(overhead(0xfffffffe)).toBe(each + end + end64);
    expect(overhead(0xffffffff)).toBe(each + size64 + end + end64);
    // Where the second begins: a field of 12 in its entry; beside a size, 8 more in the field of that.
    expect(overhead(0xfffffffe - 47, 0)).toBe(2 * each + end + end64);
    expect(overhead(0xffffffff - 47, 0)).toBe(2 * each + 12 + end + end64);
    expect(overhead(2 ** 40, 2 ** 45)).toBe(2 * (each + size64) + 8 + end + end64);
  });

  it("has as many members as there are, though 16 bits cannot say it", async () => {
    // 65535 itself says "elsewhere".
    const many = Array.from({ length: 0xffff }, (_, i) => claimed(`${i}`, 0));
    const read = await readZipDirectory(bytesSource(await whole(writeZip(many))));
    expect([read.length, read.at(-1)?.name]).toEqual([0xffff, "65534"]);
  });

  it("hands data on as they come, and writes the same bytes each time", async () => {
    const data = ramp(50);
    const stream = writeZip([member("x", data)]);
    const chunks: Uint8Array[] = [];
    for await (const chunk of stream.chunks()) chunks.push(chunk);
    expect(chunks[1].buffer).toBe(data.buffer);
    expect(await whole(stream)).toEqual(await whole(stream));
    // DOS time and date, as in npz.spec.ts.
    expect([...chunks[0].subarray(10, 14)]).toEqual([0, 0, 0x21, 0]);
  });

  it("refuses a member that is not as long as it says", async () => {
    const error = await rejection(whole(writeZip([{ ...member("x", ramp(5)), size: 6 }])));
    expect(error).toBeInstanceOf(FormatError);
    expect((error as Error).message).toBe('writeZip: "x" expected 6 bytes, got 5');
  });

  it("refuses a name twice, and one that has no room", () => {
    expect(() => writeZip([claimed("x", 1), claimed("x", 2)])).toThrow(ArgumentError);
    expect(() => writeZip([claimed("ä".repeat(0x8000), 1)])).toThrow(ArgumentError);
    expect(writeZip([claimed("x".repeat(0xffff), 1)]).size).toBeGreaterThan(0xffff);
  });

  it("stops for a signal, and hands it to its members", async () => {
    const abort = new AbortController();
    let given: AbortSignal | undefined;
    const first: NewZipMember = {
      name: "x",
      size: 2,
      async *chunks(signal) {
        given = signal;
        yield ramp(2);
      },
    };
    const chunks = writeZip([first, member("y", ramp(2))]).chunks(abort.signal);
    for (let i = 0; i < 3; i++) await chunks.next(); // header, data, descriptor
    expect(given).toBe(abort.signal);
    abort.abort("enough");
    await expect(chunks.next()).rejects.toBe("enough");
  });
});
