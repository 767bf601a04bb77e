import { describe, expect, it } from "vitest";
import { fileRows } from "../../src/checkpoint/file-rows.ts";
import { writeGguf } from "../../src/checkpoint/gguf/write.ts";
import { writeNpzCheckpoint } from "../../src/checkpoint/numpy/write.ts";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { ArgumentError } from "../../src/errors.ts";
import { bytesSource } from "../../src/source/byte-source.ts";
import { filesFolder } from "../../src/source/folder.ts";
import { rowsInto } from "../../src/tensor/stored.ts";
import { rejection } from "../support/files/safetensors-file.ts";
import { checkpoint, readFixture } from "../support/goldens.ts";
import { whole } from "../support/whole.ts";

const from = await checkpoint("mqa");
const GGUF = await whole(writeGguf(from));
const BLOCKS = await whole(writeGguf(from, { type: "Q8_0" }));
const NPZ = await whole(writeNpzCheckpoint(from));
const folder = (file: string) =>
  filesFolder({
    "config.json": readFixture("mqa/config.json"),
    [file]: readFixture(`mqa/${file}`),
  });

describe("rowsInto", () => {
  it.each([
    ["safetensors", folder("model.safetensors")],
    ["GGUF", bytesSource(GGUF)],
    ["GGUF in blocks", bytesSource(BLOCKS)],
    [".npz", bytesSource(NPZ)],
    ["torch", folder("official.ckpt")],
  ])("gives the bytes of rows: %s", async (_, source) => {
    const { tensors } = await openCheckpoint(source);
    expect(tensors.size).toBe(20);
    for (const tensor of tensors.values()) {
      const begin = Math.floor(tensor.shape[0] / 3);
      for (const [first, last] of [
        [0, tensor.shape[0]],
        [begin, begin + 2],
        [begin, begin],
      ]) {
        const expected = await tensor.rows(first, last);
        const memory = new Uint8Array(expected.length + 16).fill(7);
        await rowsInto(tensor, first, last, memory.subarray(8, 8 + expected.length));
        expect(Buffer.compare(memory.subarray(8, 8 + expected.length), expected)).toBe(0);
        expect([...memory.subarray(0, 8), ...memory.subarray(-8)]).toEqual(Array(16).fill(7));
      }
    }
  });

  const bytes = Uint8Array.from({ length: 40 }, (_, i) => i);
  const at = { name: "x", dtype: "float32", shape: [4, 2], begin: 8 } as const;

  it("reads into the memory it is given where the source can, and copies where it cannot", async () => {
    const { name, size, read } = bytesSource(bytes);
    const calls: string[] = [];
    const without = {
      name,
      size,
      read: (begin: number, end: number) => {
        calls.push(`read ${begin}..${end}`);
        return read(begin, end);
      },
    };
    const withIt = {
      ...without,
      async readInto(begin: number, into: Uint8Array) {
        calls.push(`readInto ${begin}, ${into.length}`);
        into.set(bytes.subarray(begin, begin + into.length));
      },
    };
    for (const source of [without, withIt]) {
      const into = new Uint8Array(16);
      await fileRows({ ...at, source }).rowsInto?.(1, 3, into);
      expect(into).toEqual(bytes.slice(16, 32));
    }
    expect(calls).toEqual(["read 16..32", "readInto 16, 16"]);
  });

  it("refuses rows that are not there, memory of another size, and stops for a signal", async () => {
    const rows = fileRows({ ...at, source: bytesSource(bytes, "f") });
    const refusal = (begin: number, end: number, length: number) =>
      rejection(rows.rowsInto!(begin, end, new Uint8Array(length)));
    for (const [begin, end, length, message] of [
      [3, 5, 16, 'rows: f: "x" expected a range of rows within 0..4 of shape [4, 2], got 3..5'],
      [1, 3, 15, 'rowsInto: f: "x" expected 16 bytes of memory for rows 1..3, got 15'],
    ] as const) {
      const error = await refusal(begin, end, length);
      expect(error).toBeInstanceOf(ArgumentError);
      expect((error as Error).message).toBe(message);
    }
    const stopped = rows.rowsInto!(0, 1, new Uint8Array(8), AbortSignal.abort("stop"));
    expect(await rejection(stopped)).toBe("stop");
  });

  it("stays with a norm of GGUF, whose source is a copy", async () => {
    const { tensors } = await openCheckpoint(bytesSource(GGUF));
    const norm = tensors.get("model.norm.weight")!;
    expect([norm.normOffset, norm.rowsInto]).toEqual([0, expect.any(Function)]);
  });
});
