import { execFileSync } from "node:child_process";
import { chmod, mkdtemp, open, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ArgumentError, FormatError, type GemmaError, SourceError } from "../../src/errors.ts";
import { fileSource, readFully } from "../../src/node/file-source.ts";
import { ramp, rejection } from "../support/files/safetensors-file.ts";
import { expectReadsInto } from "../support/reads-into.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gemma-file-source-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

describe("fileSource", () => {
  it("reads ranges of the file, several at once, and is named by its path", async () => {
    const bytes = ramp(100_000);
    const path = await file("ramp", bytes);
    const source = await fileSource(path);
    expect([source.name, source.size]).toEqual([path, 100_000]);
    const reads = Array.from({ length: 50 }, (_, i) => source.read(i * 1999, i * 1999 + 500));
    for (const [i, read] of (await Promise.all(reads)).entries()) {
      expect(read).toEqual(bytes.slice(i * 1999, i * 1999 + 500));
    }
    expect(Buffer.compare(await source.read(0, 100_000), bytes)).toBe(0);
    expect(await source.read(7, 7)).toEqual(new Uint8Array(0));
    await source.close?.();
  });

  it("reads beyond 4 GiB", async () => {
    const path = await file("sparse", new Uint8Array(0));
    const handle = await open(path, "r+");
    const far = 5 * 2 ** 30 + 12_345;
    await handle.write(ramp(100), 0, 100, far); // all before it is a hole, and takes no room
    await handle.close();
    const source = await fileSource(path);
    expect(source.size).toBe(far + 100);
    expect(await source.read(far + 10, far + 100)).toEqual(ramp(100).slice(10));
    await source.close?.();
  });

  it("reads into memory that the caller has, also by halves", async () => {
    for (const size of [100_000, 2 ** 24 + 9]) {
      const bytes = new Uint8Array(size);
      for (let i = 0; i < size; i += 997) bytes[i] = i % 251;
      const source = await fileSource(await file("into", bytes));
      await expectReadsInto(source);
      await source.close?.();
    }
  });

  it("does not fill memory of which the file has less", async () => {
    const path = await file("shrunk", ramp(1000));
    const source = await fileSource(path);
    await truncate(path, 600);
    const whole = rejection(source.read(500, 1000));
    expect(await rejection(source.readInto!(500, new Uint8Array(500)))).toEqual(await whole);
    await source.close?.();
    const closed = await rejection(source.readInto!(0, new Uint8Array(5)));
    expect((closed as GemmaError).got).toBe("a closed file");
  });

  it("refuses a range outside the file", async () => {
    const source = await fileSource(await file("small", ramp(10)));
    const error = await rejection(source.read(5, 11));
    expect(error).toBeInstanceOf(ArgumentError);
    expect((error as GemmaError).message).toContain(
      "a range of whole bytes within 0..10, got 5..11",
    );
    await source.close?.();
  });

  it("says that a file shrank since it was opened", async () => {
    const path = await file("shrinking", ramp(1000));
    const source = await fileSource(path);
    await truncate(path, 600);
    expect(await source.read(0, 600)).toEqual(ramp(600));
    const error = await rejection(source.read(500, 1000));
    expect(error).toBeInstanceOf(FormatError);
    expect((error as GemmaError).message).toContain(
      "expected 500 bytes at 500 (the file had 1000 when it was opened), got 100; the file is truncated",
    );
    await source.close?.();
  });

  it("reads a long range by its halves: the same bytes, and the same refusal", async () => {
    const bytes = new Uint8Array(2 ** 24 + 9);
    for (let i = 0; i < bytes.length; i += 4099) bytes[i] = i % 251;
    const path = await file("halves", bytes);
    const source = await fileSource(path);
    expect(Buffer.compare(await source.read(3, bytes.length), bytes.subarray(3))).toBe(0);
    for (const [size, got] of [
      [bytes.length - 5, "got 16777220"], // in the second half
      [1000, "got 1000"], // in the first
    ] as const) {
      await truncate(path, size);
      const error = (await rejection(source.read(0, bytes.length))) as GemmaError;
      expect([error.constructor, error.message]).toEqual([
        FormatError,
        expect.stringContaining(got),
      ]);
    }
    await source.close?.();
  });

  it("throws the reason of an aborted signal", async () => {
    const source = await fileSource(await file("aborted", ramp(10)));
    const reason = new Error("stop");
    expect(await rejection(source.read(0, 1, AbortSignal.abort(reason)))).toBe(reason);
    await source.close?.();
  });

  it("ends in the middle of a long read when its signal is aborted", async () => {
    const path = await file("long", new Uint8Array(0));
    await truncate(path, 2 ** 28); // a hole
    const source = await fileSource(path);
    const controller = new AbortController();
    const reading = rejection(source.read(0, source.size, controller.signal));
    controller.abort("enough");
    expect(await reading).toBe("enough");
    await source.close?.();
  });

  it("refuses a range that no memory holds", async () => {
    const path = await file("holes", new Uint8Array(0));
    await truncate(path, 2 ** 42);
    const source = await fileSource(path);
    const error = (await rejection(source.read(0, source.size))) as GemmaError;
    expect(error).toBeInstanceOf(ArgumentError);
    expect([error.file, error.got]).toEqual([path, "4398046511104 bytes"]);
    await source.close?.();
  });

  it("may be closed twice, and not read afterwards", async () => {
    const source = await fileSource(await file("closed", ramp(10)));
    await source.close?.();
    await source.close?.();
    const error = await rejection(source.read(0, 1));
    expect(error).toBeInstanceOf(ArgumentError);
    expect((error as GemmaError).message).toContain("expected an open file, got a closed file");
  });

  it("finishes a read that was under way when it was closed", async () => {
    const source = await fileSource(await file("closing", ramp(1000)));
    const read = source.read(0, 1000);
    await source.close?.();
    expect(await read).toEqual(ramp(1000));
  });

  it("says that there is no such file, that it is a folder, or a pipe", async () => {
    const missing = (await rejection(fileSource(join(folder, "nowhere")))) as GemmaError;
    expect(missing).toBeInstanceOf(SourceError);
    expect(missing.message).toBe(
      `fileSource: ${join(folder, "nowhere")} expected a file that can be read, ` +
        "got no such file or folder (ENOENT); check the path; it is relative to the working directory",
    );
    expect(missing.cause).toMatchObject({ code: "ENOENT" });

    const directory = (await rejection(fileSource(folder))) as GemmaError;
    expect(directory).toBeInstanceOf(ArgumentError);
    expect(directory).toMatchObject({ got: "a folder", hint: "give a file in it" });

    if (process.platform === "win32") return;
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    expect(await rejection(fileSource(pipe))).toMatchObject({ got: "a device, pipe or socket" });
  });

  it.skipIf(process.platform === "win32" || process.getuid?.() === 0)(
    "says that permission is denied",
    async () => {
      const path = await file("private", ramp(10));
      await chmod(path, 0);
      const error = (await rejection(fileSource(path))) as GemmaError;
      expect(error).toBeInstanceOf(SourceError);
      expect(error.got).toBe("permission denied (EACCES)");
    },
  );
});

