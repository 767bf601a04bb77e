import { expect } from "vitest";
import type { ByteSource } from "../../src/source/byte-source.ts";
import { rejection } from "./files/safetensors-file.ts";

/** Expects readInto to give the bytes of read, to touch nothing around them, and to refuse as read does. */
export async function expectReadsInto(source: ByteSource): Promise<void> {
  const { size } = source;
  const into = (begin: number, target: Uint8Array, signal?: AbortSignal) => {
    if (!source.readInto) throw new Error(`${source.name} has no readInto`);
    return source.readInto(begin, target, signal);
  };
  const middle = size >> 1;
  for (const [begin, end] of [
    [0, size],
    [1, size - 1],
    [middle, middle + 5],
    [size - 3, size],
    [7, 7],
    [size, size],
  ]) {
    const got = new Uint8Array(end - begin + 7).fill(0xa5);
    const expected = got.slice();
    expected.set(await source.read(begin, end), 3);
    await into(begin, got.subarray(3, 3 + end - begin));
    expect([begin, end, Buffer.compare(got, expected)]).toEqual([begin, end, 0]);
  }
  for (const [begin, length] of [
    [-1, 3],
    [0, size + 1],
    [size, 1],
    [0.5, 2],
    [Number.NaN, 2],
  ]) {
    const target = new Uint8Array(length).fill(0xa5);
    const refused = await rejection(into(begin, target));
    expect(refused).toEqual(await rejection(source.read(begin, begin + length)));
    expect(target.every((byte) => byte === 0xa5)).toBe(true);
  }
  const reason = new Error("the visitor left");
  expect(await rejection(into(0, new Uint8Array(1), AbortSignal.abort(reason)))).toBe(reason);
}
