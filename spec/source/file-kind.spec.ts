import { describe, expect, it } from "vitest";
import { fileKind } from "../../src/source/file-kind.ts";

/** First bytes as each format's own documentation gives them. */
const HEADS: [string, string][] = [
  ["lfs-pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 5012344832\n"],
  ["gguf", "GGUF\x03\0\0\0"],
  ["zip", "PK\x03\x04\0\0\x08\x08\0\0"],
  ["pickle", "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."],
  ["hdf5", "\x89HDF\r\n\x1a\n"],
  ["sbs", "SBS\n\x05\0\0\0"],
  ["npy", "\x93NUMPY\x01\0v\0"],
  ["gzip", "\x1f\x8b\x08\0"],
  ["html", "\n<!DOCTYPE html>\n<html>"],
  ["refusal", "Access to model google/gemma-2b is restricted."],
  ["json", '{"error": "Repository not found"}'],
  ["zeros", "\0".repeat(64)],
];

describe("fileKind", () => {
  it.each(HEADS)("recognises %s by its first bytes", (kind, head) => {
    const found = fileKind(Uint8Array.from(head, (char) => char.charCodeAt(0)));
    expect(found?.kind).toBe(kind);
    expect(found?.hint).not.toBe("");
  });

  it.each([
    ["\x89HDF\r\n\x1a\n", "export_gemma_to_hf.py"],
    ["SBS\n\x05", "get the same model in safetensors"],
  ])("says how to come from %j to what is read", (head, hint) => {
    const found = fileKind(Uint8Array.from(head, (char) => char.charCodeAt(0)));
    expect(found?.hint).toContain(hint);
  });

  it("does not guess", () => {
    expect(fileKind(new Uint8Array(0))).toBeUndefined();
    expect(fileKind(Uint8Array.of(8, 8, 0, 0, 0, 0, 0, 0, 0x7b))).toBeUndefined();
  });
});
