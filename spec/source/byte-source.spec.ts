import { describe, expect, it } from "vitest";
import { readGguf } from "../../src/checkpoint/gguf/read.ts";
import { readNpy } from "../../src/checkpoint/numpy/npy.ts";
import { readNpz } from "../../src/checkpoint/numpy/npz.ts";
import { readSafetensors, readSafetensorsHeader } from "../../src/checkpoint/safetensors/read.ts";
import { readTorch } from "../../src/checkpoint/torch/read.ts";
import { ArgumentError, FormatError, SourceError } from "../../src/errors.ts";
import {
  type ByteSource,
  blobSource,
  bytesSource,
  readAll,
  readExactly,
  readIntoExactly,
} from "../../src/source/byte-source.ts";
import { ramp, rejection } from "../support/files/safetensors-file.ts";
import { expectReadsInto } from "../support/reads-into.ts";

const bytes = ramp(1000);
const sources: [string, ByteSource][] = [
  ["bytesSource", bytesSource(bytes, "b")],
  ["blobSource", blobSource(new Blob([bytes.slice(0, 300), bytes.slice(300)]), "b")],
];

it.each([bytesSource, readNpy, readNpz])("what is no Uint8Array is refused by %o", (read) => {
  for (const none of [null, undefined, new ArrayBuffer(8), "bytes", [1, 2]]) {
    expect(() => read(none as never)).toThrow(ArgumentError);
    expect(() => read(none as never)).toThrow(/"bytes" expected a Uint8Array/);
  }
});

/** Options where the signal itself is wanted, as JavaScript lets one write. */
const OPTIONS = { signal: new AbortController().signal } as never;

it.each<[string, () => Promise<unknown>]>([
  ["readSafetensors", () => readSafetensors(bytesSource(bytes), OPTIONS)],
  ["readSafetensorsHeader", () => readSafetensorsHeader(bytesSource(bytes), OPTIONS)],
  ["readGguf", () => readGguf(bytesSource(bytes), OPTIONS)],
  ["readTorch", () => readTorch(bytesSource(bytes), OPTIONS)],
  ["a source's read", () => bytesSource(bytes).read(0, 1, OPTIONS)],
  ["a Blob's read", () => blobSource(new Blob([bytes.slice()])).read(0, 1, OPTIONS)],
])("an object in the place of a signal is refused by %s", async (_, read) => {
  const error = (await rejection(read())) as ArgumentError;
  expect(error).toBeInstanceOf(ArgumentError);
  expect(error.message).toMatch(
    /: "signal" expected an AbortSignal, got object; give the signal of an AbortController, without an object around it$/,
  );
});

describe.each(sources)("%s", (_, source) => {
  it("reads the range it is asked for, and the whole", async () => {
    expect(source.size).toBe(1000);
    expect(await source.read(290, 310)).toEqual(bytes.slice(290, 310));
    expect(await source.read(1000, 1000)).toEqual(new Uint8Array(0));
    expect(await readAll(source)).toEqual(bytes);
  });

  it.each([
    [-1, 3],
    [5, 4],
    [0, 1001],
    [0.5, 2],
    [0, Number.NaN],
  ])("refuses the range %d..%d", async (begin, end) => {
    const error = await rejection(source.read(begin, end));
    expect(error).toBeInstanceOf(ArgumentError);
    expect((error as ArgumentError).message).toContain(`b: "range" expected`);
  });

  it("throws the reason of a signal that is already aborted", async () => {
    const reason = new Error("the visitor left");
    expect(await rejection(source.read(0, 1, AbortSignal.abort(reason)))).toBe(reason);
  });

  it("reads into memory that the caller has", () => expectReadsInto(source));

  it("gives bytes that the caller may change", async () => {
    (await source.read(0, 10)).fill(0);
    expect(await source.read(0, 10)).toEqual(bytes.slice(0, 10));
  });
});

describe("bytesSource", () => {
  it("copies out of a Node Buffer too, whose own slice() does not", async () => {
    const buffer = Buffer.from(bytes);
    const source = bytesSource(buffer);
    (await source.read(0, 10)).fill(0);
    expect(buffer[1]).toBe(bytes[1]);
  });
});