describe("readFully", () => {
  /** A handle over `bytes` that returns at most `most` bytes a read, as an interrupted read does. */
  function handle(bytes: Uint8Array, most: number) {
    const asked: [length: number, position: number][] = [];
    const read = async (into: Uint8Array, _: number, length: number, position: number) => {
      asked.push([length, position]);
      const part = bytes.subarray(position, position + Math.min(length, most));
      into.set(part);
      return { bytesRead: part.length, buffer: into };
    };
    return { asked, handle: { read } as unknown as Parameters<typeof readFully>[0] };
  }

  it("splits a read into pieces", async () => {
    const { handle: h, asked } = handle(ramp(100), 1000);
    const into = new Uint8Array(50);
    expect(await readFully(h, into, 20, undefined, 20)).toBe(50);
    expect(into).toEqual(ramp(100).slice(20, 70));
    expect(asked).toEqual([
      [20, 20],
      [20, 40],
      [10, 60],
    ]);
  });

  it("goes on after a short read, and stops where the file ends", async () => {
    const { handle: h } = handle(ramp(100), 7);
    const into = new Uint8Array(50);
    expect(await readFully(h, into, 20)).toBe(50);
    expect(into).toEqual(ramp(100).slice(20, 70));
    expect(await readFully(h, into, 70)).toBe(30);
  });

  it("looks at the signal before each piece", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    let reads = 0;
    const h = {
      read: async () => {
        if (++reads === 2) controller.abort(reason);
        return { bytesRead: 10 };
      },
    } as unknown as Parameters<typeof readFully>[0];
    const read = readFully(h, new Uint8Array(50), 0, controller.signal, 10);
    expect(await rejection(read)).toBe(reason);
    expect(reads).toBe(2);
  });
});
