/** How often a file is read until it is open: over a network, every read is a request. */
import { describe, expect, it } from "vitest";
import { writeGguf } from "../../src/checkpoint/gguf/write.ts";
import { writeNpzCheckpoint } from "../../src/checkpoint/numpy/write.ts";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { openTokenizer } from "../../src/checkpoint/open-tokenizer.ts";
import { FormatError } from "../../src/errors.ts";
import { type ByteSource, bytesSource } from "../../src/source/byte-source.ts";
import { FILE_KIND_BYTES } from "../../src/source/file-kind.ts";
import type { Folder } from "../../src/source/folder.ts";
import { zip } from "../support/files/zip.ts";
import { checkpoint, readFixture } from "../support/goldens.ts";
import { whole } from "../support/whole.ts";

const from = await checkpoint("tiny-stories-it");
const GGUF = await whole(writeGguf(from));
const NPZ = await whole(writeNpzCheckpoint(from));

/** A source that writes down its reads. */
function watched(bytes: Uint8Array): { source: ByteSource; reads: [number, number][] } {
  const { name, size, read } = bytesSource(bytes);
  const reads: [number, number][] = [];
  const source: ByteSource = {
    name,
    size,
    read(begin, end, signal) {
      reads.push([begin, end]);
      return read(begin, end, signal);
    },
  };
  return { source, reads };
}

describe("openCheckpoint reads", () => {
  it("every byte of a GGUF file's header once, and nothing else", async () => {
    for (const open of [openCheckpoint, openTokenizer]) {
      const { source, reads } = watched(GGUF);
      await open(source);
      expect(reads).toEqual([
        [0, FILE_KIND_BYTES],
        [FILE_KIND_BYTES, FILE_KIND_BYTES + 2 ** 20],
      ]);
    }
  });

  /** In the end of an archive its directory is looked for. */
  const readsOfEnd = (reads: [number, number][], { size }: ByteSource) =>
    reads.filter(([, end]) => end === size).length;

  it.each([
    [".npz", NPZ],
    ["file of torch", readFixture("mqa/official.ckpt")],
  ])("the directory of a %s once, and no range twice", async (_, bytes) => {
    const { source, reads } = watched(bytes);
    // The nano model has the width of no released model: all is read before that is noticed.
    await openCheckpoint(source).catch((error) => expect(error).toMatchObject({ op: "openTorch" }));
    expect(reads[0]).toEqual([0, FILE_KIND_BYTES]);
    expect(reads.length).toBeGreaterThan(3);
    expect(readsOfEnd(reads, source)).toBe(1);
    expect(new Set(reads.map(String)).size).toBe(reads.length);
  });

  it("the directory of the only .npz of weights in a folder once", async () => {
    const { source, reads } = watched(NPZ);
    const folder: Folder = {
      name: "folder",
      list: async () => ["w.npz"],
      open: async (name) => (name === "w.npz" ? source : undefined),
    };
    await openCheckpoint(folder);
    expect(readsOfEnd(reads, source)).toBe(1);
    expect(new Set(reads.map(String)).size).toBe(reads.length);
  });
});

describe("openCheckpoint of one file that is no checkpoint", () => {
  const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
  const task = zip({
    TF_LITE_PREFILL_DECODE: bytes("\x1c\0\0\0TFL3"),
    TOKENIZER_MODEL: bytes("x"),
  });

  it.each<[string, Uint8Array, RegExp]>([
    ["nothing", bytes(""), /got an empty file; download it again$/],
    ["an index", bytes('{"weight_map": {}}'), /got the index of a checkpoint.*open the folder it/],
    [
      "a config",
      readFixture("mqa/config.json"),
      /got a model's config; open the folder it lies in$/,
    ],
    [
      "a tokenizer",
      readFixture("tokenizer/tokenizer.json"),
      /got a tokenizer's JSON; open the folder it lies in$/,
    ],
    [
      "a server's message",
      bytes('{"error": "Not found"}'),
      /got a JSON text \(a server's error.*download it again; gated models/,
    ],
    ["LiteRT", bytes("\x1c\0\0\0TFL3"), /got a model of LiteRT.*get the same model in safetensors/],
    [
      "MediaPipe",
      task,
      /got a \.task file of MediaPipe; get the same model in safetensors or GGUF$/,
    ],
    ["a llamafile", bytes("MZqFpD='\n"), /got a program, such as a llamafile; .*open the \.gguf/],
    ["an archive in an archive", zip({ "model.weights.h5": bytes("x") }), /is of Keras.*export it/],
  ])("names %s, and a way out", async (_, content, message) => {
    const error = await openCheckpoint(content).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(message);
  });
});
