import { describe, expect, it } from "vitest";
import { readNpy } from "../../src/checkpoint/numpy/npy.ts";
import { readNpz } from "../../src/checkpoint/numpy/npz.ts";
import { ArgumentError, FormatError, SourceError } from "../../src/errors.ts";
import {
  type ByteSource,
  blobSource,
  bytesSource,
  readAll,
  readExactly,
} from "../../src/source/byte-source.ts";
import { ramp, rejection } from "../support/files/safetensors-file.ts";

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