describe("blobSource", () => {
  it("takes the name of a File", () => {
    expect(blobSource(new File([bytes.slice()], "model.safetensors")).name).toBe(
      "model.safetensors",
    );
  });

  it("says to choose the file again when it changed on disk", async () => {
    const blob = {
      size: 10,
      slice: () => ({
        arrayBuffer: () => Promise.reject(new DOMException("x", "NotReadableError")),
      }),
    } as unknown as Blob;
    const error = await rejection(blobSource(blob, "model.safetensors").read(0, 10));
    expect(error).toBeInstanceOf(SourceError);
    expect((error as SourceError).message).toContain("choose it again");
  });

  it("reads a long range in pieces", async () => {
    const long = new Uint8Array(2 ** 24 + 9);
    for (let i = 0; i < long.length; i += 997) long[i] = i % 251;
    await expectReadsInto(blobSource(new Blob([long])));
  });

  it("refuses a Blob that gives fewer bytes than its size", async () => {
    const blob = {
      size: 10,
      slice: () => ({ arrayBuffer: () => Promise.resolve(new ArrayBuffer(9)) }),
    } as unknown as Blob;
    expect(await rejection(blobSource(blob, "b").read(0, 10))).toMatchObject({ got: "9" });
  });
});

describe("readExactly", () => {
  it("refuses a source that returns fewer bytes than were asked for", async () => {
    const short: ByteSource = { name: "s", size: 10, read: async () => new Uint8Array(3) };
    const error = await rejection(readExactly("op", short, 2, 7));
    expect(error).toBeInstanceOf(FormatError);
    expect((error as FormatError).message).toBe(
      "op: s expected 5 bytes at 2 (the file had 10 when it was opened), got 3; " +
        "the file is truncated, or is still being downloaded or written",
    );
  });
});

describe("readIntoExactly", () => {
  const { name, size, read, readInto } = bytesSource(bytes, "b");
  const EIO = new Error("EIO: i/o error, read");
  const reason = new Error("the visitor left");

  it.each<[string, ByteSource]>([
    ["with readInto", { name, size, read: () => Promise.reject(EIO), readInto }],
    ["without", { name, size, read }],
  ])("fills memory from a source %s", async (_, source) => {
    const got = new Uint8Array(20).fill(9);
    await readIntoExactly("op", source, 500, got.subarray(5, 15));
    const around = new Array(5).fill(9);
    expect([...got]).toEqual([...around, ...bytes.slice(500, 510), ...around]);
    const outside = await rejection(readIntoExactly("op", source, 995, got));
    expect(outside).toBeInstanceOf(ArgumentError);
    const aborted = readIntoExactly("op", source, 0, got, AbortSignal.abort(reason));
    expect(await rejection(aborted)).toBe(reason);
  });

  it("refuses a source without it that returns fewer bytes", async () => {
    const short: ByteSource = { name: "s", size: 10, read: async () => new Uint8Array(3) };
    const error = await rejection(readIntoExactly("op", short, 2, new Uint8Array(5)));
    expect(error).toEqual(await rejection(readExactly("op", short, 2, 7)));
  });

  it("has an error of this library for any other, as readExactly", async () => {
    const fail = () => Promise.reject(EIO);
    const failing: ByteSource = { name: "s", size: 10, read: fail, readInto: fail };
    const error = await rejection(readIntoExactly("op", failing, 2, new Uint8Array(5)));
    expect(error).toBeInstanceOf(SourceError);
    expect(error).toMatchObject({ file: "s", expected: "to read 5 bytes at 2", cause: EIO });
    expect(error).toEqual(await rejection(readExactly("op", failing, 2, 7)));
    const abort = new AbortController();
    const aborting = async () => {
      abort.abort(reason);
      throw EIO;
    };
    const left: ByteSource = { name: "s", size: 10, read: aborting, readInto: aborting };
    const reading = readIntoExactly("op", left, 2, new Uint8Array(5), abort.signal);
    expect(await rejection(reading)).toBe(reason);
  });
});
