/** A cache as a file, read back. */
import { describe, expect, it } from "vitest";
import { readNpz } from "../../../src/checkpoint/numpy/npz.ts";
import { readSafetensorsHeader } from "../../../src/checkpoint/safetensors/read.ts";
import { readSafetensorsArrays } from "../../../src/conformance/arrays/safetensors.ts";
import { ArgumentError } from "../../../src/errors.ts";
import { cacheToNpz, cacheToSafetensors } from "../../../src/interp/export/cache-files.ts";
import { runWithCache } from "../../../src/interp/run/run-with-cache.ts";
import { bytesSource } from "../../../src/source/byte-source.ts";
import type { PrecisionName } from "../../../src/tensor/precision.ts";
import { load, promptIds } from "../../support/goldens.ts";

const ids = promptIds("gqa", "prompt-7");
const run = async (precision: PrecisionName) =>
  runWithCache(await load("gqa", precision), ids, { positions: [1, -1] });

describe("a cache as a file", () => {
  it.each<[PrecisionName, string, string]>([
    ["float64", "<f8", "F64"],
    ["bfloat16", "<f4", "F32"],
  ])("has every number, shape and name: %s", async (precision, descr, dtype) => {
    const cache = await run(precision);
    const arrays = readNpz(cacheToNpz(cache));
    const bytes = cacheToSafetensors(cache);
    const tensors = readSafetensorsArrays(bytes, "cache");
    const { entries } = await readSafetensorsHeader(bytesSource(bytes));
    expect(arrays.size).toBe(cache.names.length + 2);
    expect(tensors.size).toBe(cache.names.length + 2);
    for (const [name, { data, shape }] of cache) {
      expect(arrays.get(name)).toEqual({ shape, data, descr });
      expect([tensors.get(name)?.shape, tensors.get(name)?.data]).toEqual([shape, data]);
      expect(entries.get(name)?.dtype).toBe(dtype);
    }
    expect(arrays.get("ids")?.data).toEqual(Int32Array.from(ids));
    expect(arrays.get("positions")?.data).toEqual(Int32Array.of(1, 6));
    expect(Array.from(tensors.get("ids")?.data ?? [])).toEqual(ids);
    expect(entries.get("positions")?.dtype).toBe("I32");
  });

  it("is made of a cache", () => {
    for (const write of [cacheToNpz, cacheToSafetensors]) {
      expect(() => write(new Map() as never)).toThrow(ArgumentError);
    }
  });
});
