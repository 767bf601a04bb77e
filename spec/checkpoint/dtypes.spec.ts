import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  byGguf,
  byName,
  bySafetensors,
  DENSE,
  DTYPES,
  NUMPY_DTYPES,
  namesOf,
  TORCH_STORAGES,
} from "../../src/checkpoint/dtypes.ts";
import { BYTES_PER_ELEMENT } from "../../src/tensor/stored.ts";

describe("the dtypes of weights", () => {
  it("are those that the first table of docs/checkpoints.md promises, and no others", () => {
    const docs = readFileSync(new URL("../../docs/checkpoints.md", import.meta.url), "utf8");
    const [, section] = docs.split("## Formats and dtypes");
    const rows = section.split("\n").filter((line) => line.startsWith("|"));
    const named = rows.join().match(/\bB?F\d\d\b|\bI?Q\d_\w+/g);
    expect([...new Set(named)].sort()).toEqual(DTYPES.map(({ name }) => name).sort());
  });

  it("are all that a kernel can widen, each under names of its own", () => {
    expect(DTYPES.map(({ dtype }) => dtype).sort()).toEqual(Object.keys(BYTES_PER_ELEMENT).sort());
    for (const column of ["dtype", "name", "gguf"] as const) {
      expect(new Set(DTYPES.map((row) => row[column])).size).toBe(DTYPES.length);
    }
  });

  it("are found by every name", () => {
    for (const row of DTYPES) {
      expect([namesOf(row.dtype), byGguf(row.gguf), byName(row.name as "F32")]).toEqual(
        Array(3).fill(row),
      );
      expect(bySafetensors(row.name)).toEqual(row.block === 1 ? row : undefined);
    }
    expect(DENSE.map(({ dtype }) => dtype)).toEqual([...new Set(Object.values(NUMPY_DTYPES))]);
    expect(DENSE.map(({ dtype }) => dtype)).toEqual(Object.values(TORCH_STORAGES));
    expect([byGguf(16), bySafetensors("I64")]).toEqual([undefined, undefined]);
  });
});
