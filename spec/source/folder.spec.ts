import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../src/errors.ts";
import { readAll } from "../../src/source/byte-source.ts";
import { assertFileName, filesFolder, isFileName } from "../../src/source/folder.ts";

describe("filesFolder", () => {
  const one = Uint8Array.of(1);
  const two = new Blob([Uint8Array.of(2, 2)]);

  it.each([
    ["a record", { "b.bin": two, "a.bin": one }],
    ["a map", new Map<string, Uint8Array | Blob>(Object.entries({ "b.bin": two, "a.bin": one }))],
  ])("opens the bytes and Blobs of %s, named by their key", async (_, files) => {
    const folder = filesFolder(files);
    const source = await folder.open("b.bin");
    expect(source?.name).toBe("b.bin");
    expect(await readAll(source!)).toEqual(Uint8Array.of(2, 2));
    expect(await readAll((await folder.open("a.bin"))!)).toEqual(one);
    expect(await folder.list?.()).toEqual(["a.bin", "b.bin"]);
  });

  it("has no file that it was not given, not even those every object inherits", async () => {
    const folder = filesFolder({});
    expect(await folder.open("toString")).toBeUndefined();
  });
});

describe("isFileName", () => {
  it.each(["", ".", "..", "a/b", "../a", "/a", "a\\b", "C:a", "a\0b"])("refuses %j", (name) => {
    expect(isFileName(name)).toBe(false);
    expect(() => assertFileName("open", name)).toThrow(ArgumentError);
  });
  it.each(["config.json", "model-00001-of-00002.safetensors", "...", " "])("takes %j", (name) => {
    expect(isFileName(name)).toBe(true);
  });
});
